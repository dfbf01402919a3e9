"""Argument checks and stored genres, shared by all indexes, and exact search over arrays."""

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from storage.records import Movie, MovieFilter

MAX_TOP_K = 16_384
"""Maximum `top_k`: a Milvus server returns no more hits per vector."""

MAX_LITE_MOVIES = 20_000
"""Milvus Lite is not given versions of more movies: they are searched in memory. Whatever the kind of its index, Milvus
Lite looks at every movie in Python in each search. docs/operations.md has the measurements."""

Hits = tuple[NDArray[np.int64], NDArray[np.float32]]
"""(movie_ids (k,) int64, scores (k,) float32), best first."""


@dataclass(frozen=True, slots=True)
class Published:
    """A version in an index.

    Attributes:
        movie_count: number of movies.
        kind: how the movies are searched, such as "FLAT" or "HNSW".
        is_exact: whether a search compares every vector, so that it misses no movie.
    """

    movie_count: int
    kind: str = "FLAT"
    is_exact: bool = True


ShowShare = Callable[[float], None]
"""A callback that takes the share that is done, 0..1."""

MAX_GENRES, MAX_GENRE_BYTES = 32, 256
"""Maximum number of genres stored for a movie, and maximum length of a genre in bytes of UTF-8. Real movies have a
handful of short genres."""

MAX_SERVICES, MAX_SERVICE_BYTES = 4_000, 128
"""Maximum number of services stored for a movie, and maximum length of a service in bytes of UTF-8."""

_VERSION = re.compile(r"[A-Za-z0-9]+")
_BLOCK_SCORES = 4_000_000
"""Number of scores that exact search computes at once, which take 16 MB."""
_COPIED_SHARE = 8
"""If at most one of so many movies passes a filter, their vectors are copied. Otherwise all scores are computed, which
takes less time than copying."""


def check_version(version: str) -> None:
    """Raise ValueError if a version contains anything but ASCII letters and digits."""
    if not _VERSION.fullmatch(version):
        raise ValueError(f"a version consists of letters and digits, not {version!r}")


def check_movies(version: str, movies: Sequence[Movie], vectors: NDArray[np.float32]) -> None:
    """Raise ValueError if movies and vectors cannot be published."""
    check_version(version)
    if vectors.ndim != 2 or vectors.dtype != np.float32:
        raise ValueError(f"movie vectors must be (m, d) float32, not {vectors.shape} {vectors.dtype}")
    if not len(movies) == len(vectors) > 0:
        raise ValueError(
            f"need one vector per movie and at least one movie: {len(movies)} movies, {len(vectors)} vectors"
        )
    if len({movie.movie_id for movie in movies}) < len(movies):
        raise ValueError("a movie id occurs twice")
    if not np.isfinite(vectors).all():
        raise ValueError("a movie vector contains a number that is not finite")


def check_search(
    version: str,
    user_vectors: NDArray[np.float32],
    top_k: int,
    exclude: Sequence[Collection[int]],
    dimension: int,
) -> None:
    """Raise ValueError if the arguments of a search are invalid for movie vectors of this dimension."""
    if user_vectors.ndim != 2 or user_vectors.dtype != np.float32 or user_vectors.shape[1] != dimension:
        shape = f"{user_vectors.shape} {user_vectors.dtype}"
        raise ValueError(f"user vectors for version {version} must be (n, {dimension}) float32, not {shape}")
    if not 1 <= top_k <= MAX_TOP_K:
        raise ValueError(f"top_k must be between 1 and {MAX_TOP_K}, not {top_k}")
    if exclude and len(exclude) != len(user_vectors):
        raise ValueError(f"need one exclusion per user vector or none: {len(exclude)} for {len(user_vectors)}")


def stored_genres(movie: Movie) -> list[str]:
    """Return the genres that an index stores for a movie and that filters match."""
    return [stored_genre(genre) for genre in movie.genres[:MAX_GENRES]]


@lru_cache(maxsize=1024)
def stored_genre(genre: str) -> str:
    """Return a genre as it is stored, cut to MAX_GENRE_BYTES."""
    return genre.encode()[:MAX_GENRE_BYTES].decode(errors="ignore")


def stored_services(movie: Movie) -> list[str]:
    """Return the services that an index stores for a movie and that filters match."""
    return [stored_service(service) for service in movie.services[:MAX_SERVICES]]


def stored_service(service: str) -> str:
    """Return a service as it is stored, cut to MAX_SERVICE_BYTES."""
    return service.encode()[:MAX_SERVICE_BYTES].decode(errors="ignore")


class Facets:
    """The ids, years, genres and services of movies as arrays, in the order of the movies."""

    def __init__(self, movies: Sequence[Movie]) -> None:
        self._ids = np.fromiter((movie.movie_id for movie in movies), np.int64, len(movies))
        self._years = np.fromiter((movie.year or 0 for movie in movies), np.int16, len(movies))
        self._genres: dict[str, NDArray[np.bool_]] = {}
        for genre, positions in _positions_by_value(map(stored_genres, movies)).items():
            self._genres[genre] = np.zeros(len(movies), bool)
            self._genres[genre][positions] = True
        # There are thousands of services, so each has positions instead of a mask.
        self._services = _positions_by_value(map(stored_services, movies))

    def matching(self, where: MovieFilter) -> NDArray[np.bool_]:
        """Return (m,) bool, whether each movie passes a filter."""
        no_movie = np.zeros(len(self._years), bool)

        def masks(genres: Collection[str]) -> list[NDArray[np.bool_]]:
            return [no_movie, *(self._genres.get(stored_genre(genre), no_movie) for genre in genres)]

        matching: NDArray[np.bool_] = ~np.logical_or.reduce(masks(where.genres_none))
        if where.genres_any:
            matching &= np.logical_or.reduce(masks(where.genres_any))
        if where.genres_all:
            matching &= np.logical_and.reduce(masks(where.genres_all)[1:])
        if where.year_from is not None:
            matching &= (self._years > 0) & (self._years >= where.year_from)
        if where.year_to is not None:
            matching &= (self._years > 0) & (self._years <= where.year_to)
        if where.ids is not None:
            matching &= np.isin(self._ids, np.fromiter(where.ids, np.int64, len(where.ids)))
        if where.ids_none:
            matching &= ~np.isin(self._ids, np.fromiter(where.ids_none, np.int64, len(where.ids_none)))
        if where.services_any:
            is_streamed = np.zeros(len(self._years), bool)
            for service in where.services_any:
                is_streamed[self._services.get(stored_service(service), np.zeros(0, np.int32))] = True
            matching &= is_streamed
        return matching


def _positions_by_value(values: Iterable[Sequence[str]]) -> dict[str, NDArray[np.int32]]:
    """Return the ascending positions of the movies that have each value, of the values of all movies."""
    positions: dict[str, list[int]] = {}
    for position, of_movie in enumerate(values):
        for value in of_movie:
            positions.setdefault(value, []).append(position)
    return {value: np.array(of_value, np.int32) for value, of_value in positions.items()}


def exact_search(
    movie_ids: NDArray[np.int64],
    vectors: NDArray[np.float32],
    user_vectors: NDArray[np.float32],
    top_k: int,
    exclude: Sequence[Collection[int]] = (),
    matching: NDArray[np.bool_] | None = None,
) -> list[Hits]:
    """Return the movies with the largest inner products for each user vector, and equal scores by ascending id.

    Args:
        movie_ids: (m,) int64, ascending.
        vectors: (m, d) float32, row i belongs to movie_ids[i].
        user_vectors: (n, d) float32.
        top_k: number of movies per row.
        exclude: one collection of excluded movie ids per row, or an empty sequence to exclude nothing.
        matching: (m,) bool, which movies can be returned; None for all.

    Returns:
        n pairs (movie_ids (k,) int64, scores (k,) float32), best first. k is smaller than `top_k` only if fewer movies
        are left.
    """
    if matching is not None and _COPIED_SHARE * np.count_nonzero(matching) < len(movie_ids):
        movie_ids, vectors, matching = movie_ids[matching], vectors[matching], None
    if len(movie_ids) == 0:
        return [(np.zeros(0, np.int64), np.zeros(0, np.float32)) for _ in user_vectors]
    hits: list[Hits] = []
    rows = max(1, _BLOCK_SCORES // len(movie_ids))
    for start in range(0, len(user_vectors), rows):
        scores = user_vectors[start : start + rows] @ vectors.T
        for row, row_scores in enumerate(scores, start):
            hits.append(_best(movie_ids, row_scores, top_k, exclude[row] if exclude else (), matching))
    return hits


def _best(
    movie_ids: NDArray[np.int64],
    scores: NDArray[np.float32],
    top_k: int,
    excluded: Collection[int],
    matching: NDArray[np.bool_] | None,
) -> Hits:
    if excluded or matching is not None:
        is_kept = np.ones(len(movie_ids), bool) if matching is None else matching.copy()
        ids = np.fromiter(excluded, np.int64, len(excluded))
        places = np.minimum(np.searchsorted(movie_ids, ids), len(movie_ids) - 1)
        is_kept[places[movie_ids[places] == ids]] = False
        movie_ids, scores = movie_ids[is_kept], scores[is_kept]
    if top_k < len(scores):
        # Keep every movie that reaches the k-th best score: ties at rank k are broken by id below.
        candidates = np.flatnonzero(scores >= np.partition(scores, len(scores) - top_k)[len(scores) - top_k])
        movie_ids, scores = movie_ids[candidates], scores[candidates]
    order = np.argsort(-scores, kind="stable")[:top_k]
    return movie_ids[order], scores[order]
