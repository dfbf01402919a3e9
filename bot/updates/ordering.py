"""The order of updates: one person's in sequence, different people's concurrently. A flood by one person is dropped."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.updates.parsing import person_of

MAX_PENDING = 10
"""A person may have this many updates waiting, the running one included."""

MAX_RUNNING = 64
"""This many updates may run at the same time, each of another person."""

FLOOD_PAUSE_S = 0.2
"""The pause before each update of a person who floods the bot; other people's updates run first."""

# Python-telegram-bot acquires its own semaphore before it knows whose update it is, so one person's waiting updates
# would block other people's. Its limit is never reached; `_running` limits instead, when it is a person's turn.
_NO_LIMIT = 2**31

_logger = logging.getLogger(__name__)

OnFlood = Callable[[Update], Awaitable[None]]


@dataclass(slots=True)
class _PersonQueue:
    """The updates of one person that wait or run."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    pending: int = 0
    was_warned: bool = False


class PersonalUpdates(BaseUpdateProcessor):
    """An update processor that runs one person's updates in sequence and different people's concurrently.

    A person with too many waiting updates floods the bot. Until all of these are done, further ones are dropped, the
    person gets one notice, and their updates run after a pause. No state is kept of a person without waiting updates.
    """

    __slots__ = ("_flood_pause_s", "_max_pending", "_on_flood", "_queues", "_running")

    def __init__(
        self,
        on_flood: OnFlood,
        *,
        max_pending: int = MAX_PENDING,
        max_running: int = MAX_RUNNING,
        flood_pause_s: float = FLOOD_PAUSE_S,
    ) -> None:
        """Set the limits.

        Args:
            on_flood: sends the notice; it is called with the first update that is dropped.
            max_pending: the number of one person's updates that may wait, the running one included.
            max_running: the number of updates that may run at the same time.
            flood_pause_s: the pause in seconds before each update of a person who floods the bot.
        """
        super().__init__(_NO_LIMIT)
        self._on_flood = on_flood
        self._max_pending = max_pending
        self._running = asyncio.Semaphore(max_running)
        self._flood_pause_s = flood_pause_s
        self._queues: dict[int, _PersonQueue] = {}

    @property
    def people(self) -> int:
        """The number of people with updates that wait or run."""
        return len(self._queues)

    def is_flooded_by(self, person_id: int) -> bool:
        """Return whether a person got the notice, and some of the updates from before it still wait or run."""
        queue = self._queues.get(person_id)
        return queue is not None and queue.was_warned

    def drops_next_of(self, person_id: int) -> bool:
        """Return whether a person's next update would be dropped without a notice."""
        return self.is_flooded_by(person_id) and self._queues[person_id].pending >= self._max_pending

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Await the coroutine when it is its turn, or close it if the person has too many updates waiting."""
        person_id = person_of(update)
        if person_id is None:
            async with self._running:
                await coroutine
            return
        queue = self._queues.setdefault(person_id, _PersonQueue())
        if queue.pending >= self._max_pending:
            await self._drop(update, coroutine, queue)
            return
        queue.pending += 1
        try:
            async with queue.turn:
                if queue.was_warned:
                    await asyncio.sleep(self._flood_pause_s)
                async with self._running:
                    await coroutine
        finally:
            queue.pending -= 1
            if not queue.pending:
                del self._queues[person_id]

    async def initialize(self) -> None:
        """Do nothing; the base class requires the method."""

    async def shutdown(self) -> None:
        """Do nothing; the base class requires the method."""

    async def _drop(self, update: object, coroutine: Awaitable[Any], queue: _PersonQueue) -> None:
        if isinstance(coroutine, Coroutine):
            coroutine.close()
        if queue.was_warned or not isinstance(update, Update):
            return
        queue.was_warned = True
        try:
            await self._on_flood(update)
        except Exception:  # A notice that fails, for any reason, must not get a dropped update redelivered.
            _logger.warning("flood notice not sent", exc_info=True)
