"""Failover of full-text search to a copy of the texts in memory."""

from collections.abc import Sequence
from contextlib import suppress
from functools import partial

from storage.errors import NotFound
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import Hits
from storage.vectors.primary import Fallback, Primary
from storage.vectors.texts.memory import MemoryTextIndex


class FailoverTextIndex:
    """A `TextIndex` that fails over to memory if the primary index does not answer, as `FailoverIndex` does.

    Preloaded versions are also searched in memory while the primary index is busy, because people would wait otherwise,
    and if they are too large for the primary index (MAX_LITE_MOVIES).
    """

    def __init__(self, primary: Primary) -> None:
        """Wrap the texts of a primary index, which `FailoverIndex` shares."""
        self._primary = primary
        self._memory = MemoryTextIndex()
        self._movie_counts: dict[str, int] = {}
        self._copied_counts: dict[str, int] = {}
        self._fallback = Fallback(primary, "text index", self._probe)

    @property
    def fallback_searches(self) -> int:
        """Number of searches that failed over to memory."""
        return self._fallback.count

    @property
    def problem(self) -> str:
        """Why searches fail over to memory; empty if they do not."""
        problem = self._fallback.breaker.problem or self._fallback.lost
        incomplete = [version for version in self._movie_counts if self._is_partial(version)]
        if problem and incomplete:
            copied, count = self._copied_counts[incomplete[-1]], self._movie_counts[incomplete[-1]]
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
        in_memory = partial(self._memory.search, version, query, top_k, where)
        is_busy = self._primary.is_busy and is_preloaded and not self._is_partial(version)
        if is_busy or (is_preloaded and not self._primary.is_given(movie_count)):
            self._primary.note_other_search()
            return await in_memory()
        return await self._fallback.search(
            lambda index: index.texts.search(version, query, top_k, where), in_memory if is_preloaded else None
        )

    async def _probe(self) -> None:
        for version, movie_count in list(self._movie_counts.items()):
            if not self._primary.is_given(movie_count):
                continue
            with suppress(NotFound):
                await self._primary.opened_index.texts.search(version, "a", 1)

    async def close(self) -> None:
        """End the probes. Safe to repeat."""
        await self._fallback.breaker.close()

    async def count(self, version: str) -> int:
        """See `TextIndex.count`."""
        in_memory = self._movie_counts.get(version, 0)
        return await self._primary.opened_index.texts.count(version) if self._primary.is_given(in_memory) else in_memory

    async def drop(self, version: str) -> None:
        """See `TextIndex.drop`."""
        self._forget(version)
        await self._memory.drop(version)
        await self._primary.opened_index.texts.drop(version)
