"""Housekeeping: records are deleted when they are older than the settings allow.

Every process of the bot does it once a day. Several replicas may do it at the same time.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from bot.observability.metrics import DELETED_RECORDS
from storage.errors import StorageError
from storage.records import RecordKind, Retention
from storage.sql import Housekeeping

START_DELAY_S = 300.0
"""Housekeeping begins this many seconds after the start of the bot, and is tried again that long after a failure."""

INTERVAL_S = 24 * 3600.0
"""Housekeeping is repeated after this many seconds."""

_logger = logging.getLogger(__name__)


async def clean(housekeeping: Housekeeping, retention: Retention) -> Mapping[RecordKind, int]:
    """Delete the records that are older than their retention, count them in the metrics, and log their numbers.

    Returns:
        The number of deleted records by kind.

    Raises:
        Unavailable: the database does not answer. Earlier deletions remain.
    """
    deleted = await housekeeping.clean(retention, datetime.now(UTC))
    for kind, records in deleted.items():
        DELETED_RECORDS.labels(kind).inc(records)
    _logger.info("housekeeping is done", extra={f"deleted_{kind}": records for kind, records in deleted.items()})
    return deleted


@asynccontextmanager
async def running_housekeeping(housekeeping: Housekeeping, retention: Retention) -> AsyncIterator[None]:
    """Do the housekeeping every day while the block runs."""
    task = asyncio.create_task(_clean_daily(housekeeping, retention), name="housekeeping")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _clean_daily(housekeeping: Housekeeping, retention: Retention) -> None:
    pause_s = START_DELAY_S
    while True:
        await asyncio.sleep(pause_s)
        pause_s = START_DELAY_S
        try:
            await clean(housekeeping, retention)
            pause_s = INTERVAL_S
        except StorageError as error:
            _logger.warning("housekeeping failed", exc_info=error)
        except Exception:  # The bot works without housekeeping, and the next attempt may succeed.
            _logger.exception("housekeeping failed")
