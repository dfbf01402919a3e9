"""A process that starts while the database is away waits for it."""

import asyncio
import logging

from bot.backoff import FIRST_PAUSE_S, retry_for
from bot.settings import Settings
from storage.errors import Unavailable
from storage.sql import Database

WAIT_S = 300.0
"""A process waits this long for the database, in seconds, and then ends with an error."""

_logger = logging.getLogger(__name__)


async def database_answers(
    settings: Settings, stop: asyncio.Event, wait_s: float = WAIT_S, pause_s: float = FIRST_PAUSE_S
) -> bool:
    """Return once the database answers.

    Args:
        settings: DATABASE_URL is read.
        stop: ends the waiting.
        wait_s: the longest time to wait, in seconds.
        pause_s: the first pause between two attempts, in seconds.

    Returns:
        False if the event was set before the database answered.

    Raises:
        Misconfigured: DATABASE_URL cannot be used.
        Unavailable: the database did not answer in time.
    """
    is_waiting = False

    def retry(error: Exception) -> bool:
        nonlocal is_waiting
        if not isinstance(error, Unavailable):
            return False
        if not is_waiting:
            _logger.warning("waiting for the database", extra={"at_most_s": wait_s}, exc_info=error)
        is_waiting = True
        return True

    async def ping() -> None:
        async with Database(settings.database_url.get_secret_value()):
            pass

    trying = asyncio.ensure_future(retry_for(wait_s, pause_s)(retry, ping))
    stopped = asyncio.create_task(stop.wait(), name="stop")
    try:
        await asyncio.wait((trying, stopped), return_when=asyncio.FIRST_COMPLETED)
        if not trying.done():
            return False
        trying.result()
    except Unavailable as error:
        raise Unavailable(f"{error}; waited for it for {wait_s:g} s") from None
    finally:
        for task in (trying, stopped):
            task.cancel()
        await asyncio.wait((trying, stopped))
    if is_waiting:
        _logger.info("the database answers")
    return True
