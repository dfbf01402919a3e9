"""The flood control of announcements, on a clock that the test sets."""

import pytest

from bot.client.throttle import Throttle
from bot.jobs.flood_control import FloodControl


class Clock:
    """A clock that moves when a test moves it.

    Attributes:
        now: the time in seconds.
    """

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """A clock at an arbitrary time."""
    return Clock()


@pytest.fixture
def throttle(clock: Clock) -> Throttle:
    """A throttle that is not paused."""
    return Throttle(25, clock=clock)


@pytest.fixture
def flood_control(throttle: Throttle, clock: Clock) -> FloodControl:
    """Flood control that has seen no 429."""
    return FloodControl(throttle, clock=clock)


def test_people_are_set_aside_until_their_time_has_come(
    flood_control: FloodControl, throttle: Throttle, clock: Clock
) -> None:
    """Two people with different times do not pause the others, and each is due on their own."""
    assert (flood_control.refused(1, 10), flood_control.refused(2, 20)) == (0, 0)
    assert (flood_control.set_aside, flood_control.next_due_in) == ((1, 2), 10)
    clock.now += 10
    assert (flood_control.set_aside, flood_control.next_due_in) == ((2,), 10)
    clock.now += 10
    assert (flood_control.set_aside, flood_control.next_due_in) == ((), 0)
    assert throttle.paused_for <= 0
    assert flood_control.paused_until is None


def test_three_chats_in_a_row_pause_everybody(flood_control: FloodControl, throttle: Throttle) -> None:
    """The pause is the shortest of their times, and the people stay set aside for their own."""
    assert [flood_control.refused(person_id, wait_s) for person_id, wait_s in ((1, 3600), (2, 30), (3, 40))] == [
        0,
        0,
        30,
    ]
    assert throttle.paused_for == 30
    assert flood_control.paused_until is not None
    assert flood_control.set_aside == (1, 2, 3)


def test_other_answers_end_a_row(flood_control: FloodControl, throttle: Throttle) -> None:
    """Of many limited chats no three follow each other, so nothing pauses."""
    for person_id in range(0, 100, 3):
        flood_control.refused(person_id, 60)
        flood_control.refused(person_id + 1, 60)
        flood_control.answered(person_id + 2)
    assert len(flood_control.set_aside) == 68
    assert throttle.paused_for <= 0


def test_people_who_are_refused_again_pause_nobody(
    flood_control: FloodControl, throttle: Throttle, clock: Clock
) -> None:
    """Five chats that stay limited do not stop the others each time they are tried."""
    for person_id in range(5):
        flood_control.refused(person_id, 10)
        flood_control.answered(99)
    clock.now += 10
    assert [flood_control.refused(person_id, 10) for person_id in range(5)] == [0] * 5
    assert throttle.paused_for <= 0
    assert len(flood_control.set_aside) == 5


def test_an_announcement_waits_for_an_hour_at_most(flood_control: FloodControl, clock: Clock) -> None:
    """The hour counts from the last answer that was not a 429, and from the begin of an announcement."""
    flood_control.refused(1, 3600)
    assert not flood_control.has_waited_enough
    clock.now += 1
    flood_control.refused(1, 3600)
    assert flood_control.has_waited_enough
    flood_control.answered(2)
    assert not flood_control.has_waited_enough
    clock.now += 1
    flood_control.refused(1, 3600)
    assert flood_control.has_waited_enough
    flood_control.begin()
    assert not flood_control.has_waited_enough
    assert flood_control.set_aside == (1,)
