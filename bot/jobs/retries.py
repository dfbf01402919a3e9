"""Retries of storage calls whose loss would make a job wrong."""

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from bot.backoff import retry_forever
from storage.errors import StorageError

Result = TypeVar("Result")

_logger = logging.getLogger(__name__)

_retrying = retry_forever(first_s=0.5, longest_s=5.0)


async def retry_storage(call: Callable[[], Awaitable[Result]]) -> Result:
    """Repeat a call until the storage answers, after pauses of 0.5 s at first and 5 s at most.

    Args:
        call: a call that is safe to repeat. Errors other than StorageError are raised.
    """
    return await _retrying(_is_storage_error, call)


def _is_storage_error(error: Exception) -> bool:
    if not isinstance(error, StorageError):
        return False
    _logger.warning("storage call failed; a job waits to repeat it", exc_info=error)
    return True
