"""Delivery to a webhook: a person's updates in order, several people at once, repeated until answered well."""

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
    """Where the bot wants its updates; without an address, nowhere.

    Attributes:
        url: the address; empty where none is set.
    """

    def __init__(self, updates: UpdateQueue, retry_s: float) -> None:
        """Start without an address.

        Args:
            retry_s: seconds until the first repetition; every further one waits twice as long, up to a minute.
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
        """Deliver to another address from now on; an empty one ends it."""
        await self.pause()
        self.url = url
        self._secret_token = secret_token
        self._max_connections = max_connections
        self._last_error = None
        self.resume()

    def resume(self) -> None:
        """Deliver, if there is an address."""
        if self.url and self._task is None:
            self._task = asyncio.create_task(self._run(), name="telegram-api-webhook")

    async def pause(self) -> None:
        """Stop delivering; what was not answered is delivered again later."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.result()

    def info(self) -> dict[str, Any]:
        """What getWebhookInfo answers."""
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
        free = asyncio.Semaphore(self._max_connections)
        limits = httpx.Limits(max_connections=self._max_connections)
        self._delivering.clear()
        # Not through a proxy of the environment: the bot is a neighbour.
        async with (
            httpx.AsyncClient(headers=headers, timeout=_ANSWER_TIMEOUT_S, limits=limits, trust_env=False) as client,
            asyncio.TaskGroup() as people,
        ):
            while True:
                for person_id in self._updates.people() - self._delivering:
                    self._delivering.add(person_id)
                    people.create_task(self._deliver_all(client, free, person_id))
                await self._updates.signal.wait()

    async def _deliver_all(self, client: httpx.AsyncClient, free: asyncio.Semaphore, person_id: int) -> None:
        retry_s = self._retry_s
        while (pending := self._updates.first_of(person_id)) is not None:
            async with free:
                error = await self._deliver(client, pending)
            if error is None:
                self._updates.done(pending)
                retry_s = self._retry_s
            else:
                self._last_error = (int(time.time()), error)
                await asyncio.sleep(retry_s)
                retry_s = min(2 * retry_s, _LONGEST_RETRY_S)
        self._delivering.discard(person_id)

    async def _deliver(self, client: httpx.AsyncClient, pending: Pending) -> str | None:
        """One attempt: what went wrong, in Telegram's words, or None."""
        try:
            response = await client.post(self.url, json=pending.update)
        except httpx.TimeoutException:
            return "Read timeout expired"
        except httpx.TransportError:
            return "Connection refused"
        if response.is_success:
            return None
        return f"Wrong response from the webhook: {response.status_code} {response.reason_phrase}"


def usable_secret(secret_token: str) -> bool:
    """Whether Telegram takes it: 1 to 256 characters of A-Z, a-z, 0-9, _ and -; or none at all."""
    return len(secret_token) <= 256 and all(one.isascii() and (one.isalnum() or one in "_-") for one in secret_token)


def usable_url(url: str) -> bool:
    """Whether it is an address to deliver to; like any Bot API server of one's own, this one takes http:// too."""
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return parsed.scheme in ("http", "https") and bool(parsed.host)


def known_kinds(kinds: Sequence[Any] | None) -> list[str] | None:
    """`allowed_updates` as Telegram reads it: names in lower case, anything else left out."""
    return None if kinds is None else [kind.lower() for kind in kinds if isinstance(kind, str)]
