"""Which calls to the Bot API may be retried, and after which pauses."""

from datetime import timedelta

import aiohttp
import httpx
from telegram.error import NetworkError, RetryAfter

NETWORK_PAUSES_S = (0.5, 1.0, 2.0)
"""The pauses in seconds before the retries of a call after network errors. After the last retry the error is raised."""

_IDEMPOTENT_PREFIXES = ("get", "set", "edit", "delete", "answer", "pin", "unpin", "sendchataction")

_WITH_FALLBACK = ("editmessagemedia",)
"""Methods that are retried only if they were never sent: a person waits, and the caller sends a text instead."""

_NEVER_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    aiohttp.ClientConnectorError,
    aiohttp.ConnectionTimeoutError,
)


def wait_of(error: RetryAfter) -> float:
    """Return the time in seconds that Telegram asks to wait."""
    wait = error.retry_after
    return wait.total_seconds() if isinstance(wait, timedelta) else float(wait)


def never_sent(error: NetworkError) -> bool:
    """Return whether a call failed before it was sent."""
    return isinstance(error.__cause__, _NEVER_SENT)


def is_repeatable(endpoint: str, error: NetworkError) -> bool:
    """Return whether a call may be retried after a network error: it was never sent, or its method is idempotent.

    A method with a fallback is retried only if it was never sent.
    """
    method = endpoint.lower()
    return never_sent(error) or (method.startswith(_IDEMPOTENT_PREFIXES) and method not in _WITH_FALLBACK)
