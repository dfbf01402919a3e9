"""Failover of full-text search to a copy of the texts in memory."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.breaker import CircuitBreaker
from storage.errors import NotFound, Unavailable
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import MAX_LITE_MOVIES, Hits
from storage.vectors.texts.memory import MemoryTextIndex

if TYPE_CHECKING:
    from storage.vectors import VectorIndex

SEARCH_TIMEOUT_S = 1.5
"""A search for a person gets no more time from a server."""

REST_FACTOR = 4.0
"""An index that searches serially computes in this process, and everybody waits for its searches. After a search during
which others searched, it rests for this many times the duration: it takes at most a fifth of a busy bot's time."""

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Primary:
    """The primary index of a failover, with its texts, and what it is doing.

    Attributes:
        index: the primary index; None if it could not be opened yet.
        open_problem: why the index could not be opened; empty if it is open.
        publishing: number of publishes that are running.
        searching: number of searches that are running.
        is_crowded: whether another search came while one was running.
        rests_until: when the next search may begin, of `time.monotonic`.
    """

    index: "VectorIndex | None"
    open_problem: str = ""
    publishing: int = 0
    searching: int = 0
    is_crowded: bool = False
    rests_until: float = 0.0

    @property
    def opened_index(self) -> "VectorIndex":
        """The primary index.

        Raises:
            Unavailable: the index could not be opened yet.
        """
        if self.index is None:
            raise Unavailable(self.open_problem)
        return self.index

    def is_given(self, movie_count: int) -> bool:
        """Return whether the index gets versions of so many movies. Without the index, versions wait for it."""
        searches_serially = self.index is not None and self.index.searches_serially
        return not searches_serially or movie_count <= MAX_LITE_MOVIES

    @asynccontextmanager
    async def deadline(self) -> AsyncIterator[None]:
        """Limit a search for a person. Milvus Lite runs in this process, so that only a busy machine delays it.

        Raises:
            Unavailable: the search took longer than SEARCH_TIMEOUT_S.
        """
        searches_serially = self.index is not None and self.index.searches_serially
        try:
            async with asyncio.timeout(None if searches_serially else SEARCH_TIMEOUT_S):
                yield
        except TimeoutError:
            raise Unavailable(f"no answer within {SEARCH_TIMEOUT_S:g} s") from None

    @property
    def is_busy(self) -> bool:
        """Whether a search should not begin: because of a publish, or in Milvus Lite of another search or a rest."""
        searches_serially = self.index is not None and self.index.searches_serially
        is_occupied = self.searching > 0 or time.monotonic() < self.rests_until
        return self.publishing > 0 or (searches_serially and is_occupied)

    def note_other_search(self) -> None:
        """Note that a search is made in memory instead."""
        self.is_crowded |= self.searching > 0

    @contextmanager
    def search(self) -> Iterator[None]:
        """Count a search while the block runs. If others came meanwhile, a rest follows."""
        began = time.monotonic()
        self.searching += 1
        try:
            yield
        finally:
            self.searching -= 1
            if self.is_crowded:
                now = time.monotonic()
                self.is_crowded, self.rests_until = False, now + REST_FACTOR * (now - began)


class FailoverTextIndex:
    """A `TextIndex` that fails over to memory if the primary index does not answer, as `FailoverIndex` does.

    Preloaded versions are also searched in memory while the primary index is busy, because people would wait otherwise,
    and if they are too large for the primary index (MAX_LITE_MOVIES).

    Attributes:
        fallback_searches: number of searches that failed over to memory.
    """

    def __init__(self, primary: Primary) -> None:
        """Wrap the texts of a primary index, which `FailoverIndex` shares."""
        self._primary = primary
        self._memory = MemoryTextIndex()
        self.fallback_searches = 0
        self._movie_counts: dict[str, int] = {}
        self._copied_counts: dict[str, int] = {}
        self._lost = ""
        self._breaker = CircuitBreaker("text index", self._probe)

    @property
    def problem(self) -> str:
        """Why searches fail over to memory; empty if they do not."""
        problem = self._breaker.problem or self._lost
        partial = [version for version in self._movie_counts if self._is_partial(version)]
        if problem and partial:
            copied, count = self._copied_counts[partial[-1]], self._movie_counts[partial[-1]]
            problem += f"; searching only the best known {copied:,} of {count:,} movies"
        return problem

    async def preload(
        self, version: str, movies: Sequence[Movie], texts: Sequence[str], movie_count: int | None = None
    ) -> None:
        """Load the texts of a version into memory.

        Args:
            version: as in `publish`, like movies and texts.
            movie_count: number of movies of the version, if these are only the best known ones.
        """
        await self._memory.publish(version, movies, texts)
        self._copied_counts[version] = len(movies)
        self._movie_counts[version] = movie_count or len(movies)

    def _is_partial(self, version: str) -> bool:
        """Return whether only the best known movies of a preloaded version are in memory."""
        return self._copied_counts[version] < self._movie_counts[version]

    async def unload(self, version: str) -> None:
        """Take the texts of a version out of memory. The primary index keeps them."""
        self._forget(version)
        await self._memory.drop(version)

    def _forget(self, version: str) -> None:
        self._movie_counts.pop(version, None)
        self._copied_counts.pop(version, None)

    async def check(self) -> None:
        """See `TextIndex.check`."""
        await self._primary.opened_index.texts.check()

    async def publish(self, version: str, movies: Sequence[Movie], texts: Sequence[str]) -> None:
        """See `TextIndex.publish`. Versions that the primary index does not get are kept in memory alone."""
        if not self._primary.is_given(len(movies)):
            await self.preload(version, movies, texts)
            return
        self._primary.publishing += 1
        try:
            await self._primary.opened_index.texts.publish(version, movies, texts)
        finally:
            self._primary.publishing -= 1

    async def search(self, version: str, query: str, top_k: int, where: MovieFilter = ANY_MOVIE) -> Hits:
        """See `TextIndex.search`. Unavailable and NotFound are raised only for a version that is not preloaded."""
        movie_count = self._movie_counts.get(version, 0)
        is_preloaded = movie_count > 0
        is_busy = self._primary.is_busy and is_preloaded and not self._is_partial(version)
        if is_busy or (is_preloaded and not self._primary.is_given(movie_count)):
            self._primary.note_other_search()
            return await self._memory.search(version, query, top_k, where)
        try:
            if self._breaker.is_open:
                raise Unavailable(self._breaker.problem)
            with self._primary.search():
                async with self._primary.deadline():
                    hits = await self._primary.opened_index.texts.search(version, query, top_k, where)
        except (NotFound, Unavailable) as error:
            if not is_preloaded:
                raise
            self.fallback_searches += 1
            if isinstance(error, Unavailable):
                self._breaker.trip(str(error))
            elif not self._lost:
                _logger.warning("failing over to full-text search in memory: %s", error)
                self._lost = str(error)
            return await self._memory.search(version, query, top_k, where)
        if self._lost:
            _logger.info("the text index is complete again")
        self._lost = ""
        return hits

    async def _probe(self) -> None:
        for version, movie_count in list(self._movie_counts.items()):
            if not self._primary.is_given(movie_count):
                continue
            with suppress(NotFound):
                await self._primary.opened_index.texts.search(version, "a", 1)

    async def close(self) -> None:
        """End the probes. Safe to repeat."""
        await self._breaker.close()

    async def count(self, version: str) -> int:
        """See `TextIndex.count`."""
        in_memory = self._movie_counts.get(version, 0)
        return await self._primary.opened_index.texts.count(version) if self._primary.is_given(in_memory) else in_memory

    async def drop(self, version: str) -> None:
        """See `TextIndex.drop`."""
        self._forget(version)
        await self._memory.drop(version)
        await self._primary.opened_index.texts.drop(version)
