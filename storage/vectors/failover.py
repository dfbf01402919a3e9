"""Failover to a copy of the vectors in memory while the index is unreachable or busy, or has lost a version."""

import logging
from collections.abc import Collection, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from storage.errors import NotFound
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import Hits, Published, ShowShare
from storage.vectors.memory import MemoryIndex
from storage.vectors.primary import Fallback, Primary
from storage.vectors.texts.failover import FailoverTextIndex

if TYPE_CHECKING:
    from storage.vectors import VectorIndex

MAX_EXCLUDED_IDS = 200
"""Maximum number of movies that a search in an index that searches serially excludes. Milvus Lite parses every excluded
id in Python: 200 ids take 3 ms of processor time, and 3,750 ids take 90 ms."""

MAX_COPIED_MOVIES = 50_000
"""Maximum number of movies of a version that is kept in memory beside a server: those with the most ratings. An exact
search of so many takes some 10 ms, and of a million some 140 ms."""

_logger = logging.getLogger(__name__)


class FailoverIndex:
    """A `VectorIndex` that fails over to memory if the primary index does not answer.

    One search that gets no answer is enough: then all searches use memory until the index answers a probe in the
    background. So an outage costs a person at most one search of SEARCH_TIMEOUT_S.

    Preloaded versions are searched in memory in five more cases, because people would wait otherwise: while any
    version is being published; while another search runs in an index that searches serially, as Milvus Lite does, and
    for REST_FACTOR times its duration afterwards; if a search in such an index would be for several people, or would
    exclude more than MAX_EXCLUDED_IDS movies; and if the version has more than MAX_LITE_MOVIES movies, which such an
    index does not even get. The result is the same either way.

    Beside a server, the copy of a large version has only its best known movies (`max_copied`). It is searched only if
    the server does not answer, and then `problem` says so.

    Attributes:
        max_copied: maximum number of movies of a version that is kept in memory; None for all.
        texts: the texts, which fail over in the same way.
    """

    def __init__(self, index: "VectorIndex | None", problem: str = "", *, max_copied: int | None = None) -> None:
        """Wrap a primary index.

        Args:
            index: the primary index; None if it could not be opened, until `attach` is called.
            problem: why the primary index could not be opened.
            max_copied: maximum number of movies of a version that is kept in memory; None for all.
        """
        self.max_copied = max_copied
        self._primary = Primary(index, problem)
        self._memory = MemoryIndex()
        self.texts = FailoverTextIndex(self._primary)
        self._shapes: dict[str, tuple[int, int]] = {}
        self._fallback = Fallback(self._primary, "vector index", self._probe)

    @property
    def fallback_searches(self) -> int:
        """Number of searches that failed over to memory."""
        return self._fallback.count

    @property
    def problem(self) -> str:
        """Why searches fail over to memory; empty if they do not."""
        fallback = self._fallback
        problem = fallback.breaker.problem or fallback.lost if self._primary.index else self._primary.open_problem
        largest = max((count for count, _ in self._shapes.values() if self._is_partial(count)), default=None)
        if problem and largest is not None:
            problem += f"; searching only the best known {self.max_copied:,} of {largest:,} movies"
        return problem

    def attach(self, index: "VectorIndex") -> None:
        """Set the primary index, which could not be opened before."""
        self._primary.index = index
        self._fallback.breaker.reset()
        _logger.info("the vector index is available again")

    def watch(self) -> None:
        """Notice in the background when a server fails, before somebody searches, until the index is closed."""
        self._fallback.breaker.watch()

    @property
    def searches_serially(self) -> bool:
        """See `VectorIndex.searches_serially`. Concurrent searches use the preloaded vectors."""
        return False

    def is_given(self, movie_count: int) -> bool:
        """Return whether the primary index gets versions of so many movies; see MAX_LITE_MOVIES."""
        return self._primary.is_given(movie_count)

    async def preload(
        self, version: str, movies: Sequence[Movie], vectors: NDArray[np.float32], movie_count: int | None = None
    ) -> None:
        """Keep the vectors of a version for searches in memory.

        Args:
            version: as in `publish`, like movies and vectors.
            movie_count: number of movies of the version, if these are only the best known ones.
        """
        shape = movie_count or len(movies), vectors.shape[1]
        if self._is_partial(len(movies)):
            rating_counts = np.fromiter((movie.rating_count for movie in movies), np.int64, len(movies))
            best_known = np.sort(np.argsort(-rating_counts, kind="stable")[: self.max_copied])
            movies, vectors = [movies[place] for place in best_known], vectors[best_known]
        await self._memory.publish(version, movies, vectors)
        self._shapes[version] = shape

    def _is_partial(self, movie_count: int) -> bool:
        """Return whether only the best known movies of a version are kept in memory."""
        return self.max_copied is not None and movie_count > self.max_copied

    async def unload(self, version: str) -> None:
        """Take a version out of memory. The primary index keeps it."""
        self._shapes.pop(version, None)
        await self._memory.drop(version)
        await self.texts.unload(version)

    async def publish(
        self,
        version: str,
        movies: Sequence[Movie],
        vectors: NDArray[np.float32],
        progress: ShowShare = lambda _: None,
    ) -> None:
        """See `VectorIndex.publish`. Versions that the primary index does not get are kept in memory alone."""
        if not self._primary.is_given(len(movies)):
            await self.preload(version, movies, vectors)
            return
        self._primary.publishing += 1
        try:
            await self._primary.opened_index.publish(version, movies, vectors, progress)
        finally:
            self._primary.publishing -= 1

    async def search(
        self,
        version: str,
        user_vectors: NDArray[np.float32],
        top_k: int,
        exclude: Sequence[Collection[int]] = (),
        where: MovieFilter = ANY_MOVIE,
    ) -> list[Hits]:
        """See `VectorIndex.search`. Unavailable and NotFound are raised only for a version that is not preloaded."""
        is_preloaded = version in self._shapes
        in_memory = partial(self._memory.search, version, user_vectors, top_k, exclude, where)
        if is_preloaded and self._would_wait(version, len(user_vectors), exclude):
            self._primary.note_other_search()
            return await in_memory()
        return await self._fallback.search(
            lambda index: index.search(version, user_vectors, top_k, exclude, where),
            in_memory if is_preloaded else None,
        )

    async def _probe(self) -> None:
        """Search every preloaded version, which makes a restarted server load it.

        An index that searches serially runs in this process and shows a failure in the first search. While it works, it
        is left alone: probes would take its time, and on a busy machine a slow answer is no failure.
        """
        index = self._primary.opened_index
        if index.searches_serially and not self._fallback.breaker.is_open:
            return
        await index.ping()
        for version, (movie_count, dimension) in list(self._shapes.items()):
            if not self._primary.is_given(movie_count):
                continue
            with suppress(NotFound):
                # With a vector of zeros, all movies would be tied, and an index returns the whole tie.
                await index.search(version, np.ones((1, dimension), np.float32), 1)

    def _would_wait(self, version: str, people: int, exclude: Sequence[Collection[int]]) -> bool:
        if self._is_partial(self._shapes[version][0]):
            return False
        index = self._primary.index
        excludes_many = any(len(movie_ids) > MAX_EXCLUDED_IDS for movie_ids in exclude)
        is_slow = index is not None and index.searches_serially and (people > 1 or excludes_many)
        return self._primary.is_busy or is_slow or not self._primary.is_given(self._shapes[version][0])

    async def published(self, version: str) -> Published:
        """See `VectorIndex.published`. It is asked of the index that `search` usually uses."""
        shape = self._shapes.get(version)
        if shape is not None and not self._primary.is_given(shape[0]):
            return await self._memory.published(version)
        return await self._primary.opened_index.published(version)

    async def versions(self) -> list[str]:
        """See `VectorIndex.versions`. Those that are kept in memory alone are among them."""
        alone = {version for version, (count, _) in self._shapes.items() if not self._primary.is_given(count)}
        return sorted(alone.union(await self._primary.opened_index.versions()))

    async def drop(self, version: str) -> None:
        """See `VectorIndex.drop`."""
        self._shapes.pop(version, None)
        await self._memory.drop(version)
        await self.texts.drop(version)
        await self._primary.opened_index.drop(version)

    async def ping(self) -> None:
        """See `VectorIndex.ping`."""
        await self._primary.opened_index.ping()

    async def close(self) -> None:
        """See `VectorIndex.close`."""
        await self._fallback.breaker.close()
        await self.texts.close()
        if self._primary.index is not None:
            await self._primary.index.close()
