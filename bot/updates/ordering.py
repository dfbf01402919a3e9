"""The order of updates: one person's in sequence, different people's concurrently."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from weakref import WeakValueDictionary

from telegram.ext import BaseUpdateProcessor

from bot.updates.flood import FloodCap
from bot.updates.parsing import person_of

MAX_RUNNING = 64
"""This many updates may run at the same time, each of another person. An update that waits for Telegram's flood control
does not count."""

# Python-telegram-bot acquires its own semaphore before it knows whose update it is, so one person's waiting updates
# would block other people's. Its limit is never reached; `_running` limits instead, when it is a person's turn.
_NO_LIMIT = 2**31


class PersonalUpdates(BaseUpdateProcessor):
    """An update processor that runs one person's updates in sequence and different people's concurrently.

    Attributes:
        flood: drops what one person sends too fast.
    """

    __slots__ = ("_holders", "_running", "_turns", "flood")

    def __init__(self, flood: FloodCap, *, max_running: int = MAX_RUNNING) -> None:
        """Set the limits.

        Args:
            flood: the cap on the pending updates of one person.
            max_running: the number of updates that may run at the same time.
        """
        super().__init__(_NO_LIMIT)
        self.flood = flood
        self._running = asyncio.Semaphore(max_running)
        self._holders: set[asyncio.Task[Any] | None] = set()  # The tasks that hold a slot of `_running`.
        # A lock exists as long as an update of its person waits or runs.
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Await the coroutine when it is its turn, or close it if the person has too many updates pending."""
        person_id = person_of(update)
        if person_id is None:
            async with self._slot():
                await coroutine
            return
        if self.flood.is_reached_by(person_id):
            if isinstance(coroutine, Coroutine):
                coroutine.close()
            await self.flood.warn(person_id, update)
            return
        turn = self._turns.setdefault(person_id, asyncio.Lock())
        with self.flood.pending(person_id):
            async with turn:
                if self.flood.is_flooded_by(person_id):
                    await asyncio.sleep(self.flood.pause_s)
                async with self._slot():
                    await coroutine

    @asynccontextmanager
    async def slot_released(self) -> AsyncIterator[None]:
        """Let another update run during the block, and wait at its end until this update may run again.

        It has no effect in a task that was started by a handler, because the handler goes on meanwhile.
        """
        if asyncio.current_task() not in self._holders:
            yield
            return
        self._release_slot()
        try:
            yield
        finally:
            await self._acquire_slot()

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        await self._acquire_slot()
        try:
            yield
        finally:
            self._release_slot()

    async def _acquire_slot(self) -> None:
        await self._running.acquire()
        self._holders.add(asyncio.current_task())

    def _release_slot(self) -> None:
        """Release the slot of the current task. A task that was cancelled in `slot_released` may hold none."""
        task = asyncio.current_task()
        if task in self._holders:
            self._holders.discard(task)
            self._running.release()

    async def initialize(self) -> None:
        """Do nothing; the base class requires the method."""

    async def shutdown(self) -> None:
        """Do nothing; the base class requires the method."""
