"""Other ways to choose which titles a newcomer is shown; all of them learn from the train people only."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.models.exposure import ExposureModel
from recsys.profile import Profile
from recsys.training.exposure import fit_exposure
from storage.records import Movie

RANDOM_OF_TOP = 300
LIKELY_OF_TOP = 1000


def movies_counted_on(dataset: Dataset, people: NDArray[np.int64]) -> list[Movie]:
    """The movies, with the rating_count and rating_mean that they would have if only `people` had rated."""
    counted = np.isin(dataset.rating_people, people)
    rated, stars = dataset.rating_movies[counted], dataset.rating_stars[counted]
    counts = np.bincount(rated, minlength=len(dataset.movies))
    sums = np.bincount(rated, weights=stars, minlength=len(dataset.movies))
    return [
        replace(movie, rating_count=count, rating_mean=total / count if count else None)
        for movie, count, total in zip(dataset.movies, counts.tolist(), sums.tolist(), strict=True)
    ]


@dataclass(frozen=True, slots=True)
class FixedOrder:
    """The same titles for everybody: the best ranked that are left.

    Attributes:
        movie_ids: the best first.
    """

    movie_ids: Sequence[int]

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """The first `n` that were not asked about."""
        out = {*profile.ratings, *profile.unseen, *shown}
        return list(islice((movie_id for movie_id in self.movie_ids if movie_id not in out), n))


@dataclass(frozen=True, slots=True, eq=False)
class RandomOrder:
    """Titles drawn for each person out of the same few.

    Attributes:
        movie_ids: what is drawn from.
        rng: draws; every call draws anew.
    """

    movie_ids: Sequence[int]
    rng: np.random.Generator

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """`n` that were not asked about, in random order."""
        drawn = self.rng.permutation(np.array(self.movie_ids)).tolist()
        return FixedOrder(drawn).next_movies(profile, shown, n)


def most_popular(movies: Sequence[Movie]) -> FixedOrder:
    """What the most people have rated, by the rating_count of the movies."""
    ranked = sorted(movies, key=lambda movie: (-movie.rating_count, movie.movie_id))
    return FixedOrder([movie.movie_id for movie in ranked])


def random_of_popular(movies: Sequence[Movie], seed: int) -> RandomOrder:
    """Random ones of the 300 that the most people have rated."""
    return RandomOrder(most_popular(movies).movie_ids[:RANDOM_OF_TOP], np.random.default_rng(seed))


def popularity_and_entropy(dataset: Dataset, people: NDArray[np.int64]) -> FixedOrder:
    """log(popularity) * entropy of the stars: known by many, judged differently (Rashid et al., IUI 2002)."""
    counted = np.isin(dataset.rating_people, people)
    values, codes = np.unique(dataset.rating_stars[counted], return_inverse=True)
    table = np.zeros((len(dataset.movies), len(values)))
    np.add.at(table, (dataset.rating_movies[counted], codes), 1)
    counts = table.sum(axis=1)
    shares = table / np.maximum(1, counts)[:, None]
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1)
    worth = np.log(np.maximum(1, counts)) * entropy
    ranked: list[int] = dataset.movie_ids[np.argsort(-worth, kind="stable")].tolist()
    return FixedOrder(ranked)


@dataclass(frozen=True, slots=True, eq=False)
class LikelySeen:
    """The titles that a person has most likely seen, by who they are and what they have seen and not seen."""

    exposure: ExposureModel

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """The `n` most likely ones that were not asked about."""
        ranked = self.exposure.ranked(profile)
        return FixedOrder(ranked).next_movies(profile, shown, n)


def likely_seen(dataset: Dataset, people: NDArray[np.int64]) -> LikelySeen:
    """Learn from the people which titles are seen together."""
    return LikelySeen(fit_exposure(dataset, people, LIKELY_OF_TOP))
