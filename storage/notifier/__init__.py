"""Notifications to all replicas that data in SQL has changed: `open_notifier`, with `LocalNotifier` and `redis`.

Notifications are best effort: a replica that misses one notices the change when it polls SQL the next time.
"""

import asyncio
import contextlib
from typing import Protocol


class ChangeNotifier(Protocol):
    """Signals that something has changed. What has changed is found in SQL (`storage.sql.Revisions`)."""

    async def notify(self) -> None:
        """Wake everybody who waits. Never raises: replicas that are not reached find the change by polling."""
        ...

    async def wait(self, timeout_s: float) -> None:
        """Return at the next notification, or after `timeout_s` seconds."""
        ...

    async def close(self) -> None:
        """Release connections. Safe to repeat."""
        ...


def open_notifier(metadata_url: str, installation: str = "") -> ChangeNotifier:
    """Return a notifier over the Redis of a METADATA_URL, or within this process if the URL names no Redis.

    Args:
        metadata_url: the METADATA_URL.
        installation: the name of the installation, as `storage.sql.installation_name` returns it.

    Raises:
        Misconfigured: the URL cannot be used.
    """
    if not metadata_url.startswith("redis"):
        return LocalNotifier()
    # The Redis client takes a while to import, and a bot without Redis does not need it.
    from storage.notifier.redis import RedisNotifier

    return RedisNotifier(metadata_url, installation)


class LocalNotifier:
    """`ChangeNotifier` within one process. Other replicas find changes by polling."""

    def __init__(self) -> None:
        self._notified = asyncio.Event()

    async def notify(self) -> None:
        """See `ChangeNotifier.notify`."""
        self._notified.set()

    async def wait(self, timeout_s: float) -> None:
        """See `ChangeNotifier.wait`. Returns at once if there was a notification since the last call."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                await self._notified.wait()
        self._notified.clear()

    async def close(self) -> None:
        """See `ChangeNotifier.close`."""
