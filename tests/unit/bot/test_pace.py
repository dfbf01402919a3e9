"""The pace of announcements: no faster than the rate, and nothing while Telegram wants to be left alone."""

import asyncio
import time

from bot.jobs.pace import Pace


async def test_calls_are_let_through_at_the_rate() -> None:
    """Forty turns at 200 a second take at least 39/200 of a second, however many wait together."""
    pace = Pace(200)
    began = time.monotonic()
    assert await asyncio.gather(*(pace.turn() for _ in range(40))) == [True] * 40
    assert time.monotonic() - began >= 39 / 200


async def test_there_is_no_turn_while_it_is_closed() -> None:
    """The longest of several waits counts."""
    pace = Pace(1_000_000)
    assert pace.closed_for <= 0
    pace.close(3600)
    pace.close(1)
    assert not await pace.turn()
    assert 3590 < pace.closed_for <= 3600
