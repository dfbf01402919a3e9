"""The intake of updates, shared by webhook and polling: each update is handled once, and retried until it was."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, cast

from telegram import Update
from telegram.ext import Application

from bot.observability import metrics
from bot.updates.claims import Claims
from bot.updates.ordering import PersonalUpdates
from bot.updates.parsing import kind_of, person_of, sender_of
from handlers.context import UpdateAttempt, recording
from storage.changes import ShownCard
from storage.deduplication import IsFirst, always_first
from storage.errors import StorageError
from storage.sql import ClaimResult, Updates

HANDLING_DEADLINE_S = 50.0
"""Handling an update is cancelled after this time. Telegram waits 60 s for the response of a webhook."""

_logger = logging.getLogger(__name__)

AnyApplication = Application[Any, Any, Any, Any, Any, Any]


class Outcome(StrEnum):
    """The result of handing in an update.

    Attributes:
        HANDLED: the update was handled without an error.
        FAILED: a handler raised an error that a redelivery would not avoid.
        REFUSED: a service is out of reach; the update must be redelivered.
        REPEATED: the update was handled before; this delivery had no effect.
        DROPPED: the person has too many updates waiting.
    """

    HANDLED = "handled"
    FAILED = "failed"
    REFUSED = "refused"
    REPEATED = "repeated"
    DROPPED = "dropped"


class Intake:
    """Hands updates to an application, in order for each person.

    Attributes:
        claims: the claims of this process on updates.
    """

    def __init__(
        self, application: AnyApplication, updates: Updates, *, alone: bool, is_first: IsFirst = always_first
    ) -> None:
        """Create an intake.

        Args:
            application: an application with `PersonalUpdates`, its handlers, and `handlers.errors.on_error`.
            updates: the record of updates that were delivered.
            alone: whether this is the only process of the bot, as with polling. Then every refused update is
                redelivered to this process, and the person's later updates are refused until then. With a webhook,
                Telegram itself holds them back, and it may redeliver to another replica.
            is_first: finds the first of all replicas that apologise for an update.
        """
        self.claims = Claims(updates, alone=alone)
        self._application = application
        self._processor = cast(PersonalUpdates, application.update_processor)
        self._updates = updates
        self._alone = alone
        self._is_first = is_first
        self._refused: set[int] = set()
        self._held_up_by: dict[int, int] = {}  # Person id to the id of the person's first refused update.
        self._tasks: dict[int, asyncio.Task[Outcome]] = {}

    def drops(self, content: dict[str, Any]) -> bool:
        """Decide from the raw update whether to drop it, and count it if so.

        Returns:
            True if its sender floods the bot and has had the notice; the update need not be parsed.
        """
        person_id = sender_of(content)
        if (
            person_id is None
            or content["update_id"] in self._tasks
            or not self._processor.flood.drops_next_of(person_id)
        ):
            return False
        kind = next(key for key in content if key in Update.ALL_TYPES)
        metrics.UPDATES.labels(kind, Outcome.DROPPED.value).inc()
        return True

    def is_flooded_by(self, person_id: int | None) -> bool:
        """Return whether a person sends more updates than are handled."""
        return person_id is not None and self._processor.flood.is_flooded_by(person_id)

    def start(self, update: Update) -> asyncio.Task[Outcome]:
        """Start handling an update after the person's earlier ones.

        Returns:
            The task that handles it; if the same update is being handled already, that task.
        """
        task = self._tasks.get(update.update_id)
        if task is None:
            task = asyncio.create_task(self._take(update), name=f"update {update.update_id}")
            self._tasks[update.update_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(update.update_id))
        return task

    async def take(self, update: Update) -> Outcome:
        """Handle an update. Cancelling the caller does not cancel the handling."""
        return await asyncio.shield(self.start(update))

    async def drain(self, timeout_s: float) -> None:
        """Wait until the updates in progress are handled, and cancel those that take longer than the timeout."""
        tasks = set(self._tasks.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=timeout_s)
        for task in late:
            task.cancel()
        if late:
            _logger.warning("cancelled updates in progress", extra={"updates": len(late)})
            await asyncio.wait(late)

    async def _take(self, update: Update) -> Outcome:
        outcome = Outcome.DROPPED  # The processor closes the coroutine of a dropped update without running it.

        async def handle() -> None:
            nonlocal outcome
            outcome = await self._handle(update)

        await self._processor.process_update(update, handle())
        metrics.UPDATES.labels(kind_of(update), outcome.value).inc()
        return outcome

    async def _handle(self, update: Update) -> Outcome:
        if self._is_held_up(update):
            return Outcome.REFUSED
        attempt = UpdateAttempt(
            was_refused=update.update_id in self._refused,
            may_apologise=lambda: self._is_first(f"apology:{update.update_id}"),
        )
        with _measured(update), recording(attempt):
            claim = await self._attempt(update, attempt)
        if claim is ClaimResult.DONE:
            self._forget_refusal(update)
            return Outcome.REPEATED
        if claim is ClaimResult.BUSY:
            return Outcome.REFUSED
        if attempt.must_be_redelivered:
            self._note_refused(update)
            return Outcome.REFUSED
        await self._note_handled(update, attempt.shown)
        return Outcome.FAILED if attempt.failed else Outcome.HANDLED

    def _is_held_up(self, update: Update) -> bool:
        person_id = person_of(update)
        return person_id is not None and self._held_up_by.get(person_id, update.update_id) != update.update_id

    async def _attempt(self, update: Update, attempt: UpdateAttempt) -> ClaimResult:
        """Claim an update and run its handlers within the deadline; errors are recorded in the attempt."""
        claim = ClaimResult.NEW
        try:
            async with asyncio.timeout(HANDLING_DEADLINE_S):
                claim = await self.claims.claim(update.update_id)
                if claim is ClaimResult.NEW:
                    await self._application.process_update(update)
        except StorageError as error:
            if not attempt.was_refused:
                await self._application.process_error(update, error)
            attempt.must_be_redelivered = True
        except TimeoutError as error:
            await self._application.process_error(update, error)
        return claim

    def _note_refused(self, update: Update) -> None:
        self._refused.add(update.update_id)
        self.claims.give_up(update.update_id)
        person_id = person_of(update)
        if self._alone and person_id is not None:
            self._held_up_by[person_id] = update.update_id

    def _forget_refusal(self, update: Update) -> None:
        person_id = person_of(update)
        if person_id is not None:
            self._held_up_by.pop(person_id, None)
        self._refused.discard(update.update_id)

    async def _note_handled(self, update: Update, shown: ShownCard | None) -> None:
        self._forget_refusal(update)
        try:
            await self._updates.mark_handled(update.update_id, datetime.now(UTC), shown)
        except StorageError as error:
            _logger.warning(
                "update not marked as handled; it may be redelivered",
                extra={"update_id": update.update_id},
                exc_info=error,
            )


@contextmanager
def _measured(update: Update) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        metrics.HANDLING_SECONDS.labels(kind_of(update)).observe(time.perf_counter() - started)
