"""Baseline policies for choosing which titles a newcomer is shown; they are fitted on the train people only."""

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
"""Random titles are drawn from this many most rated ones."""

LIKELY_OF_TOP = 1000
"""The exposure model of `LikelySeen` covers this many most rated titles."""


def recount_movies(dataset: Dataset, people: NDArray[np.int64]) -> list[Movie]:
    """Return the movies with the rating_count and rating_mean of the ratings of `people` only."""
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
    """A policy that shows everybody the same ranking.

    Attributes:
        movie_ids: the ranking, best first.
    """

    movie_ids: Sequence[int]

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """Return the best `n` movies that the person was not asked about."""
        excluded = {*profile.ratings, *profile.unseen, *shown}
        return list(islice((movie_id for movie_id in self.movie_ids if movie_id not in excluded), n))


@dataclass(frozen=True, slots=True, eq=False)
class RandomOrder:
    """A policy that shows random titles.

    Attributes:
        movie_ids: the movies to draw from.
        rng: random generator; every call draws a new order.
    """

    movie_ids: Sequence[int]
    rng: np.random.Generator

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """Return `n` random movies that the person was not asked about."""
        order = self.rng.permutation(np.array(self.movie_ids)).tolist()
        return FixedOrder(order).next_movies(profile, shown, n)


def most_popular(movies: Sequence[Movie]) -> FixedOrder:
    """Return a policy that ranks by the movies' rating_count."""
    ranked = sorted(movies, key=lambda movie: (-movie.rating_count, movie.movie_id))
    return FixedOrder([movie.movie_id for movie in ranked])


def random_of_popular(movies: Sequence[Movie], seed: int) -> RandomOrder:
    """Return a policy that draws from the 300 most rated movies."""
    return RandomOrder(most_popular(movies).movie_ids[:RANDOM_OF_TOP], np.random.default_rng(seed))


def popularity_and_entropy(dataset: Dataset, people: NDArray[np.int64]) -> FixedOrder:
    """Return a policy that ranks by log(popularity) * entropy of the stars (Rashid et al., IUI 2002).

    It prefers titles that many people know and that they rate differently.
    """
    counted = np.isin(dataset.rating_people, people)
    values, codes = np.unique(dataset.rating_stars[counted], return_inverse=True)
    star_counts = np.zeros((len(dataset.movies), len(values)))
    np.add.at(star_counts, (dataset.rating_movies[counted], codes), 1)
    counts = star_counts.sum(axis=1)
    shares = star_counts / np.maximum(1, counts)[:, None]
    entropy = -(shares * np.log(np.where(shares > 0, shares, 1))).sum(axis=1)
    informativeness = np.log(np.maximum(1, counts)) * entropy
    ranked: list[int] = dataset.movie_ids[np.argsort(-informativeness, kind="stable")].tolist()
    return FixedOrder(ranked)


@dataclass(frozen=True, slots=True, eq=False)
class LikelySeen:
    """A policy that shows the titles that the person has most likely seen.

    The exposure model predicts from demographics and from the titles that the person has seen and not seen.
    """

    exposure: ExposureModel

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """Return the `n` movies most likely seen that the person was not asked about."""
        ranked = self.exposure.by_seen_probability(profile)
        return FixedOrder(ranked).next_movies(profile, shown, n)


def likely_seen(dataset: Dataset, people: NDArray[np.int64]) -> LikelySeen:
    """Fit the exposure model of the policy on the ratings of `people`."""
    return LikelySeen(fit_exposure(dataset, people, LIKELY_OF_TOP))
