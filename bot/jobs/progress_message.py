"""The message that shows an admin the progress of a job."""

import asyncio
import logging
from collections.abc import Callable

from telegram import Bot
from telegram.error import BadRequest, Forbidden, NetworkError, RetryAfter, TelegramError

from bot.backoff import Backoff
from bot.client.retries import wait_of
from handlers.admin import edit_progress
from handlers.i18n import Html
from handlers.texts import admin
from storage.errors import StorageError
from storage.records import ProgressMessage
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
        shown: dict[ProgressMessage, Html] = {}
        backoff = Backoff()
        while True:
            await asyncio.sleep(EDIT_INTERVAL_S)
            try:
                await self._show(job_id, deliveries(), shown)
                backoff.reset()
            except RetryAfter as error:
                await asyncio.sleep(wait_of(error))
            except (TelegramError, StorageError) as error:
                _logger.warning("cannot show the progress of a job", extra={"job_id": job_id}, exc_info=error)
                await asyncio.sleep(backoff.next())

    async def show_result(self, job_id: int, deliveries: DeliveriesNow) -> None:
        """Show how a job has ended. Give up after FINAL_EDIT_TIMEOUT_S, with a log line."""
        backoff = Backoff()
        shown: dict[ProgressMessage, Html] = {}
        try:
            async with asyncio.timeout(FINAL_EDIT_TIMEOUT_S):
                while True:
                    try:
                        await self._show(job_id, deliveries(), shown)
                    except RetryAfter as error:
                        await asyncio.sleep(wait_of(error))
                    except (NetworkError, StorageError):
                        await asyncio.sleep(backoff.next())
                    else:
                        return
        except (TelegramError, TimeoutError) as error:
            _logger.warning("cannot show the result of a job", extra={"job_id": job_id}, exc_info=error)

    async def _show(self, job_id: int, deliveries: admin.Deliveries | None, shown: dict[ProgressMessage, Html]) -> None:
        """Edit the messages of a job whose text has changed. A message that cannot be edited delays no other.

        Args:
            job_id: the job.
            deliveries: the deliveries as they are now; None if the job is not an announcement.
            shown: the text that each message has, which is updated.

        Raises:
            TelegramError: some messages could not be edited for now.
        """
        job = await self._jobs.get(job_id)
        if job is None:
            return
        text = admin.job(job, deliveries)
        failure: TelegramError | None = None
        for message in await self._jobs.progress_messages(job_id):
            if shown.get(message) == text:
                continue
            try:
                await edit_progress(self._bot, job, message, text)
            except (BadRequest, Forbidden) as error:
                # The message or its chat is gone. Trying again would not help.
                _logger.warning("cannot show the progress of a job", extra={"job_id": job_id}, exc_info=error)
            except TelegramError as error:
                failure = error
                continue
            shown[message] = text
        if failure is not None:
            raise failure
