"""Ratings as rows of a matrix, the input of most baselines."""

from collections.abc import Iterator
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.profile import LIKED_FROM, Profile
from recsys.training.rating_blocks import rating_blocks

Weighting = Literal["liked", "rated", "graded"]
"""The weight of a rating.

"liked" is 1 for a like and 0 otherwise, "rated" is always 1, and "graded" is half of the stars above 2.
"""

WEIGHTINGS: tuple[Weighting, ...] = get_args(Weighting)


CELLS_AT_ONCE = 16_000_000
"""Largest number of cells of a batch of rows, 64 MB; a batch of a large catalogue has fewer rows than was asked for."""


class Histories:
    """Rows of stars for some people of a data set."""

    def __init__(self, dataset: Dataset, people: NDArray[np.int64]) -> None:
        """Refer to `people`, (n,) int64 positions in the data set; no ratings are copied."""
        self.people = people
        self._dataset = dataset
        self._offsets = dataset.person_offsets()

    def stars(self, rows: NDArray[np.int64] | slice) -> NDArray[np.float32]:
        """Return (len(rows), m) float32: the stars of these rows of `people`, 0 for movies without a rating."""
        people = self.people[rows]
        stars = np.zeros((len(people), len(self._dataset.movies)), np.float32)
        for row, person in zip(stars, people.tolist(), strict=True):
            ratings = slice(self._offsets[person], self._offsets[person + 1])
            row[self._dataset.rating_movies[ratings]] = self._dataset.rating_stars[ratings]
        return stars

    def batches(self, size: int, rng: np.random.Generator | None = None) -> Iterator[NDArray[np.float32]]:
        """Yield each person's stars once, `size` people at a time, in an order drawn from `rng` if it is given.

        A batch has fewer people if it would exceed CELLS_AT_ONCE.
        """
        order = np.arange(len(self.people)) if rng is None else rng.permutation(len(self.people))
        size = max(1, min(size, CELLS_AT_ONCE // max(1, len(self._dataset.movies))))
        for start in range(0, len(order), size):
            yield self.stars(order[start : start + size])


def like_blocks(dataset: Dataset, people: NDArray[np.int64], movies: NDArray[np.int64]) -> Iterator[csr_matrix]:
    """Yield (b, c) sparse float32 likes of `c` movies, 1 for each like, a block of people at a time.

    Args:
        dataset: the data set of the people.
        people: (n,) positions.
        movies: (c,) different positions.
    """
    for block in rating_blocks(dataset, people):
        likes = block.matrix(weigh(block.stars, "liked"), movies)
        likes.eliminate_zeros()
        yield likes


def answer_rows(movie_ids: NDArray[np.int64], profiles: list[Profile]) -> NDArray[np.float32]:
    """Return (n, m) float32: the stars of each profile's answers, 0 without an answer; unknown movie ids are ignored.

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
    """Return the weights of stars, float32 of the same shape; a movie without a rating has weight 0."""
    if weighting == "liked":
        return (stars >= LIKED_FROM).astype(np.float32)
    if weighting == "rated":
        return (stars > 0).astype(np.float32)
    return np.maximum(0, (stars - 2) / 2)
