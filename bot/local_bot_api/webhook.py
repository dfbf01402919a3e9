"""Delivery of updates to a webhook: in order per person, concurrently for different people, with retries."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

import httpx

from bot.local_bot_api.updates import Pending, UpdateQueue

DEFAULT_CONNECTIONS = 40

_ANSWER_TIMEOUT_S = 60.0
_LONGEST_RETRY_S = 60.0


class Webhook:
    """Delivers pending updates to the bot's webhook, if it has set one.

    Attributes:
        url: the URL of the webhook; empty if there is none.
    """

    def __init__(self, updates: UpdateQueue, retry_s: float) -> None:
        """Create a webhook without a URL.

        Args:
            updates: the queue to deliver from.
            retry_s: seconds before the first retry; the delay doubles with every failure, up to one minute.
        """
        self.url = ""
        self._updates = updates
        self._retry_s = retry_s
        self._secret_token = ""
        self._max_connections = DEFAULT_CONNECTIONS
        self._last_error: tuple[int, str] | None = None
        self._delivering: set[int] = set()
        self._task: asyncio.Task[None] | None = None

    async def change(self, url: str, secret_token: str = "", max_connections: int = DEFAULT_CONNECTIONS) -> None:
        """Change the URL; an empty URL ends delivery."""
        await self.pause()
        self.url = url
        self._secret_token = secret_token
        self._max_connections = max_connections
        self._last_error = None
        self.resume()

    def resume(self) -> None:
        """Start delivery, if there is a URL."""
        if self.url and self._task is None:
            self._task = asyncio.create_task(self._run(), name="telegram-api-webhook")

    async def pause(self) -> None:
        """Stop delivery; updates without a successful response are delivered again later."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.result()

    def info(self) -> dict[str, Any]:
        """Return the WebhookInfo object."""
        info: dict[str, Any] = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": self._updates.pending_count,
        }
        if self.url:
            info["max_connections"] = self._max_connections
        if self._last_error is not None:
            info["last_error_date"], info["last_error_message"] = self._last_error
        if self._updates.allowed is not None:
            info["allowed_updates"] = self._updates.allowed
        return info

    async def _run(self) -> None:
        headers = {"X-Telegram-Bot-Api-Secret-Token": self._secret_token} if self._secret_token else {}
        slots = asyncio.Semaphore(self._max_connections)
        limits = httpx.Limits(max_connections=self._max_connections)
        self._delivering.clear()
        # The bot is on this machine, so proxies from the environment must not be used.
        async with (
            httpx.AsyncClient(headers=headers, timeout=_ANSWER_TIMEOUT_S, limits=limits, trust_env=False) as client,
            asyncio.TaskGroup() as people,
        ):
            while True:
                for person_id in self._updates.person_ids() - self._delivering:
                    self._delivering.add(person_id)
                    people.create_task(self._deliver_all(client, slots, person_id))
                await self._updates.signal.wait()

    async def _deliver_all(self, client: httpx.AsyncClient, slots: asyncio.Semaphore, person_id: int) -> None:
        retry_s = self._retry_s
        while (pending := self._updates.next_for(person_id)) is not None:
            async with slots:
                error = await self._deliver(client, pending)
            if error is None:
                self._updates.mark_delivered(pending)
                retry_s = self._retry_s
            else:
                self._last_error = (int(time.time()), error)
                await asyncio.sleep(retry_s)
                retry_s = min(2 * retry_s, _LONGEST_RETRY_S)
        self._delivering.discard(person_id)

    async def _deliver(self, client: httpx.AsyncClient, pending: Pending) -> str | None:
        """Try to deliver an update once; return Telegram's error text, or None on success."""
        try:
            response = await client.post(self.url, json=pending.update)
        except httpx.TimeoutException:
            return "Read timeout expired"
        except httpx.TransportError:
            return "Connection refused"
        if response.is_success:
            return None
        return f"Wrong response from the webhook: {response.status_code} {response.reason_phrase}"


def is_valid_secret(secret_token: str) -> bool:
    """Return whether Telegram accepts a secret token: up to 256 characters of A-Z, a-z, 0-9, _ and -."""
    return len(secret_token) <= 256 and all(
        char.isascii() and (char.isalnum() or char in "_-") for char in secret_token
    )


def is_valid_url(url: str) -> bool:
    """Return whether a URL can be a webhook. As with any self-hosted Bot API server, http:// is allowed too."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return parsed.scheme in ("http", "https") and bool(parsed.host)


def parse_allowed_updates(kinds: Sequence[Any] | None) -> list[str] | None:
    """Parse `allowed_updates` as Telegram does: names in lower case; values that are not strings are ignored."""
    return None if kinds is None else [kind.lower() for kind in kinds if isinstance(kind, str)]
