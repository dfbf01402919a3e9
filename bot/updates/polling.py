"""Updates by long polling, confirmed to Telegram only when they were handled."""

import asyncio
import json
import logging
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from telegram import Bot, Update
from telegram.error import RetryAfter, TelegramError

from bot.backoff import Backoff
from bot.client.retries import wait_of
from bot.client.transport import ANSWER_TIMEOUT_S
from bot.observability.metrics import TELEGRAM_ERRORS
from bot.updates.intake import Intake, Outcome
from bot.updates.parsing import ALLOWED_UPDATES, person_of, read_update

POLL_S = 30
"""Seconds that Telegram may hold a poll back while there are no updates."""

LIMIT = 100
"""Updates that Telegram gives at most at a time, and that may be in hand unconfirmed."""

PATIENCE_S = 0.02
"""For so long nothing new is fetched while updates are in hand: by then most are handled, and are not brought again."""

PATIENCE = 4.0
"""And at least for so many times as long as the last such poll took, so that asking again costs little."""

_LONGEST_PAUSE_S = 1.0
_CONFIRM_TIMEOUT_S = 2.0

_logger = logging.getLogger(__name__)

Content = dict[str, Any]
"""An update as Telegram writes it."""


@dataclass(slots=True)
class _Open:
    """An update that Telegram does not know to be handled.

    Attributes:
        task: handles it; None while it waits to be tried again.
        due: when that may be, by `time.monotonic`.
        refused: it was tried before.
    """

    update: Update
    task: asyncio.Task[Outcome] | None = None
    due: float = 0.0
    refused: bool = False
    backoff: Backoff = field(default_factory=Backoff)


class Poller:
    """Fetches updates and has them handled, until it is cancelled.

    Telegram forgets what lies below the `offset` of a poll. Here that is the oldest update that is not handled, so it
    keeps what a crash interrupts. While some are in hand, a poll brings them once more, and whatever came after them.
    Those of somebody who floods are confirmed at once, and nothing waits for them: 200 of them would come with every
    poll, and keep others' out.

    Attributes:
        problem: why no updates come at the moment; empty while they do.
    """

    def __init__(self, bot: Bot, intake: Intake) -> None:
        self.problem = "Telegram was not asked for updates yet"
        self._bot = bot
        self._intake = intake
        self._backoff = Backoff()
        self._open: dict[int, _Open] = {}
        self._handled: set[int] = set()  # Of those that a poll still brings.
        self._next = 0
        self._passed = 0
        self._asked = 0
        self._short_poll_s = 0.0

    async def run(self) -> None:
        """Fetch and handle for ever."""
        while True:
            updates = await self._fetch()
            await self._add(updates)
            self._start()
            await self._wait()
            self._settle()

    async def confirm(self) -> None:
        """Tell Telegram what was handled since the last poll, if it answers."""
        self._settle()
        if self._offset == self._asked:
            return
        try:
            async with asyncio.timeout(_CONFIRM_TIMEOUT_S):
                await self._get(self._offset, limit=1, timeout_s=0)
        except (TelegramError, TimeoutError) as error:
            _logger.warning("could not confirm the last updates", extra={"error_type": type(error).__name__})

    @property
    def _offset(self) -> int:
        return max(self._passed, min(self._kept, default=self._next))

    @property
    def _kept(self) -> dict[int, _Open]:
        """What is open and must come again if this process dies over it."""
        return {
            update_id: one
            for update_id, one in self._open.items()
            if not self._intake.is_flooded_by(person_of(one.update))
        }

    async def _fetch(self) -> list[Content]:
        self._asked = self._offset
        timeout_s = 0 if self._kept else POLL_S
        began = time.monotonic()
        try:
            updates = await self._get(self._asked, LIMIT, timeout_s)
        except TelegramError as error:
            TELEGRAM_ERRORS.labels("getUpdates", type(error).__name__).inc()
            pause_s = wait_of(error) if isinstance(error, RetryAfter) else self._backoff.next()
            if not self.problem:
                _logger.warning("no updates from Telegram", exc_info=error)
            self.problem = f"Telegram gives no updates: {type(error).__name__}"
            await asyncio.sleep(pause_s)
            return []
        if self.problem:
            _logger.info("updates come from Telegram")
        self.problem = ""
        self._backoff.reset()
        if not timeout_s:
            self._short_poll_s = time.monotonic() - began
        return updates

    async def _get(self, offset: int, limit: int, timeout_s: int) -> list[Content]:
        """`Bot.get_updates`, but not parsed: most of what comes while updates are in hand has come before."""
        allowed = json.dumps(ALLOWED_UPDATES)
        asked = urlencode({"offset": offset, "limit": limit, "timeout": timeout_s, "allowed_updates": allowed})
        url = f"{self._bot.base_url}/getUpdates?{asked}"
        updates: Any = await self._bot.request.post(url, read_timeout=timeout_s + ANSWER_TIMEOUT_S)
        return list(updates)

    async def _add(self, updates: list[Content]) -> None:
        """Read and begin with what is new; whatever else goes on in this process goes on between any two of them."""
        known = self._open.keys() | self._handled
        new = [content for content in updates if content["update_id"] not in known]
        held_up = {person_of(one.update) for one in self._open.values() if one.refused} - {None}
        for content in new:
            if self._intake.drops(content):
                self._handled.add(content["update_id"])
            elif (update := read_update(content, self._bot)) is not None:
                one = self._open[update.update_id] = _Open(update)
                if person_of(update) not in held_up:
                    one.task = self._intake.start(update)
                await asyncio.sleep(0)
        if updates:
            self._next = updates[-1]["update_id"] + 1
        if not new and len(updates) == LIMIT > len(self._open):
            # What is in hand fills the window. To look behind it, it must be confirmed.
            self._passed = self._next

    def _start(self) -> None:
        """Begin with what is due; behind an update that was refused the person's later ones wait."""
        now = time.monotonic()
        blocked = set()
        for one in self._open.values():
            person_id = person_of(one.update)
            if person_id is not None and person_id in blocked:
                continue
            if one.task is None and one.due <= now:
                one.task = self._intake.start(one.update)
            if one.refused:
                blocked.add(person_id)

    async def _wait(self) -> None:
        kept = self._kept.values()
        running = [one.task for one in kept if one.task is not None]
        if running:
            patience_s = min(max(PATIENCE * self._short_poll_s, PATIENCE_S), _LONGEST_PAUSE_S)
            await asyncio.wait(running, timeout=patience_s)
        elif kept:
            soonest = min(one.due for one in kept) - time.monotonic()
            await asyncio.sleep(min(max(soonest, PATIENCE_S), _LONGEST_PAUSE_S))

    def _settle(self) -> None:
        for update_id, one in list(self._open.items()):
            if one.task is None or not one.task.done():
                continue
            if _to_be_repeated(one.task):
                one.task, one.refused = None, True
                one.due = time.monotonic() + one.backoff.next()
            else:
                del self._open[update_id]
                self._handled.add(update_id)
        self._handled = {update_id for update_id in self._handled if update_id >= self._offset}


def _to_be_repeated(task: asyncio.Task[Outcome]) -> bool:
    if task.cancelled():
        return True
    if (error := task.exception()) is not None:
        _logger.error("an update could not be taken in", exc_info=error)
        return False
    return task.result() is Outcome.REFUSED
