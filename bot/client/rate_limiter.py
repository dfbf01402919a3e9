"""Retries of calls to the Bot API: after the time that Telegram names in a 429, and, if safe, after a network error."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import timedelta
from typing import Any

from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from bot.client.retries import NETWORK_PAUSES_S, is_repeatable, wait_of
from bot.observability.metrics import TELEGRAM_ERRORS

MAX_WAIT_S = 30.0
"""A call waits at most this long for a retry. Telegram may ask for hours."""

Answer = bool | dict[str, Any] | list[dict[str, Any]]


class RetryingRateLimiter(BaseRateLimiter[None]):
    """A rate limiter that retries each call on its own, so that a limit on one chat does not delay calls to others.

    After `RetryAfter`, the call is retried when the time has passed, and no other call to the same chat is made before;
    a call without a chat waits alone. If the time exceeds MAX_WAIT_S, the error is raised instead, and raised for
    further calls to the chat without asking Telegram. After a network error, a call is retried a few times if it is
    idempotent or was never sent.
    """

    __slots__ = ("_closed_until", "_waiting")

    def __init__(self, waiting: Callable[[], AbstractAsyncContextManager[None]] = nullcontext) -> None:
        """Create a rate limiter that knows of no limit.

        Args:
            waiting: entered while a call waits. It releases what the caller holds and others need.
        """
        self._closed_until: dict[str, float] = {}
        self._waiting = waiting

    async def initialize(self) -> None:
        """Do nothing; the base class requires the method."""

    async def shutdown(self) -> None:
        """Forget the limits."""
        self._closed_until.clear()

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,  # noqa: ARG002 - the base class's signature.
    ) -> Answer:
        """Make a call until it succeeds or fails in a way that a retry would not avoid.

        Raises:
            TelegramError: the last error.
        """
        chat = str(data.get("chat_id", ""))
        pauses = iter(NETWORK_PAUSES_S)
        while True:
            await self._wait_for(chat)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as error:
                _count(endpoint, error)
                self._close(chat, wait_of(error))
                if not chat:
                    await self._sleep(wait_of(error))
            except NetworkError as error:  # python-telegram-bot derives BadRequest from it.
                _count(endpoint, error)
                pause_s = next(pauses, None)
                if pause_s is None or isinstance(error, BadRequest) or not is_repeatable(endpoint, error):
                    raise
                await self._sleep(pause_s)
            except TelegramError as error:
                _count(endpoint, error)
                raise

    def _close(self, chat: str, wait_s: float) -> None:
        now = time.monotonic()
        self._closed_until = {chat_id: until for chat_id, until in self._closed_until.items() if until > now}
        if chat:
            self._closed_until[chat] = now + wait_s

    async def _wait_for(self, chat: str) -> None:
        # Another call may close the chat again in the meantime.
        while (wait_s := self._closed_until.get(chat, 0.0) - time.monotonic()) > 0:
            await self._sleep(wait_s)

    async def _sleep(self, wait_s: float) -> None:
        if wait_s > MAX_WAIT_S:
            raise RetryAfter(timedelta(seconds=wait_s))
        async with self._waiting():
            await asyncio.sleep(wait_s)


def _count(endpoint: str, error: TelegramError) -> None:
    TELEGRAM_ERRORS.labels(endpoint, type(error).__name__).inc()
