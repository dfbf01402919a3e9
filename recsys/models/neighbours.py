"""The movies that are most like each movie, as a release stores them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.models.arrays import check_arrays, row_blocks

MAX_NEIGHBOURS = 64
"""Number of neighbours that are kept for each movie. They take 8 bytes each, 45 MB for 87,000 movies."""

NO_MOVIE = -1
"""Marks the unused places at the end of a row."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbours:
    """The nearest movies of every movie. `recsys.training.neighbours` fits them.

    Attributes:
        movies: (m, k) int32, positions, the nearest first; NO_MOVIE where a movie has fewer neighbours.
        lifts: (m, k) float32, how many times as many people like both movies as would by chance. 0 if too few people
            like both to tell.
    """

    movies: NDArray[np.int32]
    lifts: NDArray[np.float32]

    @classmethod
    def none(cls, movie_count: int) -> "Neighbours":
        """Return neighbours of a release that has none."""
        return cls(np.zeros((movie_count, 0), np.int32), np.zeros((movie_count, 0), np.float32))

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], movie_count: int) -> "Neighbours":
        """Check the arrays of stored neighbours of a model of `movie_count` movies.

        Args:
            arrays: the attributes by name.
            movie_count: number of movies of the model.

        Raises:
            ValueError: an array is missing or wrong; the message names it.
        """
        stored = arrays.get("movies")
        count = stored.shape[1] if stored is not None and stored.ndim == len(("movie", "neighbour")) else 0
        shape = (movie_count, count)
        check_arrays(arrays, {"movies": (np.int32, shape), "lifts": (np.float32, shape)})
        own = np.arange(movie_count, dtype=np.int32)[:, np.newaxis]
        for block in row_blocks(arrays["movies"]):
            movies = arrays["movies"][block]
            if movies.size and not NO_MOVIE <= movies.min() <= movies.max() < movie_count:
                raise ValueError(f"movies has a position outside of {NO_MOVIE}..{movie_count - 1}")
            if (movies == own[block]).any():
                raise ValueError("movies has a movie that is its own neighbour")
        return cls(**arrays)

    def of(self, position: int) -> NDArray[np.int64]:
        """Return the neighbours of a movie, (k,) int64 positions, the nearest first."""
        row = self.movies[position]
        neighbours: NDArray[np.int64] = row[row != NO_MOVIE].astype(np.int64)
        return neighbours

    def lift(self, position: int, neighbour: int) -> float:
        """Return the lift of two movies; 0 if the second is no neighbour of the first."""
        return float(self.lifts[position][self.movies[position] == neighbour].sum())
