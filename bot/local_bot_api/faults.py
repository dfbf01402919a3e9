"""Fault injection: calls that fail or are slow, responses that are damaged or lost, and rate limits."""

import asyncio
import math
import time
from collections import defaultdict, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar

from bot.local_bot_api.errors import ApiError, too_many_requests

_DESCRIPTIONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}

Fault = TypeVar("Fault")

_Queues = dict[tuple[str, str], deque[Fault]]
"""Faults by the method and the chat that they apply to. The chat is empty for all chats."""


class ConnectionReset(Exception):
    """The connection of a call has to be reset instead of an answer."""


class Faults:
    """Errors, delays, damaged responses and reset connections that the next calls of a method get.

    A fault of one chat comes before one of all chats. A callback query belongs to the chat of its message.
    """

    def __init__(self) -> None:
        self._errors: _Queues[ApiError | ConnectionReset] = defaultdict(deque)
        self._delays: _Queues[float] = defaultdict(deque)
        self._bodies: _Queues[bytes | None] = defaultdict(deque)
        self._lost: _Queues[ConnectionReset] = defaultdict(deque)

    def fail_next(
        self,
        method: str,
        times: int = 1,
        *,
        code: int = 500,
        retry_after: int | None = None,
        description: str = "",
        chat_id: int | None = None,
    ) -> None:
        """Make the next calls of a method fail without any effect.

        Args:
            method: the API method, in any case.
            times: the number of calls that fail.
            code: the HTTP status; ignored if `retry_after` is given.
            retry_after: seconds to wait; turns the error into a 429.
            description: the error text; empty for Telegram's usual text for this status.
            chat_id: only calls to this chat fail; None for all calls.
        """
        if retry_after is not None:
            error = too_many_requests(retry_after)
        else:
            error = ApiError(code, description or _DESCRIPTIONS.get(code, "Bad Request"))
        self._errors[_scope(method, chat_id)].extend([error] * times)

    def reset_next(self, method: str, times: int = 1, *, has_effect: bool = False, chat_id: int | None = None) -> None:
        """Reset the connections of the next calls of a method.

        Args:
            method: the API method, in any case.
            times: the number of calls whose connection is reset.
            has_effect: whether the calls take effect first, so that only their responses are lost.
            chat_id: only calls to this chat; None for all calls.
        """
        resets = [ConnectionReset()] * times
        (self._lost if has_effect else self._errors)[_scope(method, chat_id)].extend(resets)

    def delay_next(self, method: str, delay_s: float, times: int = 1, *, chat_id: int | None = None) -> None:
        """Delay the next calls of a method by `delay_s` seconds each; with a `chat_id`, only calls to this chat."""
        self._delays[_scope(method, chat_id)].extend([delay_s] * times)

    def damage_next(
        self, method: str, body: bytes | None = None, times: int = 1, *, chat_id: int | None = None
    ) -> None:
        """Let the next calls of a method take effect, but damage their responses.

        Args:
            method: the API method, in any case.
            body: replaces the body of the response; None cuts the body in half.
            times: the number of calls with a damaged response.
            chat_id: only calls to this chat; None for all calls.
        """
        self._bodies[_scope(method, chat_id)].extend([body] * times)

    def pending(self, method: str, chat_id: int | None = None) -> int:
        """Return how many faults of a method no call has met; with a `chat_id`, only those of this chat."""
        scope = _scope(method, chat_id)
        return sum(len(queues.get(scope, ())) for queues in (self._errors, self._delays, self._bodies, self._lost))

    def clear(self, method: str, chat_id: int | None = None) -> None:
        """Remove the faults that `pending` counts."""
        for queues in (self._errors, self._delays, self._bodies, self._lost):
            queues.pop(_scope(method, chat_id), None)

    def damaged(self, method: str, body: bytes, chat_id: str = "") -> bytes:
        """Return the body of a response after the next damage of its method, if any.

        Raises:
            ConnectionReset: the response has to be lost.
        """
        for lost in _next_of(self._lost, method, chat_id):
            raise lost
        for replacement in _next_of(self._bodies, method, chat_id):
            return body[: len(body) // 2] if replacement is None else replacement
        return body

    async def apply(self, method: str, chat_id: str = "") -> None:
        """Apply the next delay and the next error of a method, if any.

        Args:
            method: the API method, in any case.
            chat_id: the chat of the call; empty if it has none.

        Raises:
            ApiError: the call has to fail.
            ConnectionReset: the connection has to be reset.
        """
        for delay_s in _next_of(self._delays, method, chat_id):
            await asyncio.sleep(delay_s)
        for error in _next_of(self._errors, method, chat_id):
            raise error


def _scope(method: str, chat_id: int | None) -> tuple[str, str]:
    return method.lower(), "" if chat_id is None else str(chat_id)


def _next_of(queues: Mapping[tuple[str, str], deque[Fault]], method: str, chat_id: str) -> Iterator[Fault]:
    """Remove and yield the next fault of a call, if there is one."""
    for scope in ((method.lower(), chat_id), (method.lower(), "")):
        if faults := queues.get(scope):
            yield faults.popleft()
            return


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages and edits accepted per second; None disables a limit.

    Telegram's own limits are 1 per chat and 30 overall, with bursts allowed.
    """

    per_chat: int | None = None
    overall: int | None = None


class RateLimiter:
    """Limits messages and edits to a number per second, over a sliding window of one second."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._overall: deque[float] = deque()
        self._by_chat: dict[str, deque[float]] = defaultdict(deque)

    def count(self, method: str, chat_id: str) -> None:
        """Count a call, if its method is limited.

        Raises:
            ApiError: the call exceeds a limit; the call is not counted then.
        """
        method = method.lower()
        if not method.startswith(("send", "edit")) or method == "sendchataction":
            return
        now = time.monotonic()
        windows = []
        if self._limits.overall is not None:
            windows.append((self._limits.overall, self._overall))
        if self._limits.per_chat is not None:
            windows.append((self._limits.per_chat, self._by_chat[chat_id]))
        for limit, times in windows:
            while times and times[0] <= now - 1:
                times.popleft()
            if len(times) >= limit:
                raise too_many_requests(max(1, math.ceil(times[0] + 1 - now)))
        for _, times in windows:
            times.append(now)
