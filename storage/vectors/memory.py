"""Exact search in the memory of this process: for tests, for replicas without Milvus, and while Milvus is down."""

import asyncio
from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from storage.errors import NotFound
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import (
    Facets,
    Hits,
    Published,
    ShowShare,
    check_movies,
    check_search,
    check_version,
    exact_search,
)
from storage.vectors.texts.memory import MemoryTextIndex

_INLINE_PRODUCTS = 20_000_000
"""Number of multiplications up to which a search runs in the event loop. It takes about a millisecond, less than
starting a thread."""


class MemoryIndex:
    """A `VectorIndex` in memory, which is lost when the process ends.

    Vectors that are published in the order of the movie ids are not copied, so they must not change afterwards.

    Attributes:
        texts: the texts of the same versions.
    """

    searches_serially = False

    def __init__(self) -> None:
        self.texts = MemoryTextIndex()
        self._published: dict[str, tuple[NDArray[np.int64], NDArray[np.float32], Facets]] = {}

    async def publish(
        self,
        version: str,
        movies: Sequence[Movie],
        vectors: NDArray[np.float32],
        progress: ShowShare = lambda _: None,
    ) -> None:
        """See `VectorIndex.publish`."""
        check_movies(version, movies, vectors)
        movie_ids = np.fromiter((movie.movie_id for movie in movies), np.int64, len(movies))
        if (np.diff(movie_ids) < 0).any():
            order = np.argsort(movie_ids)
            movie_ids, vectors, movies = movie_ids[order], vectors[order], [movies[position] for position in order]
        self._published[version] = movie_ids, vectors, Facets(movies)
        progress(1.0)

    async def search(
        self,
        version: str,
        user_vectors: NDArray[np.float32],
        top_k: int,
        exclude: Sequence[Collection[int]] = (),
        where: MovieFilter = ANY_MOVIE,
    ) -> list[Hits]:
        """See `VectorIndex.search`."""
        check_version(version)
        if version not in self._published:
            raise NotFound(f"no vectors are published for version {version}")
        movie_ids, vectors, facets = self._published[version]
        check_search(version, user_vectors, top_k, exclude, vectors.shape[1])
        matching = None if where == ANY_MOVIE else facets.matching(where)
        if len(user_vectors) * vectors.size <= _INLINE_PRODUCTS:
            return exact_search(movie_ids, vectors, user_vectors, top_k, exclude, matching)
        return await asyncio.to_thread(exact_search, movie_ids, vectors, user_vectors, top_k, exclude, matching)

    async def published(self, version: str) -> Published:
        """See `VectorIndex.published`."""
        if version not in self._published:
            raise NotFound(f"no vectors are published for version {version}")
        return Published(len(self._published[version][0]))

    async def versions(self) -> list[str]:
        """See `VectorIndex.versions`."""
        return sorted(self._published)

    async def drop(self, version: str) -> None:
        """See `VectorIndex.drop`."""
        check_version(version)
        self._published.pop(version, None)
        await self.texts.drop(version)

    async def ping(self) -> None:
        """See `VectorIndex.ping`."""

    async def close(self) -> None:
        """See `VectorIndex.close`."""
        self._published.clear()
