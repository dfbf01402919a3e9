"""One person's updates in strict order, people side by side, and a cap on what one person may have waiting."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any

from telegram import Update
from telegram.ext import BaseUpdateProcessor

from bot.updates.parsing import person_of

MAX_PENDING = 10
MAX_RUNNING = 64

SLOWED_S = 0.2
"""So long the next update of somebody who floods waits for its turn; others come first."""

# Python-telegram-bot takes its own semaphore before it asks who the update is from, so that one person's waiting
# updates would keep others out. This lets everything through; what limits is ours, taken when a person's turn has come.
_NO_LIMIT = 2**31

_logger = logging.getLogger(__name__)

OnFlood = Callable[[Update], Awaitable[None]]


@dataclass(slots=True)
class _Line:
    """The updates of one person that wait or run."""

    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    pending: int = 0
    warned: bool = False


class PersonalUpdates(BaseUpdateProcessor):
    """Handles the updates of one person one after the other, and those of different people at the same time.

    Whoever has too many waiting floods: until all of theirs are through they lose what is too much, are told so once,
    and are served slowly. Nothing is kept of people who have none waiting.
    """

    __slots__ = ("_lines", "_max_pending", "_on_flood", "_running", "_slowed_s")

    def __init__(
        self,
        on_flood: OnFlood,
        *,
        max_pending: int = MAX_PENDING,
        max_running: int = MAX_RUNNING,
        slowed_s: float = SLOWED_S,
    ) -> None:
        """Set the limits.

        Args:
            on_flood: tells a person that they are too fast; gets the first update that is dropped.
            max_pending: how many updates of one person may wait, the running one included.
            max_running: how many may run at the same time, one each of so many people.
            slowed_s: pause before each update of somebody who floods.
        """
        super().__init__(_NO_LIMIT)
        self._on_flood = on_flood
        self._max_pending = max_pending
        self._running = asyncio.Semaphore(max_running)
        self._slowed_s = slowed_s
        self._lines: dict[int, _Line] = {}

    @property
    def people(self) -> int:
        """How many people have updates waiting or running."""
        return len(self._lines)

    def is_flooded_by(self, person_id: int) -> bool:
        """Whether they were told that they are too fast, and not all that they had sent by then is through."""
        line = self._lines.get(person_id)
        return line is not None and line.warned

    def drops_next_of(self, person_id: int) -> bool:
        """Whether their next update would be dropped without a word."""
        return self.is_flooded_by(person_id) and self._lines[person_id].pending >= self._max_pending

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Await the coroutine when it is its turn, or close it where the person has too many waiting."""
        person_id = person_of(update)
        if person_id is None:
            async with self._running:
                await coroutine
            return
        line = self._lines.setdefault(person_id, _Line())
        if line.pending >= self._max_pending:
            await self._drop(update, coroutine, line)
            return
        line.pending += 1
        try:
            async with line.turn:
                if line.warned:
                    await asyncio.sleep(self._slowed_s)
                async with self._running:
                    await coroutine
        finally:
            line.pending -= 1
            if not line.pending:
                del self._lines[person_id]

    async def initialize(self) -> None:
        """Nothing is opened."""

    async def shutdown(self) -> None:
        """Nothing is closed."""

    async def _drop(self, update: object, coroutine: Awaitable[Any], line: _Line) -> None:
        if isinstance(coroutine, Coroutine):
            coroutine.close()
        if line.warned or not isinstance(update, Update):
            return
        line.warned = True
        try:
            await self._on_flood(update)
        except Exception:  # Whatever it is: a notice that fails must not make a dropped update come again.
            _logger.warning("could not tell somebody to slow down", exc_info=True)
