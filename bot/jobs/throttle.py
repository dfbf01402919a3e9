"""The rate limit for announcements."""

import asyncio
import time


class Throttle:
    """Spaces calls out to a fixed rate, and refuses them during a pause that Telegram has asked for."""

    def __init__(self, rate: int) -> None:
        """Create a throttle that is not paused.

        Args:
            rate: the maximum number of calls per second.
        """
        self._interval_s = 1 / rate
        self._next_slot = 0.0
        self._paused_until = 0.0

    @property
    def paused_for(self) -> float:
        """Remaining seconds of the pause; 0 or less if there is none."""
        return self._paused_until - time.monotonic()

    def pause(self, seconds: float) -> None:
        """Refuse all calls for this long. A longer pause that has begun already is not shortened."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)

    async def acquire(self) -> bool:
        """Wait for the next free slot.

        Returns:
            Whether the call may be made; False during a pause.
        """
        now = time.monotonic()
        slot = max(now, self._next_slot)
        self._next_slot = slot + self._interval_s
        if slot > now:
            await asyncio.sleep(slot - now)
        return self.paused_for <= 0
