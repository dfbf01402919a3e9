"""The learning curve: NDCG@10 answer by answer. One more answer should not make anybody's list worse."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.served_lists import best_unanswered, list_ndcg
from recsys.protocol.newcomers import MAX_ANSWERS, Newcomer, Scorer, profiles_after, score_rows


@dataclass(frozen=True, slots=True)
class Drop:
    """A drop of the mean NDCG@10 below the value that fewer answers had reached.

    Attributes:
        answers: number of answers at the bottom of the drop.
        best_answers: the smaller number of answers with the highest NDCG@10.
        size: the difference of the two means, at least 0.
        standard_error: standard error of the difference, over the same newcomers.
    """

    answers: int
    best_answers: int
    size: float
    standard_error: float


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Mean NDCG@10 over the newcomers of all splits.

    Attributes:
        ndcg: NDCG@10 after 0, 1, 2, ... 20 answers.
        largest_drop: the largest drop of the curve; its size is 0 if the curve only rises.
    """

    ndcg: tuple[float, ...]
    largest_drop: Drop

    def to_dict(self) -> dict[str, object]:
        """Return plain lists and numbers for JSON."""
        return asdict(self)


def person_curves(dataset: Dataset, people: list[Newcomer], scorer: Scorer) -> NDArray[np.float64]:
    """Return (n, 21) float64: each newcomer's NDCG@10 by the number of answers, measured as in the protocol."""
    curves = np.zeros((len(people), MAX_ANSWERS + 1))
    for answers in range(MAX_ANSWERS + 1):
        rows = score_rows(scorer, profiles_after(dataset, people, answers), len(dataset.movies))
        for place, (row, person) in enumerate(zip(rows, people, strict=True)):
            curves[place, answers] = list_ndcg(best_unanswered(row, person), person.likes)
    return curves


def learning_curve(curves: Sequence[NDArray[np.float64]]) -> LearningCurve:
    """Return the mean curve and its largest drop.

    Args:
        curves: for each split, the result of `person_curves`.
    """
    ndcg = np.concatenate(curves)  # (people, numbers of answers)
    means = ndcg.mean(axis=0)
    drops = []
    for answers in range(1, len(means)):
        best = int(np.argmax(means[:answers]))
        differences = ndcg[:, best] - ndcg[:, answers]
        standard_error = float(differences.std(ddof=1) / np.sqrt(len(differences))) if len(differences) > 1 else 0.0
        drops.append(Drop(answers, best, max(0.0, float(differences.mean())), standard_error))
    return LearningCurve(tuple(means.tolist()), max(drops, key=lambda drop: drop.size))
