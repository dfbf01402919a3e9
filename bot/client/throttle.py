"""A rate limit that spaces calls out, for announcements and for reading details of movies."""

import asyncio
import time
from collections.abc import Awaitable, Callable


class Throttle:
    """Spaces calls out to a fixed rate, and refuses them during a pause."""

    def __init__(
        self,
        rate: int,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Create a throttle that is not paused.

        Args:
            rate: the maximum number of calls per second.
            clock: returns seconds that never decrease.
            sleep: waits for a number of seconds.
        """
        self._clock, self._sleep = clock, sleep
        self._interval_s = 1 / rate
        self._next_slot = 0.0
        self._paused_until = 0.0

    @property
    def paused_for(self) -> float:
        """Remaining seconds of the pause; 0 or less if there is none."""
        return self._paused_until - self._clock()

    def pause(self, seconds: float) -> None:
        """Refuse all calls for this long. A longer pause that has begun already is not shortened."""
        self._paused_until = max(self._paused_until, self._clock() + seconds)

    async def acquire(self) -> bool:
        """Wait for the next free slot.

        Returns:
            Whether the call may be made; False during a pause.
        """
        now = self._clock()
        slot = max(now, self._next_slot)
        self._next_slot = slot + self._interval_s
        if slot > now:
            await self._sleep(slot - now)
        return self.paused_for <= 0
