"""Telling every replica at once that something in SQL has changed. Whoever misses it finds out at the next look."""

import asyncio
import contextlib
from typing import Protocol


class ChangeNotifier(Protocol):
    """That something has changed; what, stands in SQL."""

    async def notify(self) -> None:
        """Wake everybody who waits. Never fails: those who were not reached look by themselves before long."""
        ...

    async def wait(self, timeout_s: float) -> None:
        """Return when somebody told, or after so many seconds."""
        ...

    async def close(self) -> None:
        """Give connections back; safe to repeat."""
        ...


def open_notifier(metadata_url: str) -> ChangeNotifier:
    """Choose notifications over the Redis of a METADATA_URL, or within this process if it names none.

    Raises:
        Misconfigured: the URL cannot be used.
    """
    if metadata_url.partition(":")[0] not in ("redis", "rediss"):
        return LocalNotifier()
    # Its client takes a while to import, and whoever lives on SQL alone never needs it.
    from storage.notifier.redis import RedisNotifier

    return RedisNotifier(metadata_url)


class LocalNotifier:
    """`ChangeNotifier` among those who share it; replicas that have nothing in common but SQL look by themselves."""

    def __init__(self) -> None:
        self._told = asyncio.Event()

    async def notify(self) -> None:
        """See `ChangeNotifier.tell`."""
        self._told.set()

    async def wait(self, timeout_s: float) -> None:
        """See `ChangeNotifier.wait`; what was told since the last time counts."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._told.wait()
        self._told.clear()

    async def close(self) -> None:
        """See `ChangeNotifier.close`."""
