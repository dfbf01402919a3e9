"""The throttle of announcements: its rate, and its pause, on a clock that the test sets."""

import pytest

from bot.client.throttle import Throttle


class Clock:
    """A clock that moves when a test moves it; sleeping records how long.

    Attributes:
        now: the time in seconds.
        slept: the duration of each sleep.
    """

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        """Return the time."""
        return self.now

    async def sleep(self, seconds: float) -> None:
        """Record the duration; the time does not change, as for callers that sleep at once."""
        self.slept.append(seconds)


@pytest.fixture
def clock() -> Clock:
    """A clock at an arbitrary time."""
    return Clock()


async def test_calls_are_spaced_by_the_rate(clock: Clock) -> None:
    """The first call is made at once, each further one a slot later than the one before."""
    throttle = Throttle(4, clock=clock, sleep=clock.sleep)
    assert [await throttle.acquire() for _ in range(4)] == [True] * 4
    assert clock.slept == [0.25, 0.5, 0.75]


async def test_slots_that_have_passed_are_not_made_up_for(clock: Clock) -> None:
    """After a quiet minute two calls are spaced as ever."""
    throttle = Throttle(4, clock=clock, sleep=clock.sleep)
    await throttle.acquire()
    clock.now += 60
    await throttle.acquire()
    await throttle.acquire()
    assert clock.slept == [0.25]


async def test_calls_are_refused_during_a_pause(clock: Clock) -> None:
    """A shorter pause does not shorten a longer one, and calls are made again after it."""
    throttle = Throttle(4, clock=clock, sleep=clock.sleep)
    assert throttle.paused_for <= 0
    throttle.pause(3600)
    throttle.pause(1)
    assert throttle.paused_for == 3600
    assert not await throttle.acquire()
    clock.now += 3600
    assert await throttle.acquire()
