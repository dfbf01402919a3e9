"""The order of updates: one person's in sequence, different people's concurrently."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any
from weakref import WeakValueDictionary

from telegram.ext import BaseUpdateProcessor

from bot.updates.flood import FloodCap
from bot.updates.parsing import person_of

MAX_RUNNING = 64
"""This many updates may run at the same time, each of another person."""

# Python-telegram-bot acquires its own semaphore before it knows whose update it is, so one person's waiting updates
# would block other people's. Its limit is never reached; `_running` limits instead, when it is a person's turn.
_NO_LIMIT = 2**31


class PersonalUpdates(BaseUpdateProcessor):
    """An update processor that runs one person's updates in sequence and different people's concurrently.

    Attributes:
        flood: drops what one person sends too fast.
    """

    __slots__ = ("_running", "_turns", "flood")

    def __init__(self, flood: FloodCap, *, max_running: int = MAX_RUNNING) -> None:
        """Set the limits.

        Args:
            flood: the cap on the pending updates of one person.
            max_running: the number of updates that may run at the same time.
        """
        super().__init__(_NO_LIMIT)
        self.flood = flood
        self._running = asyncio.Semaphore(max_running)
        # A lock exists as long as an update of its person waits or runs.
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def do_process_update(self, update: object, coroutine: Awaitable[Any]) -> None:
        """Await the coroutine when it is its turn, or close it if the person has too many updates pending."""
        person_id = person_of(update)
        if person_id is None:
            async with self._running:
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
                async with self._running:
                    await coroutine

    async def initialize(self) -> None:
        """Do nothing; the base class requires the method."""

    async def shutdown(self) -> None:
        """Do nothing; the base class requires the method."""
