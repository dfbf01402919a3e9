"""The report on explanations, thumbs down and the learning curve."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.explanations.dislikes import DislikeEffect, ThumbChanges, summarise, thumb_changes
from recsys.evaluation.explanations.faithfulness import Faithfulness, measure_faithfulness
from recsys.evaluation.explanations.learning_curve import LearningCurve, learning_curve, person_curves
from recsys.evaluation.fitted_towers import TowersFactory
from recsys.evaluation.newcomers import StepProgress, newcomers_by_seed
from recsys.protocol.newcomers import split_people
from recsys.protocol.scorers import TwoStageScorer


@dataclass(frozen=True, slots=True)
class ExplanationsReport:
    """Metrics of explanations, thumbs down and the learning curve.

    Attributes:
        dataset: name of the data set.
        seeds: seeds of the splits.
        newcomers: number of newcomers in all splits.
        faithfulness: one row for each number of answers.
        dislikes: one row for each target of the thumb and each number of answers.
        learning_curve: NDCG@10 answer by answer.
    """

    dataset: str
    seeds: tuple[int, ...]
    newcomers: int
    faithfulness: tuple[Faithfulness, ...]
    dislikes: tuple[DislikeEffect, ...]
    learning_curve: LearningCurve

    def to_dict(self) -> dict[str, object]:
        """Return plain lists and numbers for JSON."""
        return asdict(self)


async def evaluate_explanations(
    dataset: Dataset, seeds: Sequence[int], towers: TowersFactory, diversity: float, progress: StepProgress
) -> ExplanationsReport:
    """Check the explanations, thumbs down and learning curve of the test newcomers.

    Args:
        dataset: the data set to split.
        seeds: one seed per split.
        towers: the product's model.
        diversity: the product's DIVERSITY setting.
        progress: called before every step.

    Raises:
        TooSmall: a split has no newcomers.
    """
    tests = newcomers_by_seed(dataset, seeds)
    faithfulness: list[list[Faithfulness]] = []
    changes: list[ThumbChanges] = []
    curves: list[NDArray[np.float64]] = []
    for number, seed in enumerate(seeds):
        progress(number, len(seeds), f"explanations and thumbs, seed {seed}")
        fitted = towers(dataset, split_people(dataset, seed), seed)
        faithfulness.append(await measure_faithfulness(dataset, tests[seed], fitted, diversity))
        changes.append(thumb_changes(dataset, tests[seed], fitted))
        curves.append(person_curves(dataset, tests[seed], TwoStageScorer(fitted)))
    progress(len(seeds), len(seeds), "done")
    return ExplanationsReport(
        dataset.name,
        tuple(seeds),
        sum(map(len, tests.values())),
        tuple(_sum(rows) for rows in zip(*faithfulness, strict=True)),
        tuple(summarise(changes)),
        learning_curve(curves),
    )


def _sum(splits: Sequence[Faithfulness]) -> Faithfulness:
    """Add up the counts of all splits after the same number of answers."""
    counts = {field.name: sum(getattr(row, field.name) for row in splits) for field in fields(Faithfulness)}
    return Faithfulness(**counts | {"answers": splits[0].answers})
