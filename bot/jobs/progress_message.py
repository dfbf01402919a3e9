"""The message in which an admin sees how far a job is."""

import asyncio
import logging
from collections.abc import Callable, Mapping

from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot.backoff import Backoff
from bot.client.retries import wait_of
from bot.jobs.pace import Pace
from handlers import keyboards
from handlers.i18n import Html
from handlers.replies import is_same
from handlers.texts import admin
from storage.errors import StorageError
from storage.records import DeliveryStatus, Job
from storage.sql import Jobs

EVERY_S = 2.0
"""At most so often the message is edited."""

PATIENCE_S = 60.0
"""For so long the last edit is tried."""

_logger = logging.getLogger(__name__)

Counts = Callable[[], Mapping[DeliveryStatus, int] | None]


class Progress:
    """Edits admins' messages."""

    def __init__(self, bot: Bot, jobs: Jobs, pace: Pace) -> None:
        """Wire it.

        Args:
            bot: edits.
            jobs: where the message is, and what it shall say.
            pace: nothing is edited while Telegram wants to be left alone.
        """
        self._bot = bot
        self._jobs = jobs
        self._pace = pace

    async def follow(self, job_id: int, counts: Counts) -> None:
        """Show how far a job is, until this is cancelled.

        Args:
            job_id: which.
            counts: how many deliveries have come to what; None where it is no announcement.
        """
        shown = Html()
        while True:
            await asyncio.sleep(max(EVERY_S, self._pace.closed_for))
            try:
                shown = await self._show(job_id, counts(), shown)
            except RetryAfter as error:
                await asyncio.sleep(wait_of(error))
            except (TelegramError, StorageError) as error:
                _logger.warning("an admin does not see how far a job is", exc_info=error)

    async def conclude(self, job_id: int, counts: Counts) -> None:
        """Show how a job has ended; given up after PATIENCE_S."""
        backoff = Backoff()
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    try:
                        await self._show(job_id, counts(), Html())
                    except RetryAfter as error:
                        await asyncio.sleep(wait_of(error))
                    except BadRequest:
                        raise
                    except (NetworkError, StorageError):
                        await asyncio.sleep(backoff.next())
                    else:
                        return
        except (TelegramError, TimeoutError) as error:
            _logger.warning("an admin was not told how a job ended", extra={"job_id": job_id}, exc_info=error)

    async def _show(self, job_id: int, counts: Mapping[DeliveryStatus, int] | None, shown: Html) -> Html:
        """Edit the message where there is one that does not say it yet; what it says now."""
        job = await self._jobs.get(job_id)
        if job is None or job.chat_id is None or job.message_id is None:
            return shown
        text = admin.job(job, counts)
        if text != shown:
            await self._edit(job, job.chat_id, job.message_id, text)
        return text

    async def _edit(self, job: Job, chat_id: int, message_id: int, text: Html) -> None:
        keyboard = keyboards.cancel_job(job.job_id) if job.is_open else None
        try:
            await self._bot.edit_message_text(
                text, chat_id, message_id, parse_mode=ParseMode.HTML, reply_markup=keyboard
            )
        except BadRequest as error:
            if not is_same(error):
                raise
