"""The learning curve, answer by answer: one answer more must not serve anybody worse."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.protocol.metrics import TOP_K, ndcg_at_10
from recsys.protocol.newcomers import MAX_ANSWERS, Newcomer, Scorer, profiles_after


@dataclass(frozen=True, slots=True)
class Fall:
    """How far NDCG@10 fell below what fewer answers had reached.

    Attributes:
        answers: after which it was lowest against what was before.
        below: the number of answers that had reached more.
        size: how much more, at least 0.
        noise: standard error of that difference, over the same newcomers.
    """

    answers: int
    below: int
    size: float
    noise: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Mean NDCG@10 after 0, 1, 2, ... 20 answers, over the newcomers of all splits."""

    ndcg: tuple[float, ...]
    largest_fall: Fall

    def to_dict(self) -> dict[str, object]:
        """Plain lists and numbers for JSON."""
        return asdict(self)


def person_curves(dataset: Dataset, people: list[Newcomer], scorer: Scorer) -> NDArray[np.float64]:
    """(n, 21) float64: each newcomer's NDCG@10 by the number of answers, by the protocol."""
    curves = np.zeros((len(people), MAX_ANSWERS + 1))
    for answers in range(MAX_ANSWERS + 1):
        scores = np.array(scorer.scores(profiles_after(dataset, people, answers)), np.float32)
        for row, one in enumerate(people):
            scores[row, [movie for movie, _ in one.answers]] = -np.inf
            listed = np.argsort(-scores[row], kind="stable")[:TOP_K]
            curves[row, answers] = ndcg_at_10(np.isin(listed, one.likes), len(one.likes))
    return curves


def curve(curves: Sequence[NDArray[np.float64]]) -> Curve:
    """The mean curve, and where it falls most.

    Args:
        curves: of each split, as of `person_curves`.
    """
    together = np.concatenate(curves)
    means = together.mean(axis=0)
    falls = []
    for answers in range(1, len(means)):
        best = int(np.argmax(means[:answers]))
        differences = together[:, best] - together[:, answers]
        noise = float(differences.std(ddof=1) / np.sqrt(len(differences))) if len(differences) > 1 else 0.0
        falls.append(Fall(answers, best, max(0.0, float(differences.mean())), noise))
    return Curve(tuple(means.tolist()), max(falls, key=lambda fall: fall.size))
