"""How calls to Telegram are repeated: after exactly the time it names, and where safe when the network fails."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any

from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError
from telegram.ext import BaseRateLimiter

from bot.client.retries import NETWORK_PAUSES_S, is_repeatable, wait_of
from bot.observability.metrics import TELEGRAM_ERRORS

LONGEST_WAIT_S = 30.0
"""Whoever waits for the answer of a call waits no longer; Telegram may well ask for hours."""


Answer = bool | dict[str, Any] | list[dict[str, Any]]


class RetryingRateLimiter(BaseRateLimiter[None]):
    """Repeats calls, each by itself: nobody waits because of somebody else's chat.

    After `RetryAfter` the call is made again when the time has passed, and no other call about the same chat before;
    a call that names no chat waits alone. Where the time is longer than LONGEST_WAIT_S, the error is raised instead,
    for further calls about the chat too, without asking Telegram. When the network fails, a call that may be made twice
    without harm is repeated a few times; so is any call that never left this machine.
    """

    __slots__ = ("_closed_until",)

    def __init__(self) -> None:
        self._closed_until: dict[str, float] = {}

    async def initialize(self) -> None:
        """Nothing is opened."""

    async def shutdown(self) -> None:
        """Forget who must not be written to yet."""
        self._closed_until.clear()

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, Answer]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: None,  # noqa: ARG002 - the base class names it.
    ) -> Answer:
        """Make a call until it succeeds, or fails in a way that asking again does not help.

        Raises:
            TelegramError: what Telegram or the network said last.
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
                    await _sleep(wait_of(error))
            except NetworkError as error:  # BadRequest is one, to python-telegram-bot.
                _count(endpoint, error)
                pause = next(pauses, None)
                if pause is None or isinstance(error, BadRequest) or not is_repeatable(endpoint, error):
                    raise
                await asyncio.sleep(pause)
            except TelegramError as error:
                _count(endpoint, error)
                raise

    def _close(self, chat: str, wait_s: float) -> None:
        now = time.monotonic()
        self._closed_until = {other: until for other, until in self._closed_until.items() if until > now}
        if chat:
            self._closed_until[chat] = now + wait_s

    async def _wait_for(self, chat: str) -> None:
        # Somebody else's call may have closed it anew in the meantime.
        while (wait_s := self._closed_until.get(chat, 0.0) - time.monotonic()) > 0:
            await _sleep(wait_s)


async def _sleep(wait_s: float) -> None:
    if wait_s > LONGEST_WAIT_S:
        raise RetryAfter(timedelta(seconds=wait_s))
    await asyncio.sleep(wait_s)


def _count(endpoint: str, error: TelegramError) -> None:
    TELEGRAM_ERRORS.labels(endpoint, type(error).__name__).inc()
