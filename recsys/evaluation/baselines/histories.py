"""Ratings as the rows of a matrix, which most peers read."""

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.profile import Profile
from recsys.protocol.newcomers import LIKED_FROM

Weighting = Literal["liked", "rated", "graded"]
"""What a rating counts as: 1 if it is a like and else 0; always 1; or half of what it is above 2 stars."""

WEIGHTINGS: tuple[Weighting, ...] = get_args(Weighting)


class Histories:
    """The ratings of some people of a data set, as rows of stars."""

    def __init__(self, dataset: Dataset, people: NDArray[np.int64]) -> None:
        """Point at `people`, (n,) int64 positions in the data set; nothing is copied."""
        self.people = people
        self._dataset = dataset
        self._offsets = dataset.person_offsets()

    def stars(self, chosen: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        """(len(chosen), m) float32: stars of the chosen rows of `people`, 0 where there is no rating."""
        people = self.people[chosen]
        stars = np.zeros((len(people), len(self._dataset.movies)), np.float32)
        for row, person in zip(stars, people.tolist(), strict=True):
            ratings = slice(self._offsets[person], self._offsets[person + 1])
            row[self._dataset.rating_movies[ratings]] = self._dataset.rating_stars[ratings]
        return stars

    def batches(self, size: int, rng: np.random.Generator | None = None) -> Iterator[NDArray[np.float32]]:
        """Everybody's stars once, `size` people at a time, in an order drawn from `rng` if there is one."""
        order = np.arange(len(self.people)) if rng is None else rng.permutation(len(self.people))
        for start in range(0, len(order), size):
            yield self.stars(order[start : start + size])


def answer_rows(movie_ids: NDArray[np.int64], profiles: list[Profile]) -> NDArray[np.float32]:
    """(n, m) float32: the stars of each profile's answers, 0 where there is none; unknown movie ids are ignored.

    Args:
        movie_ids: (m,) int64, ascending.
        profiles: n profiles.
    """
    stars = np.zeros((len(profiles), len(movie_ids)), np.float32)
    for row, profile in zip(stars, profiles, strict=True):
        for movie_id, rating in profile.ratings.items():
            position = int(np.searchsorted(movie_ids, movie_id))
            if position < len(movie_ids) and movie_ids[position] == movie_id:
                row[position] = rating
    return stars


def weigh(stars: NDArray[np.float32], weighting: Weighting) -> NDArray[np.float32]:
    """What a model reads in place of the stars; the same shape, float32, 0 where there is no rating."""
    if weighting == "liked":
        return (stars >= LIKED_FROM).astype(np.float32)
    if weighting == "rated":
        return (stars > 0).astype(np.float32)
    return np.maximum(0, (stars - 2) / 2)
