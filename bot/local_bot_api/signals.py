"""Waiting for a condition without polling."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

DEFAULT_TIMEOUT_S = 30.0
"""Default timeout of all waits. It is long, because it is reached in failures only, and test machines are busy."""


class Signal:
    """Wakes every waiting task each time that something changed."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        """Wake every waiting task, so that it checks its condition again."""
        event, self._event = self._event, asyncio.Event()
        event.set()

    async def wait_for(self, check: Callable[[], Result | None], timeout_s: float) -> Result:
        """Return the first result of `check` that is not None.

        `check` is called at once and after every `notify`.

        Raises:
            TimeoutError: `check` returned None until the timeout.
        """
        async with asyncio.timeout(timeout_s):
            while (result := check()) is None:
                await self._event.wait()
        return result

    async def wait(self) -> None:
        """Wait for the next `notify`, without a timeout."""
        await self._event.wait()
