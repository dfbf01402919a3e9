"""The rate at which announcements are sent."""

import asyncio
import time


class Pace:
    """Lets calls through one after the other at a rate, and none while Telegram wants to be left alone."""

    def __init__(self, rate: int) -> None:
        """Begin at once.

        Args:
            rate: calls a second.
        """
        self._pause_s = 1 / rate
        self._next = 0.0
        self._closed_until = 0.0

    @property
    def closed_for(self) -> float:
        """Seconds until the next call may be made, as Telegram said; 0 or less for now."""
        return self._closed_until - time.monotonic()

    def close(self, seconds: float) -> None:
        """Let nothing through for so long."""
        self._closed_until = max(self._closed_until, time.monotonic() + seconds)

    async def turn(self) -> bool:
        """Wait for one's turn; False where there is none, because it is closed."""
        now = time.monotonic()
        mine = max(now, self._next)
        self._next = mine + self._pause_s
        if mine > now:
            await asyncio.sleep(mine - now)
        return self.closed_for <= 0
