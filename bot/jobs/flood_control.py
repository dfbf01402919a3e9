"""Telegram's flood control (429) during an announcement: who is set aside, and when all deliveries pause."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bot.client.throttle import Throttle

CHATS_IN_A_ROW = 3
"""If so many recipients in a row get a 429, Telegram limits the bot and not single chats, and all deliveries pause."""

MAX_SET_ASIDE = 500
"""If so many recipients are set aside, nobody else is tried until the time of the first of them has come."""

LONGEST_WAIT_S = 3600.0
"""If only recipients who are set aside are left, an announcement waits for them this long, in seconds."""


class FloodControl:
    """Remembers which recipients got a 429 and how long Telegram asked to wait.

    A 429 may limit one chat or the whole bot, and does not say which. A recipient who gets one is set aside until the
    time has come, and deliveries to others go on. They pause for everybody only after CHATS_IN_A_ROW.

    Attributes:
        last_answer_at: when Telegram last gave an answer other than a 429, in seconds of the clock.
    """

    def __init__(self, throttle: Throttle, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Create an object without recipients.

        Args:
            throttle: is paused if Telegram limits the bot.
            clock: returns seconds that never decrease.
        """
        self._throttle, self._clock = throttle, clock
        self._due: dict[int, float] = {}
        self._row: dict[int, float] = {}
        self._pause_ends_at = datetime.now(UTC)
        self.last_answer_at = clock()

    @property
    def set_aside(self) -> tuple[int, ...]:
        """The ids of the people whose time has not come."""
        now = self._clock()
        return tuple(person_id for person_id, due in self._due.items() if due > now)

    @property
    def paused_until(self) -> datetime | None:
        """When deliveries go on for everybody; None if they are not paused by a 429."""
        return self._pause_ends_at if self._pause_ends_at > datetime.now(UTC) else None

    @property
    def next_due_in(self) -> float:
        """The seconds until the time of the first person who is set aside has come; 0 if there is none."""
        now = self._clock()
        return min((due - now for due in self._due.values() if due > now), default=0.0)

    @property
    def has_waited_enough(self) -> bool:
        """Whether waiting for the first person who is set aside would take longer than LONGEST_WAIT_S in all."""
        return self._clock() + self.next_due_in - self.last_answer_at > LONGEST_WAIT_S

    def begin(self) -> None:
        """Begin an announcement. People who are set aside since the one before stay so until their time has come."""
        self.last_answer_at = self._clock()
        self._due = {person_id: self._due[person_id] for person_id in self.set_aside}
        self._row.clear()

    def refused(self, person_id: int, wait_s: float) -> float:
        """Set a person aside after a 429, and pause all deliveries if it is one of several in a row.

        Args:
            person_id: the recipient.
            wait_s: the time in seconds that Telegram asks to wait.

        Returns:
            The duration of the pause in seconds; 0 if deliveries go on.
        """
        now = self._clock()
        # Somebody who is refused again, after their own time has come, says nothing about the others.
        if person_id not in self._due:
            self._row[person_id] = now + wait_s
        self._due[person_id] = now + wait_s
        if len(self._row) < CHATS_IN_A_ROW:
            return 0.0
        # A limit of the bot applies to each of these chats, so it is over when the shortest of their times is.
        pause_s = min(self._row.values()) - now
        self._row.clear()
        self._throttle.pause(pause_s)
        self._pause_ends_at = max(self._pause_ends_at, datetime.now(UTC) + timedelta(seconds=pause_s))
        return pause_s

    def answered(self, person_id: int) -> None:
        """Record that Telegram gave an answer other than a 429 for a person."""
        self.last_answer_at = self._clock()
        self._due.pop(person_id, None)
        self._row.clear()
