"""Notices at the start that MODELS_URL does not answer, although nothing is fetched from it because of the cache."""

import asyncio
import logging

from storage.errors import StorageError
from storage.model_store import ModelStore

PROBE_EVERY_S = 30.0
"""The pause between two probes while MODELS_URL does not answer, in seconds."""

_logger = logging.getLogger(__name__)


async def probe_while_away(models: ModelStore) -> None:
    """Call the store once, and every PROBE_EVERY_S after a call that failed, so that its `problem` is up to date.

    A store that answers is not called again: calls cost money.
    """
    is_due = True
    while True:
        if is_due or models.problem:
            try:
                await asyncio.to_thread(models.ping)
            except StorageError as error:
                if is_due:
                    _logger.warning("models come from the cache until their storage answers", exc_info=error)
            is_due = False
        await asyncio.sleep(PROBE_EVERY_S)
