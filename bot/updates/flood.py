"""The flood cap: how many updates of one person may be pending, and what happens beyond that.

`bot.updates.ordering` applies it.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from telegram import Update

MAX_PENDING = 10
"""A person may have this many updates pending, the running one included."""

FLOOD_PAUSE_S = 0.2
"""The pause before each update of a person who floods the bot; other people's updates run first."""

_logger = logging.getLogger(__name__)

OnFlood = Callable[[Update], Awaitable[None]]


@dataclass(slots=True)
class _Pending:
    count: int = 0
    was_warned: bool = False


class FloodCap:
    """Counts the pending updates of each person.

    A person with too many pending updates floods the bot. Until all of these are done, further ones are dropped, the
    person gets one notice, and their updates run after a pause. No state is kept of a person without pending updates.
    """

    def __init__(self, on_flood: OnFlood, max_pending: int = MAX_PENDING, pause_s: float = FLOOD_PAUSE_S) -> None:
        """Set the limits.

        Args:
            on_flood: sends the notice; it is called with the first update that is dropped.
            max_pending: the number of one person's updates that may be pending, the running one included.
            pause_s: the pause in seconds before each update of a person who floods the bot.
        """
        self.pause_s = pause_s
        self._on_flood = on_flood
        self._max_pending = max_pending
        self._pending: dict[int, _Pending] = {}

    @property
    def people(self) -> int:
        """The number of people with pending updates."""
        return len(self._pending)

    def is_flooded_by(self, person_id: int) -> bool:
        """Return whether a person got the notice, and some of the updates from before it are still pending."""
        pending = self._pending.get(person_id)
        return pending is not None and pending.was_warned

    def is_reached_by(self, person_id: int) -> bool:
        """Return whether a person has as many pending updates as allowed, so that the next one is dropped."""
        pending = self._pending.get(person_id)
        return pending is not None and pending.count >= self._max_pending

    def drops_next_of(self, person_id: int) -> bool:
        """Return whether a person's next update would be dropped without a notice."""
        return self.is_flooded_by(person_id) and self.is_reached_by(person_id)

    @contextmanager
    def pending(self, person_id: int) -> Iterator[None]:
        """Count an update as pending while the block runs."""
        pending = self._pending.setdefault(person_id, _Pending())
        pending.count += 1
        try:
            yield
        finally:
            pending.count -= 1
            if not pending.count:
                del self._pending[person_id]

    async def warn(self, person_id: int, update: object) -> None:
        """Send the notice about a dropped update, unless the person already got it."""
        pending = self._pending[person_id]
        if pending.was_warned or not isinstance(update, Update):
            return
        pending.was_warned = True
        try:
            await self._on_flood(update)
        except Exception:  # A notice that fails, for any reason, must not get a dropped update redelivered.
            _logger.warning("flood notice not sent", exc_info=True)
