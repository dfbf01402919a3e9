"""What answers while the index is out of reach or busy, or has lost a version: the same vectors, in memory."""

import logging
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from storage.errors import NotFound, Unavailable
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import Hits
from storage.vectors.memory import MemoryIndex

if TYPE_CHECKING:
    from storage.vectors import VectorIndex

_LOG = logging.getLogger(__name__)


class FailoverIndex:
    """A `VectorIndex` that searches in memory where the one behind it does not answer, and asks it again next time.

    While a version is being published, what is held in memory is searched there too, and so it is while somebody else's
    search is under way in an index that does one thing at a time, as Milvus Lite does: people would wait for all of it.
    The answer is the same either way.

    Attributes:
        problem: why the last search was answered from memory; empty where it was not.
        fallback_searches: how many searches were.
    """

    def __init__(self, index: "VectorIndex | None", problem: str = "") -> None:
        """Stand by for an index.

        Args:
            index: the `VectorIndex` to ask first; None where it could not be opened, until it `came`.
            problem: why it could not be.
        """
        self._index = index
        self._never_came = problem
        self._memory = MemoryIndex()
        self._publishing = 0
        self._searching = 0
        self.problem = problem
        self.fallback_searches = 0

    def attach(self, index: "VectorIndex") -> None:
        """The index could be opened after all: from now on it is asked first."""
        self._index = index

    @property
    def searches_serially(self) -> bool:
        """See `VectorIndex.searches_serially`: what is held is searched beside."""
        return False

    @property
    def _first(self) -> "VectorIndex":
        if self._index is None:
            raise Unavailable(self._never_came)
        return self._index

    async def preload(self, version: str, movies: Sequence[Movie], vectors: NDArray[np.float32]) -> None:
        """Keep a version's vectors in memory; 4,000 movies take 4 MB. Arguments as of `VectorIndex.publish`."""
        await self._memory.publish(version, movies, vectors)

    async def publish(self, version: str, movies: Sequence[Movie], vectors: NDArray[np.float32]) -> None:
        """See `VectorIndex.publish`."""
        self._publishing += 1
        try:
            await self._first.publish(version, movies, vectors)
        finally:
            self._publishing -= 1

    async def search(
        self,
        version: str,
        user_vectors: NDArray[np.float32],
        top_k: int,
        exclude: Sequence[Collection[int]] = (),
        where: MovieFilter = ANY_MOVIE,
    ) -> list[Hits]:
        """See `VectorIndex.search`; only a version that is not held can still be Unavailable or NotFound."""
        is_busy = self._publishing or (self._searching and self._index is not None and self._index.searches_serially)
        if is_busy and version in await self._memory.versions():
            return await self._memory.search(version, user_vectors, top_k, exclude, where)
        self._searching += 1
        try:
            found = await self._first.search(version, user_vectors, top_k, exclude, where)
        except (NotFound, Unavailable) as error:
            if version not in await self._memory.versions():
                raise
            if not self.problem:
                _LOG.warning("searching in memory: %s", error)
            self.problem = str(error)
            self.fallback_searches += 1
            return await self._memory.search(version, user_vectors, top_k, exclude, where)
        finally:
            self._searching -= 1
        if self.problem:
            _LOG.info("the index answers again")
        self.problem = ""
        return found

    async def versions(self) -> list[str]:
        """See `VectorIndex.versions`."""
        return await self._first.versions()

    async def drop(self, version: str) -> None:
        """See `VectorIndex.drop`."""
        await self._memory.drop(version)
        await self._first.drop(version)

    async def ping(self) -> None:
        """See `VectorIndex.ping`."""
        await self._first.ping()

    async def close(self) -> None:
        """See `VectorIndex.close`."""
        if self._index is not None:
            await self._index.close()
