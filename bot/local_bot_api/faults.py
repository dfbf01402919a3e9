"""Fault injection: calls that fail or are slow, responses that are damaged, and rate limits."""

import asyncio
import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass

from bot.local_bot_api.errors import ApiError, too_many_requests

_DESCRIPTIONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class Faults:
    """Errors, delays and damaged responses that the next calls of a method get."""

    def __init__(self) -> None:
        self._errors: dict[tuple[str, str], deque[ApiError]] = defaultdict(deque)
        self._delays: dict[str, deque[float]] = defaultdict(deque)
        self._bodies: dict[str, deque[bytes | None]] = defaultdict(deque)

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
        self._errors[method.lower(), "" if chat_id is None else str(chat_id)].extend([error] * times)

    def delay_next(self, method: str, delay_s: float, times: int = 1) -> None:
        """Delay the next calls of a method by `delay_s` seconds each."""
        self._delays[method.lower()].extend([delay_s] * times)

    def damage_next(self, method: str, body: bytes | None = None, times: int = 1) -> None:
        """Let the next calls of a method take effect, but damage their responses.

        Args:
            method: the API method, in any case.
            body: replaces the body of the response; None cuts the body in half.
            times: the number of calls with a damaged response.
        """
        self._bodies[method.lower()].extend([body] * times)

    def damaged(self, method: str, body: bytes) -> bytes:
        """Return the body of a response after the next damage of its method, if any."""
        bodies = self._bodies[method.lower()]
        if not bodies:
            return body
        replacement = bodies.popleft()
        return body[: len(body) // 2] if replacement is None else replacement

    async def apply(self, method: str, chat_id: str = "") -> None:
        """Apply the next delay and the next error of a method, if any.

        Args:
            method: the API method, in any case.
            chat_id: the chat of the call; empty if it has none. An error of this chat comes before one of all chats.

        Raises:
            ApiError: the call has to fail.
        """
        method = method.lower()
        if self._delays[method]:
            await asyncio.sleep(self._delays[method].popleft())
        for scope in (chat_id, ""):
            if errors := self._errors.get((method, scope)):
                raise errors.popleft()


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
