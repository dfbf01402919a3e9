"""Whether a person is taken at their word: reasons that are true, thumbs down that count, answers that help."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.explanations.dislikes import Changes, Dislikes, summarise, thumb_changes
from recsys.evaluation.explanations.faithfulness import Reasons, measure_reasons
from recsys.evaluation.explanations.learning_curve import Curve, curve, person_curves
from recsys.evaluation.fitted_towers import TowersFactory
from recsys.evaluation.newcomers import Progress, newcomers_to_test
from recsys.protocol.newcomers import split_people
from recsys.protocol.scorers import StagesScorer


@dataclass(frozen=True, slots=True)
class ExplanationsReport:
    """What came out.

    Attributes:
        dataset: its name.
        seeds: of the splits.
        newcomers: over all splits.
        reasons: by the number of answers.
        dislikes: by which movie got the thumb, and the number of answers.
        curve: NDCG@10 answer by answer.
    """

    dataset: str
    seeds: tuple[int, ...]
    newcomers: int
    reasons: tuple[Reasons, ...]
    dislikes: tuple[Dislikes, ...]
    curve: Curve

    def to_dict(self) -> dict[str, object]:
        """Plain lists and numbers for JSON."""
        return asdict(self)


async def evaluate_explanations(
    dataset: Dataset, seeds: Sequence[int], towers: TowersFactory, diversity: float, progress: Progress
) -> ExplanationsReport:
    """Look at the test newcomers' cards, thumbs and answers.

    Args:
        dataset: what to split.
        seeds: one split each.
        towers: of the product.
        diversity: the product's setting.
        progress: told of every step.

    Raises:
        TooSmall: too few ratings for any newcomer.
    """
    tests = {seed: newcomers_to_test(dataset, split_people(dataset, seed), seed) for seed in seeds}
    reasons: list[list[Reasons]] = []
    changes: list[Changes] = []
    curves: list[NDArray[np.float64]] = []
    for number, seed in enumerate(seeds):
        progress(number, len(seeds), f"reasons and thumbs, seed {seed}")
        fitted = towers(dataset, split_people(dataset, seed), seed)
        reasons.append(await measure_reasons(dataset, tests[seed], fitted, diversity))
        changes.append(thumb_changes(dataset, tests[seed], fitted))
        curves.append(person_curves(dataset, tests[seed], StagesScorer(fitted)))
    progress(len(seeds), len(seeds), "done")
    return ExplanationsReport(
        dataset.name,
        tuple(seeds),
        sum(map(len, tests.values())),
        tuple(_sum(rows) for rows in zip(*reasons, strict=True)),
        tuple(summarise(changes)),
        curve(curves),
    )


def _sum(rows: Sequence[Reasons]) -> Reasons:
    """The same number of answers in all splits together."""
    counts = {one.name: sum(getattr(row, one.name) for row in rows) for one in fields(Reasons)}
    return Reasons(**counts | {"answers": rows[0].answers})
