"""The message that shows an admin the progress of a job."""

import asyncio
import logging
from collections.abc import Callable

from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot.backoff import Backoff
from bot.client.retries import wait_of
from handlers import keyboards
from handlers.i18n import Html
from handlers.replies import is_same
from handlers.texts import admin
from storage.errors import StorageError
from storage.records import Job
from storage.sql import Jobs

EDIT_INTERVAL_S = 2.0
"""The shortest time between two edits of a message, in seconds."""

FINAL_EDIT_TIMEOUT_S = 60.0
"""The final edit of a message is retried for this long, in seconds."""

_logger = logging.getLogger(__name__)

DeliveriesNow = Callable[[], admin.Deliveries | None]
"""Returns the deliveries of an announcement as they are now; None if the job is not an announcement."""


class ProgressMessages:
    """Edits the messages in which admins follow their jobs."""

    def __init__(self, bot: Bot, jobs: Jobs) -> None:
        """Create an editor of progress messages.

        Args:
            bot: edits the messages.
            jobs: knows each job's message and progress.
        """
        self._bot = bot
        self._jobs = jobs

    async def follow(self, job_id: int, deliveries: DeliveriesNow) -> None:
        """Show the progress of a job until this call is cancelled.

        Args:
            job_id: the job.
            deliveries: returns the deliveries as they are now.
        """
        shown = Html()
        backoff = Backoff()
        while True:
            await asyncio.sleep(EDIT_INTERVAL_S)
            try:
                shown = await self._show(job_id, deliveries(), shown)
                backoff.reset()
            except RetryAfter as error:
                await asyncio.sleep(wait_of(error))
            except (TelegramError, StorageError) as error:
                _logger.warning("cannot show the progress of a job", extra={"job_id": job_id}, exc_info=error)
                await asyncio.sleep(backoff.next())

    async def show_result(self, job_id: int, deliveries: DeliveriesNow) -> None:
        """Show how a job has ended. Give up after FINAL_EDIT_TIMEOUT_S, with a log line."""
        backoff = Backoff()
        try:
            async with asyncio.timeout(FINAL_EDIT_TIMEOUT_S):
                while True:
                    try:
                        await self._show(job_id, deliveries(), Html())
                    except RetryAfter as error:
                        await asyncio.sleep(wait_of(error))
                    except BadRequest:
                        raise
                    except (NetworkError, StorageError):
                        await asyncio.sleep(backoff.next())
                    else:
                        return
        except (TelegramError, TimeoutError) as error:
            _logger.warning("cannot show the result of a job", extra={"job_id": job_id}, exc_info=error)

    async def _show(self, job_id: int, deliveries: admin.Deliveries | None, shown: Html) -> Html:
        """Edit a job's message, if it has one and its text has changed.

        Args:
            job_id: the job.
            deliveries: the deliveries as they are now; None if the job is not an announcement.
            shown: the text that the message has.

        Returns:
            The text that the message has now.
        """
        job = await self._jobs.get(job_id)
        if job is None or job.chat_id is None or job.message_id is None:
            return shown
        text = admin.job(job, deliveries)
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
