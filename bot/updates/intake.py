"""Where updates come in, by webhook and by polling: each is handled once, and until it could be."""

import asyncio
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from telegram import Update
from telegram.error import Forbidden
from telegram.ext import Application, CallbackContext

from bot.observability import metrics
from bot.updates.ordering import PersonalUpdates
from bot.updates.parsing import kind_of, person_of, sender_of
from handlers.errors import NOT_HANDLED, REFUSED
from storage.errors import StorageError
from storage.sql import Claim, Updates

HANDLING_DEADLINE_S = 50.0
"""Telegram itself waits a minute for the answer of a webhook."""

LEASE = timedelta(seconds=HANDLING_DEADLINE_S + 10)
"""Whoever has begun with an update and is not done after this has died over it."""

KEPT = timedelta(days=2)
"""Update ids are remembered for so long; Telegram repeats an update for a day."""

_logger = logging.getLogger(__name__)

AnyApplication = Application[Any, Any, Any, Any, Any, Any]


class Outcome(StrEnum):
    """What became of an update.

    Attributes:
        HANDLED: as it should be.
        FAILED: a handler raised an error that asking again would not help.
        REFUSED: something it needs is out of reach; it shall come again.
        REPEATED: it had come before, and had no second effect.
        DROPPED: the person has too many waiting.
    """

    HANDLED = "handled"
    FAILED = "failed"
    REFUSED = "refused"
    REPEATED = "repeated"
    DROPPED = "dropped"


@dataclass(slots=True)
class _Attempt:
    update: Update
    outcome: Outcome = Outcome.DROPPED
    raised: bool = False


class Intake:
    """Hands updates to an application, in order for each person."""

    def __init__(self, application: AnyApplication, updates: Updates, *, alone: bool) -> None:
        """Take in updates for an application.

        Args:
            application: with PersonalUpdates, its handlers, and an error handler that marks updates as NOT_HANDLED; it
                gets one more, and REFUSED in its `bot_data`.
            updates: which ones have come.
            alone: whether every refused update will come here again. Then the person's later ones are refused until it
                has; by webhook Telegram itself holds them back, and the repetition may go to another replica.
        """
        self._application = application
        self._processor = cast(PersonalUpdates, application.update_processor)
        self._updates = updates
        self._not_handled: set[int] = application.bot_data.setdefault(NOT_HANDLED, set())
        self._refused: set[int] = application.bot_data.setdefault(REFUSED, set())
        self._alone = alone
        self._held_up: dict[int, int] = {}  # The first refused update of each person.
        self._attempts: dict[int, _Attempt] = {}
        self._tasks: dict[int, asyncio.Task[Outcome]] = {}
        application.add_error_handler(self._note_error)

    def drops(self, content: dict[str, Any]) -> bool:
        """Whether an update is one too many of somebody who was told so; then it is counted, and need not be read."""
        person_id = sender_of(content)
        if person_id is None or content["update_id"] in self._tasks or not self._processor.drops_next_of(person_id):
            return False
        kind = next(key for key in content if key in Update.ALL_TYPES)
        metrics.UPDATES.labels(kind, Outcome.DROPPED.value).inc()
        return True

    def is_flooded_by(self, person_id: int | None) -> bool:
        """Whether somebody sends more than is taken in."""
        return person_id is not None and self._processor.is_flooded_by(person_id)

    def start(self, update: Update) -> asyncio.Task[Outcome]:
        """Begin with an update, after all earlier ones of the same person; one that is in hand goes on."""
        task = self._tasks.get(update.update_id)
        if task is None:
            task = asyncio.create_task(self._take(update), name=f"update {update.update_id}")
            self._tasks[update.update_id] = task
            task.add_done_callback(lambda _: self._tasks.pop(update.update_id))
        return task

    async def take(self, update: Update) -> Outcome:
        """Have an update handled; whoever stops waiting does not stop it."""
        return await asyncio.shield(self.start(update))

    async def drain(self, timeout_s: float) -> None:
        """Wait for what is in hand, and give up what takes longer."""
        tasks = set(self._tasks.values())
        if not tasks:
            return
        _, late = await asyncio.wait(tasks, timeout=timeout_s)
        for task in late:
            task.cancel()
        if late:
            _logger.warning("gave up updates in hand", extra={"updates": len(late)})
            await asyncio.wait(late)

    async def forget_old(self) -> None:
        """Forget updates that Telegram will not repeat any more.

        Raises:
            Unavailable: the database does not answer.
        """
        await self._updates.forget_before(datetime.now(UTC) - KEPT)

    async def _take(self, update: Update) -> Outcome:
        attempt = _Attempt(update)
        await self._application.update_processor.process_update(update, self._handle(attempt))
        metrics.UPDATES.labels(kind_of(update), attempt.outcome.value).inc()
        return attempt.outcome

    async def _handle(self, attempt: _Attempt) -> None:
        update_id, person_id = attempt.update.update_id, person_of(attempt.update)
        if person_id is not None and self._held_up.get(person_id, update_id) != update_id:
            attempt.outcome = Outcome.REFUSED
            return
        self._not_handled.discard(update_id)
        with self._measured(attempt):
            try:
                async with asyncio.timeout(HANDLING_DEADLINE_S):
                    claim = await self._claim(update_id)
                    if claim is not Claim.NEW:
                        attempt.outcome = Outcome.REPEATED if claim is Claim.DONE else Outcome.REFUSED
                        return
                    await self._application.process_update(attempt.update)
            except StorageError as error:
                if update_id not in self._refused:
                    await self._application.process_error(attempt.update, error)
                self._not_handled.add(update_id)
            except TimeoutError as error:
                await self._application.process_error(attempt.update, error)
        if update_id in self._not_handled:
            self._not_handled.discard(update_id)
            self._refused.add(update_id)
            if self._alone and person_id is not None:
                self._held_up[person_id] = update_id
            attempt.outcome = Outcome.REFUSED
            return
        if person_id is not None:
            self._held_up.pop(person_id, None)
        attempt.outcome = Outcome.FAILED if attempt.raised else Outcome.HANDLED
        self._refused.discard(update_id)
        try:
            await self._updates.handled(update_id, datetime.now(UTC))
        except StorageError as error:
            _logger.warning("an update may come twice", extra={"update_id": update_id}, exc_info=error)

    async def _claim(self, update_id: int) -> Claim:
        # Nobody else polls, so whoever began with it is gone; by webhook another replica may still be at it.
        lease = timedelta(0) if self._alone else LEASE
        claim = await self._updates.claim(update_id, datetime.now(UTC), lease)
        # One that was refused here is not done, noted or not.
        return Claim.NEW if update_id in self._refused else claim

    @contextmanager
    def _measured(self, attempt: _Attempt) -> Iterator[None]:
        self._attempts[attempt.update.update_id] = attempt
        started = time.perf_counter()
        try:
            yield
        finally:
            metrics.HANDLING_SECONDS.labels(kind_of(attempt.update)).observe(time.perf_counter() - started)
            del self._attempts[attempt.update.update_id]

    async def _note_error(self, update: object, context: CallbackContext[Any, Any, Any, Any]) -> None:
        attempt = self._attempts.get(update.update_id) if isinstance(update, Update) else None
        # Whoever has blocked the bot is expected.
        if attempt is not None and not isinstance(context.error, Forbidden):
            attempt.raised = True
