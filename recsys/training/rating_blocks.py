"""The ratings of some people of a data set, one block of people at a time.

The closed-form models sum over people. In blocks, their memory depends on the number of movies that they cover, and not
on the number of ratings.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset

RATINGS_AT_ONCE = 2_000_000
"""A block has about so many ratings, which take some 100 MB as matrices; it has more if a single person has more."""


@dataclass(frozen=True, slots=True, eq=False)
class RatingBlock:
    """All ratings of `b` people.

    Attributes:
        people: (b,) int64, positions in the data set.
        owners: (e,) int64, ascending, row in `people` of each rating.
        movies: (e,) int32, positions in the data set.
        stars: (e,) float32, 1..5.
    """

    people: NDArray[np.int64]
    owners: NDArray[np.int64]
    movies: NDArray[np.int32]
    stars: NDArray[np.float32]

    def matrix(self, values: NDArray[np.floating], movies: NDArray[np.int64]) -> csr_matrix:
        """Return (b, c) sparse values of the ratings of `c` movies.

        Args:
            values: (e,) one for each rating.
            movies: (c,) different positions in the data set.
        """
        columns = np.full(max(self.movies.max(initial=0), movies.max(initial=0)) + 1, -1)
        columns[movies] = np.arange(len(movies))
        column = columns[self.movies]
        is_covered = column >= 0
        entries = values[is_covered], (self.owners[is_covered], column[is_covered])
        return csr_matrix(entries, shape=(len(self.people), len(movies)))

    def counts(self) -> NDArray[np.int64]:
        """Return (b,) int64, the number of ratings of each person."""
        return np.bincount(self.owners, minlength=len(self.people))


def rating_blocks(dataset: Dataset, people: NDArray[np.int64]) -> Iterator[RatingBlock]:
    """Yield the ratings of people, in the order in which the people are given.

    Args:
        dataset: the data set of the people.
        people: (n,) int64, positions.
    """
    offsets = dataset.person_offsets()
    sizes = offsets[people + 1] - offsets[people]
    block_of = (np.cumsum(sizes) - sizes) // RATINGS_AT_ONCE
    for block in np.split(np.arange(len(people)), np.flatnonzero(np.diff(block_of)) + 1):
        of_block, own_sizes = people[block], sizes[block]
        owners = np.repeat(np.arange(len(block)), own_sizes)
        within = np.arange(len(owners)) - np.repeat(np.cumsum(own_sizes) - own_sizes, own_sizes)
        rows = within + np.repeat(offsets[of_block], own_sizes)
        yield RatingBlock(of_block, owners, dataset.rating_movies[rows], dataset.rating_stars[rows])


def rating_counts(dataset: Dataset, people: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return (m,) int64, how many ratings of these people each movie has."""
    counts = np.zeros(len(dataset.movies), np.int64)
    for block in rating_blocks(dataset, people):
        counts += np.bincount(block.movies, minlength=len(counts))
    return counts
