"""Trouble on demand: calls that fail or are slow, and limits on how many come in a second."""

import asyncio
import math
import time
from collections import defaultdict, deque
from dataclasses import dataclass

from bot.local_bot_api.errors import ApiError, too_many_requests

_DESCRIPTIONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout"}


class Faults:
    """What the next calls of a method meet."""

    def __init__(self) -> None:
        self._errors: dict[str, deque[ApiError]] = defaultdict(deque)
        self._delays: dict[str, deque[float]] = defaultdict(deque)

    def fail_next(
        self, method: str, times: int = 1, *, code: int = 500, retry_after: int | None = None, description: str = ""
    ) -> None:
        """Let the next calls of a method fail, and have no effect.

        Args:
            code: the HTTP status; not looked at where `retry_after` is given.
            retry_after: seconds; makes it a 429.
            description: another text than Telegram's usual one for this status.
        """
        if retry_after is not None:
            error = too_many_requests(retry_after)
        else:
            error = ApiError(code, description or _DESCRIPTIONS.get(code, "Bad Request"))
        self._errors[method.lower()].extend([error] * times)

    def delay_next(self, method: str, delay_s: float, times: int = 1) -> None:
        """Let the next calls of a method take this much longer."""
        self._delays[method.lower()].extend([delay_s] * times)

    async def meet(self, method: str) -> None:
        """Wait and fail as was asked.

        Raises:
            ApiError: it is the turn of a failure.
        """
        method = method.lower()
        if self._delays[method]:
            await asyncio.sleep(self._delays[method].popleft())
        if self._errors[method]:
            raise self._errors[method].popleft()


@dataclass(frozen=True, slots=True)
class Limits:
    """Messages and edits taken in a second; None is no limit. Telegram's own are 1 and 30, with bursts allowed."""

    per_chat: int | None = None
    overall: int | None = None


class RateLimiter:
    """Counts messages and edits over the last second."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._overall: deque[float] = deque()
        self._by_chat: dict[str, deque[float]] = defaultdict(deque)

    def count(self, method: str, chat_id: str) -> None:
        """Count a call.

        Raises:
            ApiError: it is one too many; it does not count then.
        """
        method = method.lower()
        if not method.startswith(("send", "edit")) or method == "sendchataction":
            return
        now = time.monotonic()
        counted = []
        if self._limits.overall is not None:
            counted.append((self._limits.overall, self._overall))
        if self._limits.per_chat is not None:
            counted.append((self._limits.per_chat, self._by_chat[chat_id]))
        for limit, times in counted:
            while times and times[0] <= now - 1:
                times.popleft()
            if len(times) >= limit:
                raise too_many_requests(max(1, math.ceil(times[0] + 1 - now)))
        for _, times in counted:
            times.append(now)
