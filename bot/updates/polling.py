"""Long polling. Updates are confirmed to Telegram only after they were handled."""

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
"""Telegram may hold a poll back for this many seconds while there are no updates."""

LIMIT = 100
"""Telegram returns at most this many updates per poll, so this many may be open and unconfirmed."""

MIN_POLL_GAP_S = 0.02
"""The minimum pause between two polls while updates are open. Most are handled by then and not returned again."""

POLL_GAP_FACTOR = 4.0
"""The pause between two polls while updates are open, in durations of the last such poll: it bounds their cost."""

_MAX_POLL_GAP_S = 1.0
_CONFIRM_TIMEOUT_S = 2.0

_logger = logging.getLogger(__name__)

Content = dict[str, Any]
"""An update as Telegram writes it in JSON."""


@dataclass(slots=True)
class _OpenUpdate:
    """An update that is not confirmed to Telegram.

    Attributes:
        task: the task that handles it; None while it waits for a retry.
        due: the time of the retry, of `time.monotonic`.
        was_refused: whether an earlier attempt was refused.
    """

    update: Update
    task: asyncio.Task[Outcome] | None = None
    due: float = 0.0
    was_refused: bool = False
    backoff: Backoff = field(default_factory=Backoff)


class Poller:
    """Fetches updates and has them handled, until it is cancelled.

    Telegram forgets the updates below the `offset` of a poll. The offset used here is the oldest update that is not
    handled, so Telegram keeps what a crash interrupts. While updates are open, each poll returns them again, with what
    came after them. The updates of a person who floods the bot are confirmed at once, and no poll waits for them: each
    poll would return up to 200 of them and push other people's out.

    Attributes:
        problem: why no updates come at the moment; empty while they come.
    """

    def __init__(self, bot: Bot, intake: Intake) -> None:
        self.problem = "Telegram was not asked for updates yet"
        self._bot = bot
        self._intake = intake
        self._backoff = Backoff()
        self._open: dict[int, _OpenUpdate] = {}
        self._handled: set[int] = set()  # Only those that polls still return.
        self._next_id = 0
        self._min_offset = 0
        self._last_offset = 0
        self._short_poll_s = 0.0

    async def run(self) -> None:
        """Fetch and handle updates without end."""
        while True:
            updates = await self._fetch()
            await self._add(updates)
            self._start_due()
            await self._wait()
            self._settle()

    async def confirm(self) -> None:
        """Confirm what was handled since the last poll, if Telegram answers."""
        self._settle()
        if self._offset == self._last_offset:
            return
        try:
            async with asyncio.timeout(_CONFIRM_TIMEOUT_S):
                await self._get(self._offset, limit=1, timeout_s=0)
        except (TelegramError, TimeoutError) as error:
            _logger.warning("the last updates were not confirmed", extra={"error_type": type(error).__name__})

    @property
    def _offset(self) -> int:
        return max(self._min_offset, min(self._unconfirmed, default=self._next_id))

    @property
    def _unconfirmed(self) -> dict[int, _OpenUpdate]:
        """The open updates that must be redelivered if this process dies, by id."""
        return {
            update_id: entry
            for update_id, entry in self._open.items()
            if not self._intake.is_flooded_by(person_of(entry.update))
        }

    async def _fetch(self) -> list[Content]:
        self._last_offset = self._offset
        timeout_s = 0 if self._unconfirmed else POLL_S
        began = time.monotonic()
        try:
            updates = await self._get(self._last_offset, LIMIT, timeout_s)
        except TelegramError as error:
            await self._pause_after(error)
            return []
        if self.problem:
            _logger.info("Telegram delivers updates")
        self.problem = ""
        self._backoff.reset()
        if not timeout_s:
            self._short_poll_s = time.monotonic() - began
        return updates

    async def _pause_after(self, error: TelegramError) -> None:
        TELEGRAM_ERRORS.labels("getUpdates", type(error).__name__).inc()
        pause_s = wait_of(error) if isinstance(error, RetryAfter) else self._backoff.next()
        if not self.problem:
            _logger.warning("Telegram delivers no updates; retrying", exc_info=error)
        self.problem = f"Telegram gives no updates: {type(error).__name__}"
        await asyncio.sleep(pause_s)

    async def _get(self, offset: int, limit: int, timeout_s: int) -> list[Content]:
        """Call getUpdates without parsing: most updates that come while others are open were parsed before."""
        allowed = json.dumps(ALLOWED_UPDATES)
        query = urlencode({"offset": offset, "limit": limit, "timeout": timeout_s, "allowed_updates": allowed})
        url = f"{self._bot.base_url}/getUpdates?{query}"
        updates: Any = await self._bot.request.post(url, read_timeout=timeout_s + ANSWER_TIMEOUT_S)
        return list(updates)

    async def _add(self, updates: list[Content]) -> None:
        """Parse and start the updates that are new, and yield to the event loop after each of them."""
        seen = self._open.keys() | self._handled
        new = [content for content in updates if content["update_id"] not in seen]
        held_up = {person_of(entry.update) for entry in self._open.values() if entry.was_refused} - {None}
        for content in new:
            if self._intake.drops(content):
                self._handled.add(content["update_id"])
            elif (update := read_update(content, self._bot)) is not None:
                entry = self._open[update.update_id] = _OpenUpdate(update)
                if person_of(update) not in held_up:
                    entry.task = self._intake.start(update)
                await asyncio.sleep(0)
        if updates:
            self._next_id = updates[-1]["update_id"] + 1
        if not new and len(updates) == LIMIT > len(self._open):
            # Open and handled updates fill the poll. Telegram returns later ones only after these are confirmed.
            self._min_offset = self._next_id

    def _start_due(self) -> None:
        """Start the updates that are due. A person's later updates wait for the retry of a refused one."""
        now = time.monotonic()
        blocked = set()
        for entry in self._open.values():
            person_id = person_of(entry.update)
            if person_id is not None and person_id in blocked:
                continue
            if entry.task is None and entry.due <= now:
                entry.task = self._intake.start(entry.update)
            if entry.was_refused:
                blocked.add(person_id)

    async def _wait(self) -> None:
        """Wait until all running updates are done, but not longer than the gap between two polls."""
        entries = self._unconfirmed.values()
        running = [entry.task for entry in entries if entry.task is not None]
        if running:
            gap_s = min(max(POLL_GAP_FACTOR * self._short_poll_s, MIN_POLL_GAP_S), _MAX_POLL_GAP_S)
            await asyncio.wait(running, timeout=gap_s)
        elif entries:
            soonest_s = min(entry.due for entry in entries) - time.monotonic()
            await asyncio.sleep(min(max(soonest_s, MIN_POLL_GAP_S), _MAX_POLL_GAP_S))

    def _settle(self) -> None:
        """Close the updates that are done, and schedule the retry of those that were refused."""
        for update_id, entry in list(self._open.items()):
            if entry.task is None or not entry.task.done():
                continue
            if _must_be_retried(entry.task):
                entry.task, entry.was_refused = None, True
                entry.due = time.monotonic() + entry.backoff.next()
            else:
                del self._open[update_id]
                self._handled.add(update_id)
        self._handled = {update_id for update_id in self._handled if update_id >= self._offset}


def _must_be_retried(task: asyncio.Task[Outcome]) -> bool:
    if task.cancelled():
        return True
    if (error := task.exception()) is not None:
        _logger.error("update not handled", exc_info=error)
        return False
    return task.result() is Outcome.REFUSED
