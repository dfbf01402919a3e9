"""Traits of movies that lists are composed by: their genres, and which of them are well known."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from storage.records import Movie

BEST_KNOWN = 200
"""A movie is well known if at most this many have more ratings."""

BEST_KNOWN_SHARE = 0.25
"""At most this share of a small catalogue is well known."""


def best_known(movies: Sequence[Movie]) -> list[Movie]:
    """Return the well-known movies of a catalogue, those with the most ratings first."""
    count = min(BEST_KNOWN, round(BEST_KNOWN_SHARE * len(movies)))
    return sorted(movies, key=lambda movie: (-movie.rating_count, movie.movie_id))[:count]


@dataclass(frozen=True, slots=True, eq=False)
class MovieTraits:
    """The traits of m movies with g genres, in the order of a model's vocabulary.

    Attributes:
        movies: (m,) with their metadata.
        genres: (m, g) float32, 1 / n for each of the n genres of a movie, else 0.
        is_long_tail: (m,) bool, whether a movie is in the long tail: it is not one of the well-known movies.
        genre_shares: (g,) float64, the share of each genre among all ratings, above 0. Their sum is 1.
    """

    movies: tuple[Movie, ...]
    genres: NDArray[np.float32]
    is_long_tail: NDArray[np.bool_]
    genre_shares: NDArray[np.float64]

    @classmethod
    def of(cls, movies: Iterable[Movie], movie_ids: Sequence[int]) -> Self:
        """Collect the traits.

        Args:
            movies: the catalogue, with rating counts, in any order.
            movie_ids: (m,) ids of the model's movies. A movie that the catalogue lacks has no genre and is in the long
                tail. Without any catalogue, no movie is in the long tail.
        """
        by_id = {movie.movie_id: movie for movie in movies}
        listed = tuple(by_id.get(movie_id) or Movie(movie_id, "") for movie_id in movie_ids)
        columns = {
            name: column for column, name in enumerate(sorted({name for movie in listed for name in movie.genres}))
        }
        genres = np.zeros((len(listed), len(columns)), np.float32)
        for row, movie in zip(genres, listed, strict=True):
            for name in movie.genres:
                row[columns[name]] = 1 / len(movie.genres)
        counts = np.array([movie.rating_count for movie in listed], np.int64)
        known_ids = {movie.movie_id for movie in best_known(listed)}
        is_long_tail = np.array([bool(by_id) and movie.movie_id not in known_ids for movie in listed], bool)
        # Each genre counts one movie more, because a share of 0 has no logarithm.
        totals = genres.T.astype(np.float64) @ counts + 1
        return cls(listed, genres, is_long_tail, totals / max(1.0, float(totals.sum())))
