"""Long polling. Updates are confirmed to Telegram only after they were handled."""

import asyncio
import json
import logging
import time
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from telegram import Bot, Update
from telegram.error import NetworkError, RetryAfter, TelegramError

from bot.backoff import Backoff
from bot.client.retries import wait_of
from bot.client.transport import ANSWER_TIMEOUT_S
from bot.observability.metrics import TELEGRAM_ERRORS
from bot.updates.intake import Intake, Outcome
from bot.updates.parsing import ALLOWED_UPDATES, person_of, read_update, update_id_of

POLL_S = 30
"""Telegram may hold a poll back for this many seconds while there are no updates."""

LIMIT = 100
"""Telegram returns at most this many updates per poll, so this many may be open and unconfirmed."""

MIN_POLL_GAP_S = 0.02
"""The minimum pause between two polls while updates are open. Most are handled by then and not returned again."""

POLL_GAP_FACTOR = 4.0
"""The pause between two polls while updates are open, in durations of the last such poll: it bounds their cost."""

HANDLING_S = 0.01
"""The pause lasts at least this long for each update that the last poll brought, unless all are handled earlier. Their
handling takes about that long together, and later updates would only wait in this process."""

HOLD_S = 10.0
"""An update that is open for this long keeps no later ones back, which Telegram returns after it is confirmed."""

_MAX_POLL_GAP_S = 1.0
_CONFIRM_TIMEOUT_S = 2.0

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _OpenUpdate:
    """An update that is not confirmed to Telegram.

    Attributes:
        task: the task that handles it; None while it waits for a retry.
        due: the time of the retry, of `time.monotonic`.
        was_refused: whether an earlier attempt was refused.
        is_confirmed: whether Telegram has forgotten the update, so that no poll returns it.
        began: the time at which it came, of `time.monotonic`.
    """

    update: Update
    task: asyncio.Task[Outcome] | None = None
    due: float = 0.0
    was_refused: bool = False
    is_confirmed: bool = False
    began: float = field(default_factory=time.monotonic)
    backoff: Backoff = field(default_factory=Backoff)


class Poller:
    """Fetches updates and has them handled, until it is cancelled.

    Telegram forgets the updates below the `offset` of a poll. The offset used here is the oldest update that is not
    handled, so Telegram keeps what a crash interrupts. While updates are open, each poll returns them again, with what
    came after them. If open and handled updates fill a poll, those that have been open for HOLD_S are confirmed. The
    updates of a person who floods the bot are confirmed at once, and no poll waits for them: each poll would return up
    to 200 of them and push other people's out.

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
        self._skipped: set[int] = set()  # The ids that malformed updates without an id presumably have.
        self._next_id = 0
        self._last_offset = 0
        self._short_poll_s = 0.0
        self._new_updates = 0

    async def run(self) -> None:
        """Fetch and handle updates without end."""
        while True:
            contents = await self._fetch()
            if contents is not None:
                await self._add(contents)
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
        unconfirmed = (update_id for update_id, entry in self._awaited.items() if not entry.is_confirmed)
        return min(unconfirmed, default=self._next_id)

    @property
    def _awaited(self) -> dict[int, _OpenUpdate]:
        """The open updates by id, without those of people who flood the bot."""
        return {
            update_id: entry
            for update_id, entry in self._open.items()
            if not self._intake.is_flooded_by(person_of(entry.update))
        }

    async def _fetch(self) -> list[Any] | None:
        """Return the updates of a poll, or what Telegram returns instead of some of them; None if the poll failed."""
        self._last_offset = self._offset
        timeout_s = 0 if self._awaited else POLL_S
        began = time.monotonic()
        try:
            contents = await self._get(self._last_offset, LIMIT, timeout_s)
        except TelegramError as error:
            await self._pause_after(error)
            return None
        if self.problem:
            _logger.info("Telegram delivers updates")
        self.problem = ""
        self._backoff.reset()
        if not timeout_s:
            self._short_poll_s = time.monotonic() - began
        return contents

    async def _pause_after(self, error: TelegramError) -> None:
        TELEGRAM_ERRORS.labels("getUpdates", type(error).__name__).inc()
        pause_s = wait_of(error) if isinstance(error, RetryAfter) else self._backoff.next()
        problem = f"Telegram gives no updates: {type(error).__name__}"
        if problem != self.problem:
            _logger.warning("Telegram delivers no updates; retrying", exc_info=error)
        self.problem = problem
        await asyncio.sleep(pause_s)

    async def _get(self, offset: int, limit: int, timeout_s: int) -> list[Any]:
        """Call getUpdates without parsing: most updates that come while others are open were parsed before.

        Raises:
            TelegramError: there is no list of updates.
        """
        allowed = json.dumps(ALLOWED_UPDATES)
        query = urlencode({"offset": offset, "limit": limit, "timeout": timeout_s, "allowed_updates": allowed})
        url = f"{self._bot.base_url}/getUpdates?{query}"
        try:
            contents: Any = await self._bot.request.post(url, read_timeout=timeout_s + ANSWER_TIMEOUT_S)
        except TelegramError:
            raise
        except Exception as error:  # noqa: BLE001 - python-telegram-bot raises all kinds of errors for a malformed response.
            raise NetworkError(f"the response of getUpdates is malformed: {type(error).__name__}") from None
        if not isinstance(contents, list):
            raise NetworkError("the response of getUpdates has no list of updates")
        return contents

    async def _add(self, contents: Sequence[Any]) -> None:
        """Parse and start the updates that are new, and yield to the event loop after each of them."""
        updates = {update_id: content for content in contents if (update_id := update_id_of(content)) is not None}
        if any(update_id < self._last_offset for update_id in updates):
            self._drop_earlier_ids(updates)
        seen = self._open.keys() | self._handled
        new = {update_id: content for update_id, content in updates.items() if update_id not in seen}
        self._new_updates = len(new)
        held_up = {person_of(entry.update) for entry in self._open.values() if entry.was_refused} - {None}
        for update_id, content in new.items():
            if self._intake.drops(content) or (update := read_update(content, self._bot)) is None:
                self._handled.add(update_id)
                continue
            entry = self._open[update_id] = _OpenUpdate(update)
            if person_of(update) not in held_up:
                entry.task = self._intake.start(update)
            await asyncio.sleep(0)
        has_new_malformed = self._skip_malformed(contents)
        if not new and len(contents) == LIMIT > len(self._open):
            # Open and handled updates fill the poll. Telegram returns later ones only after these are confirmed. A kill
            # loses what is confirmed and open, so an open update has time to end before.
            held_since = time.monotonic() - HOLD_S
            for entry in self._open.values():
                entry.is_confirmed |= entry.began <= held_since
        if contents and not (updates or has_new_malformed or self._awaited):
            # The offset has not confirmed these. The id of the next update will.
            await asyncio.sleep(_MAX_POLL_GAP_S)

    def _drop_earlier_ids(self, updates: Container[int]) -> None:
        """Drop what is remembered of the ids before Telegram drew a new one, because the same ids may come again.

        Telegram draws an id after a week without updates. Otherwise it returns no id below the offset.

        Args:
            updates: the ids that the last poll returned.
        """
        self._handled.clear()
        self._skipped.clear()
        for update_id, entry in self._open.items():
            entry.is_confirmed |= update_id not in updates

    def _skip_malformed(self, contents: Sequence[Any]) -> bool:
        """Set the offset that confirms all updates of a poll, and log those without an id, each once.

        Such an update presumably has the next id. Ids ascend, so the offset is never above the id of a later update.

        Returns:
            Whether an update without an id is new.
        """
        skipped = set()
        next_id = self._last_offset
        for content in contents:
            update_id = update_id_of(content)
            if update_id is None:
                update_id = next_id
                skipped.add(update_id)
            next_id = update_id + 1
        new = skipped - self._skipped
        for _ in new:
            _logger.error("malformed update without an id")
        self._skipped |= new
        # The offset 0 confirms nothing, and says nothing about the next id.
        if contents and (self._last_offset or len(skipped) < len(contents)):
            self._next_id = next_id
        return bool(new)

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
        entries = self._awaited.values()
        running = [entry.task for entry in entries if entry.task is not None]
        if running:
            gap_s = max(POLL_GAP_FACTOR * self._short_poll_s, HANDLING_S * self._new_updates, MIN_POLL_GAP_S)
            await asyncio.wait(running, timeout=min(gap_s, _MAX_POLL_GAP_S))
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
                if not entry.is_confirmed:
                    self._handled.add(update_id)
        offset = self._offset
        self._handled = {update_id for update_id in self._handled if update_id >= offset}
        self._skipped = {update_id for update_id in self._skipped if update_id >= offset}


def _must_be_retried(task: asyncio.Task[Outcome]) -> bool:
    if task.cancelled():
        return True
    if (error := task.exception()) is not None:
        _logger.error("update not handled", exc_info=error)
        return False
    return task.result() is Outcome.REFUSED
