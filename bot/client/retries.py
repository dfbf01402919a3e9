"""When a call to the Bot API is repeated: the pauses, and which calls are safe to repeat."""

from datetime import timedelta

import aiohttp
import httpx
from telegram.error import NetworkError, RetryAfter

NETWORK_PAUSES_S = (0.5, 1.0, 2.0)
"""Seconds before each repetition after a network error; after the last one the error is raised."""

_IDEMPOTENT_PREFIXES = ("get", "set", "edit", "delete", "answer", "pin", "unpin", "sendchataction")

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
)


def wait_of(error: RetryAfter) -> float:
    """Seconds that Telegram asks to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def never_sent(error: NetworkError) -> bool:
    """Whether a call certainly did not leave this machine."""
    return isinstance(error.__cause__, _NEVER_SENT)


def is_repeatable(endpoint: str, error: NetworkError) -> bool:
    """Whether a call may be made again after a network error: it was never sent, or its method is idempotent."""
    return never_sent(error) or endpoint.lower().startswith(_IDEMPOTENT_PREFIXES)
