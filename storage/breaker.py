"""A circuit breaker for a service that a fallback can replace.

Libraries such as purgatory and pybreaker let the next caller find out whether the service is back. Here a probe in the
background does, so that nobody waits for the service again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from storage.errors import StorageError, Unavailable
from storage.urls import one_line

PROBE_EVERY_S = 1.0
"""The pause between two probes while the breaker is open."""

WATCH_EVERY_S = 3.0
"""The pause between two probes while the breaker is closed and watched."""

PROBE_TIMEOUT_S = 3.0
"""A probe that takes longer counts as failed."""

_logger = logging.getLogger(__name__)


class CircuitBreaker:
    """Remembers that a service does not answer, until a probe in the background finds that it does.

    Attributes:
        problem: why the breaker is open; empty while it is closed and the service may be called.
    """

    def __init__(self, name: str, probe: Callable[[], Awaitable[None]]) -> None:
        """Create a closed breaker.

        Args:
            name: of the service, for the log.
            probe: calls the service, and raises a storage error if the service does not work.
        """
        self.problem = ""
        self._name = name
        self._probe = probe
        self._task: asyncio.Task[None] | None = None
        self._is_watching = False

    @property
    def is_open(self) -> bool:
        """Whether the service must not be called for a person."""
        return bool(self.problem)

    def trip(self, problem: str) -> None:
        """Open the breaker, and begin to probe."""
        if not self.problem:
            _logger.warning("%s: %s", self._name, problem)
        self.problem = problem
        self._begin()

    def reset(self) -> None:
        """Close the breaker: the service has answered."""
        if self.problem:
            _logger.info("%s: available again", self._name)
        self.problem = ""

    def watch(self) -> None:
        """Probe the service while the breaker is closed too, so that an outage is noticed before a person meets it."""
        self._is_watching = True
        self._begin()

    async def close(self) -> None:
        """End the probes. Safe to repeat."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])

    def _begin(self) -> None:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run(), name=f"breaker of {self._name}")

    async def _run(self) -> None:
        while self.is_open or self._is_watching:
            await asyncio.sleep(PROBE_EVERY_S if self.is_open else WATCH_EVERY_S)
            try:
                async with asyncio.timeout(PROBE_TIMEOUT_S):
                    await self._probe()
            except TimeoutError:
                self._failed(Unavailable(f"no answer within {PROBE_TIMEOUT_S:g} s"))
            except StorageError as error:
                self._failed(error)
            else:
                self.reset()

    def _failed(self, error: StorageError) -> None:
        if self.is_open:
            self.problem = one_line(error)
        else:
            self.trip(one_line(error))
