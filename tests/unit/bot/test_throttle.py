"""The throttle of announcements: its rate, and its pause."""

import asyncio
import time

from bot.jobs.throttle import Throttle


async def test_calls_are_let_through_at_the_rate() -> None:
    """40 calls at 200 a second take at least 39/200 of a second, even if all of them wait together."""
    throttle = Throttle(200)
    began = time.monotonic()
    assert await asyncio.gather(*(throttle.acquire() for _ in range(40))) == [True] * 40
    assert time.monotonic() - began >= 39 / 200


async def test_calls_are_refused_during_a_pause() -> None:
    """A shorter pause does not shorten a longer one."""
    throttle = Throttle(1_000_000)
    assert throttle.paused_for <= 0
    throttle.pause(3600)
    throttle.pause(1)
    assert not await throttle.acquire()
    assert 3590 < throttle.paused_for <= 3600
