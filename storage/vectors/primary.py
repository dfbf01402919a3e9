"""The primary index of a failover, and the searches that fail over to memory."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from storage.breaker import CircuitBreaker
from storage.errors import NotFound, Unavailable
from storage.vectors.arrays import MAX_LITE_MOVIES

if TYPE_CHECKING:
    from storage.vectors import VectorIndex

SEARCH_TIMEOUT_S = 1.5
"""A search for a person gets no more time from a server."""

REST_FACTOR = 39.0
"""An index that searches serially computes in this process, and everybody waits for its searches. After a search during
which others searched, it rests for this many times the duration: it takes at most a fortieth of a busy bot's time."""

_Hits = TypeVar("_Hits")

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


class Fallback:
    """Searches of one kind, in the primary index or in memory.

    Attributes:
        breaker: open while the primary index does not answer.
        lost: why the primary index lacks a version that it should have; empty if it has all.
        count: number of searches that failed over to memory.
    """

    def __init__(self, primary: Primary, name: str, probe: Callable[[], Awaitable[None]]) -> None:
        """Begin with searches in the primary index.

        Args:
            primary: the primary index.
            name: of the index, for the log.
            probe: as in `CircuitBreaker`.
        """
        self._primary, self._name = primary, name
        self.breaker = CircuitBreaker(name, probe)
        self.lost = ""
        self.count = 0

    async def search(
        self, primary: Callable[["VectorIndex"], Awaitable[_Hits]], memory: Callable[[], Awaitable[_Hits]] | None
    ) -> _Hits:
        """Search in the primary index, or in memory if it does not answer or lacks the version.

        Args:
            primary: searches in the primary index.
            memory: searches in memory; None if the version is not there.

        Raises:
            NotFound: the primary index lacks the version, and so does the memory.
            Unavailable: the primary index does not answer, and the memory lacks the version.
        """
        try:
            if self.breaker.is_open:
                raise Unavailable(self.breaker.problem)
            with self._primary.search():
                async with self._primary.deadline():
                    hits = await primary(self._primary.opened_index)
        except (NotFound, Unavailable) as error:
            if memory is None:
                raise
            self.count += 1
            if isinstance(error, Unavailable):
                self.breaker.trip(str(error))
            elif not self.lost:
                # A lost version is noticed at once, so that every search can try again.
                _logger.warning("failing over to search in memory: the %s has lost a version: %s", self._name, error)
                self.lost = str(error)
            return await memory()
        if self.lost:
            _logger.info("the %s is complete again", self._name)
        self.lost = ""
        return hits
