"""Copies of what Milvus Lite stores, for the searches that Milvus Lite is slow at."""

import sys
from collections.abc import Awaitable, Callable, Collection
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from storage.net_details import NetDetails
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import Facets, Hits
from storage.vectors.milvus_schema import IDS_PER_EXPRESSION

ReadRows = Callable[[str, str, list[str]], Awaitable[list[dict[str, Any]]]]
"""Takes a version, a filter expression and field names, and returns the rows that match."""

_EVERY_ROW = "movie_id >= 0 or movie_id < 0"


class LiteCache:
    """The vectors, years and genres of a Milvus Lite folder, each read once per version.

    Milvus Lite is slow at two things. It returns every hit as a Python dictionary of the whole row with its vector, so
    a batch would cost nearly as much per person as single searches: batches are ranked in numpy over a copy of the
    vectors instead. And it evaluates conditions on arrays row by row in Python, which makes a search for a genre 20
    times slower than a search for ids: a filter is translated into the ids of the movies that pass it.

    The copies cannot become stale, because a Milvus Lite folder belongs to one process, and that process calls
    `invalidate` whenever it changes a version.
    """

    def __init__(self, read_rows: ReadRows) -> None:
        self._read_rows = read_rows
        self._vectors: dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        self._facets: dict[str, tuple[NDArray[np.int64], Facets]] = {}
        self._invalidations = 0

    def invalidate(self, version: str) -> None:
        """Discard the copies of a version."""
        self._vectors.pop(version, None)
        self._facets.pop(version, None)
        self._invalidations += 1

    async def vectors(self, version: str, where: MovieFilter) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the movies that pass a filter as (movie_ids (m,) int64, vectors (m, d) float32), ids ascending."""
        movie_ids, vectors = await self._all_vectors(version)
        if where == ANY_MOVIE:
            return movie_ids, vectors
        facet_ids, matching = await self._matching(version, where)
        is_match = np.isin(movie_ids, facet_ids[matching])
        return movie_ids[is_match], vectors[is_match]

    async def ids_expression(self, version: str, where: MovieFilter, excluded: Collection[int]) -> str:
        """Return a filter and an exclusion as one expression over ids, the shorter of "in" and "not in"."""
        movie_ids, matching = await self._matching(version, where)
        included = set(movie_ids[matching].tolist()).difference(excluded)
        left_out = set(movie_ids[~matching].tolist()).union(int(movie_id) for movie_id in excluded)
        if len(included) <= len(left_out):
            return f"movie_id in {sorted(included)}"
        return f"movie_id not in {sorted(left_out)}"

    async def passing(self, version: str, where: MovieFilter, hits: Hits) -> Hits:
        """Return the hits of a search that pass a filter."""
        movie_ids, matching = await self._matching(version, where)
        is_match = np.isin(hits[0], movie_ids[matching])
        return hits[0][is_match], hits[1][is_match]

    async def _all_vectors(self, version: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        if version not in self._vectors:
            invalidations = self._invalidations
            rows = await self._read_rows(version, _EVERY_ROW, ["movie_id"])
            movie_ids = np.sort(np.fromiter((row["movie_id"] for row in rows), np.int64, len(rows)))
            vector_of: dict[int, list[float]] = {}
            for start in range(0, len(movie_ids), IDS_PER_EXPRESSION):
                chunk = movie_ids[start : start + IDS_PER_EXPRESSION]
                in_chunk = f"movie_id >= {chunk[0]} and movie_id <= {chunk[-1]}"
                rows = await self._read_rows(version, in_chunk, ["movie_id", "vector"])
                vector_of |= {row["movie_id"]: row["vector"] for row in rows}
            vectors = np.array([vector_of[movie_id] for movie_id in movie_ids.tolist()], np.float32)
            # A version that changed during the reads may have mixed rows. They serve this call and are not kept.
            if invalidations != self._invalidations:
                return movie_ids, vectors
            self._vectors[version] = movie_ids, vectors
        return self._vectors[version]

    async def _matching(self, version: str, where: MovieFilter) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the ids of all movies, (m,) int64, and whether each movie passes the filter, (m,) bool."""
        if version not in self._facets:
            invalidations = self._invalidations
            rows = await self._read_rows(version, _EVERY_ROW, ["movie_id", "year", "genres", "services"])
            movies = [_movie(row) for row in rows]
            movie_ids, facets = np.fromiter((movie.movie_id for movie in movies), np.int64, len(movies)), Facets(movies)
            # A version that changed during the read may have mixed rows. They serve this call and are not kept.
            if invalidations != self._invalidations:
                return movie_ids, facets.matching(where)
            self._facets[version] = movie_ids, facets
        movie_ids, facets = self._facets[version]
        return movie_ids, facets.matching(where)


def _movie(row: dict[str, Any]) -> Movie:
    """Return a movie with what filters read."""
    net = NetDetails("", date.min, services=tuple(map(sys.intern, row["services"])))
    return Movie(row["movie_id"], "", row["year"] or None, tuple(row["genres"]), net=net)
