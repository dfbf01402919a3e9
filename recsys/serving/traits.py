"""Traits of movies that lists are composed by: their genres, and which of them are well known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from recsys.serving.catalogue_file import CatalogueFile
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
        movie_ids: (m,) int64.
        movies: movie id -> movie, without those that the catalogue lacks.
        genres: (m, g) float32, 1 / n for each of the n genres of a movie, else 0.
        is_long_tail: (m,) bool, whether a movie is in the long tail: it is not one of the well-known movies.
        genre_shares: (g,) float64, the share of each genre among all ratings, above 0. Their sum is 1.
    """

    movie_ids: NDArray[np.int64]
    movies: Mapping[int, Movie]
    genres: NDArray[np.float32]
    is_long_tail: NDArray[np.bool_]
    genre_shares: NDArray[np.float64]

    @classmethod
    def of(cls, movies: Iterable[Movie] | CatalogueFile, movie_ids: NDArray[np.int64]) -> Self:
        """Collect the traits.

        Args:
            movies: the catalogue, with rating counts, in any order.
            movie_ids: (m,) int64, the model's movies. A movie that the catalogue lacks has no genre and is in the long
                tail. Without any catalogue, no movie is in the long tail.
        """
        if isinstance(movies, CatalogueFile):
            counts = movies.rating_counts_of(movie_ids)
            return cls._of_arrays(movie_ids, movies, movies.genres_of(movie_ids), counts)
        by_id = {movie.movie_id: movie for movie in movies}
        listed = [by_id.get(movie_id) for movie_id in movie_ids.tolist()] if by_id else []
        names = sorted({name for movie in listed if movie is not None for name in movie.genres})
        columns = {name: column for column, name in enumerate(names)}
        genres = np.zeros((len(movie_ids), len(columns)), np.float32)
        counts = np.zeros(len(movie_ids), np.int64)
        for row, movie in enumerate(listed):
            if movie is not None:
                counts[row] = movie.rating_count
                genres[row, [columns[name] for name in movie.genres]] = 1 / max(1, len(movie.genres))
        return cls._of_arrays(movie_ids, by_id, genres, counts)

    @classmethod
    def _of_arrays(
        cls,
        movie_ids: NDArray[np.int64],
        movies: Mapping[int, Movie],
        genres: NDArray[np.float32],
        rating_counts: NDArray[np.int64],
    ) -> Self:
        is_long_tail = np.full(len(movie_ids), bool(movies))
        known = min(BEST_KNOWN, round(BEST_KNOWN_SHARE * len(movie_ids)))
        is_long_tail[np.lexsort((movie_ids, -rating_counts))[:known]] = False
        # Each genre counts one movie more, because a share of 0 has no logarithm.
        totals = np.array([np.dot(column, rating_counts) for column in genres.T]) + 1.0
        return cls(movie_ids, movies, genres, is_long_tail, totals / max(1.0, float(totals.sum())))

    def movie(self, position: int) -> Movie:
        """Return a movie with its metadata; without them if the catalogue lacks the movie."""
        movie_id = int(self.movie_ids[position])
        return self.movies.get(movie_id) or Movie(movie_id, "")
