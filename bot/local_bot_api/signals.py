"""Waiting for something to become true without polling."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")


class Signal:
    """Wakes all who wait, each time something changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Something changed: everybody who waits looks again."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait_for(self, look: Callable[[], Found | None], timeout_s: float) -> Found:
        """The first answer of `look` that is not None; it is asked at once and after every ring.

        Raises:
            TimeoutError: there was none in time.
        """
        async with asyncio.timeout(timeout_s):
            while (found := look()) is None:
                await self._event.wait()
        return found

    async def wait(self) -> None:
        """Until the next ring, however long that takes."""
        await self._event.wait()
