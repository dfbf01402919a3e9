"""Long histories: the lists that people with many ratings are served, next to those of EASE.

The protocol is that of newcomers with more answers. For each number of answers k, the first k ratings of a test person
in random order are their answers, and all others are hidden. People with fewer than 5 hidden likes are left out, so
fewer people are measured the larger k is.

The lists are served as the product composes them: diverse, calibrated and balanced. EASE ranks by its scores alone. It
is the strongest simple model for long histories. Its lambda and the weighting of the answers are chosen on validation
people for each number of answers.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.baselines import EASE
from recsys.evaluation.baselines.linear import ease_candidates
from recsys.evaluation.fitted_towers import TowersFactory
from recsys.evaluation.newcomers import OURS, StepProgress, TooSmall
from recsys.evaluation.served_lists import (
    answered_ids,
    best_unanswered,
    list_ndcg,
    open_recommender,
    with_rating_counts,
)
from recsys.models.towers import Towers
from recsys.protocol.metrics import TOP_K
from recsys.protocol.newcomers import Newcomer, Scorer, Split, newcomers, profiles_after, score_rows, split_people

LONG_ANSWER_COUNTS = (20, 50, 100, 200)
"""The numbers of answers after which the lists are measured."""

LAMBDAS = (1e2, 3e2, 1e3, 2e3, 3e3, 5e3, 1e4)
"""The lambdas of EASE that are tried. The best one is inside this range for every number of answers."""

GOAL = 1.02
"""The ratio to EASE that is the product's goal after 50 answers and more."""


@dataclass(frozen=True, slots=True)
class LongHistoriesRow:
    """The lists after one number of answers, of the test people of all splits together.

    Attributes:
        answers: the number of answers.
        people: how many people were measured.
        served: mean NDCG@10 of the served lists.
        ease: mean NDCG@10 of the lists of EASE.
        ratio: `served` over `ease`; None if EASE has no hit.
        standard_error: of the ratio, see `ratio_of_means`; None like the ratio, or for a single person.
        settings: the setting of EASE in each split.
    """

    answers: int
    people: int
    served: float
    ease: float
    ratio: float | None
    standard_error: float | None
    settings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LongHistoriesReport:
    """One row for each number of answers that somebody has enough ratings for.

    Attributes:
        dataset: name of the data set.
        seeds: seeds of the splits and of the order of the ratings.
        rows: by ascending number of answers.
    """

    dataset: str
    seeds: tuple[int, ...]
    rows: tuple[LongHistoriesRow, ...]

    def to_dict(self) -> dict[str, object]:
        """Return plain lists and numbers for JSON."""
        return asdict(self)


async def evaluate_long_histories(
    dataset: Dataset,
    seeds: Sequence[int],
    towers: TowersFactory,
    diversity: float,
    progress: StepProgress,
    answer_counts: Sequence[int] = LONG_ANSWER_COUNTS,
) -> LongHistoriesReport:
    """Serve a list of ten to every test person with enough ratings, and rank the same movies with EASE.

    Args:
        dataset: the data set to split.
        seeds: one seed per split.
        towers: the product's model.
        diversity: the product's DIVERSITY setting.
        progress: called before every step.
        answer_counts: the numbers of answers, ascending.

    Raises:
        TooSmall: in a split, nobody has enough ratings.
    """
    splits = {seed: split_people(dataset, seed) for seed in seeds}
    people = {seed: _people(dataset, splits[seed], seed, answer_counts) for seed in seeds}
    counts = [count for count in answer_counts if all(count in people[seed] for seed in seeds)]
    served: dict[int, list[float]] = {count: [] for count in counts}
    ranked: dict[int, list[float]] = {count: [] for count in counts}
    settings: dict[int, list[str]] = {count: [] for count in counts}
    for number, (seed, split) in enumerate(splits.items()):
        progress(2 * number, 2 * len(seeds), f"{EASE.name}, seed {seed}")
        validation = {count: people[seed][count][0] for count in counts}
        ease = EASE(dataset, split, seed, ease_candidates(dataset, split.train, LAMBDAS), validation)
        for count in counts:
            ranked[count] += _ranked_ndcg(dataset, people[seed][count][1], ease, count)
            settings[count].append(ease.settings[count])
        progress(2 * number + 1, 2 * len(seeds), f"{OURS}, seed {seed}")
        fitted = towers(dataset, split, seed)
        for count in counts:
            served[count] += await _served_ndcg(dataset, split, people[seed][count][1], fitted, diversity, count)
    progress(2 * len(seeds), 2 * len(seeds), "done")
    rows = (_row(count, served[count], ranked[count], settings[count]) for count in counts)
    return LongHistoriesReport(dataset.name, tuple(seeds), tuple(rows))


def ratio_of_means(values: NDArray[np.float64], reference: NDArray[np.float64]) -> tuple[float | None, float | None]:
    """Return the mean of the values over that of the reference, and the standard error of this ratio.

    The standard error is that of a ratio estimator: the values less the ratio times the reference are the residuals,
    and their standard error is divided by the mean of the reference (Cochran, "Sampling Techniques", 1977, ch. 6).

    Args:
        values: (n,) one for each person.
        reference: (n,) of the same people.
    """
    mean = float(reference.mean())
    if mean == 0:
        return None, None
    ratio = float(values.mean()) / mean
    if len(values) == 1:
        return ratio, None
    residuals = values - ratio * reference
    return ratio, float(residuals.std(ddof=1)) / np.sqrt(len(values)) / mean


def _people(
    dataset: Dataset, split: Split, seed: int, answer_counts: Sequence[int]
) -> dict[int, tuple[list[Newcomer], list[Newcomer]]]:
    """Return number of answers -> validation people and test people, without numbers that are too large for a part.

    Raises:
        TooSmall: all numbers are too large.
    """
    people = {}
    for count in answer_counts:
        parts = [newcomers(dataset, part, seed, count) for part in (split.validation, split.test)]
        if all(parts):
            people[count] = parts[0], parts[1]
    if not people:
        raise TooSmall(
            f"{dataset.name} is too small: with seed {seed} no test or no validation person has"
            f" {min(answer_counts)} ratings and enough likes beyond them"
        )
    return people


def _ranked_ndcg(dataset: Dataset, people: list[Newcomer], scorer: Scorer, answers: int) -> list[float]:
    """Return the NDCG@10 of each person's movies with the highest scores."""
    rows = score_rows(scorer, profiles_after(dataset, people, answers), len(dataset.movies))
    return [list_ndcg(best_unanswered(row, person), person.likes) for row, person in zip(rows, people, strict=True)]


async def _served_ndcg(
    dataset: Dataset, split: Split, people: list[Newcomer], towers: Towers, diversity: float, answers: int
) -> list[float]:
    """Return the NDCG@10 of the list that each person is served."""
    movies = with_rating_counts(dataset, split.train)
    recommender = await open_recommender(dataset, towers, diversity, movies)
    profiles = profiles_after(dataset, people, answers)
    picks = await recommender.rank(profiles, TOP_K, answered_ids(dataset, people))
    ids = dataset.movie_ids
    return [
        list_ndcg([movie_id for movie_id, _ in listed], ids[person.likes])
        for listed, person in zip(picks, people, strict=True)
    ]


def _row(answers: int, served: list[float], ease: list[float], settings: list[str]) -> LongHistoriesRow:
    ratio, standard_error = ratio_of_means(np.array(served), np.array(ease))
    return LongHistoriesRow(
        answers, len(served), float(np.mean(served)), float(np.mean(ease)), ratio, standard_error, tuple(settings)
    )
