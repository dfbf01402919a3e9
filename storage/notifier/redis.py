"""`ChangeNotifier` over a Redis channel, with a deadline for every call."""

import asyncio
import logging

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from storage.errors import Misconfigured
from storage.urls import one_line, redact

_CHANNEL = "reelmate:notifier"
_TIMEOUT_S = 0.5
_HEALTH_CHECK_S = 15

_logger = logging.getLogger(__name__)


class RedisNotifier:
    """`ChangeNotifier` over a Redis channel.

    Raises:
        Misconfigured: the URL cannot be used.
    """

    def __init__(self, url: str) -> None:
        self._shown_url = redact(url)
        self._subscription: PubSub | None = None
        self._is_unavailable = False
        try:
            self._redis = Redis.from_url(
                url,
                socket_timeout=_TIMEOUT_S,
                socket_connect_timeout=_TIMEOUT_S,
                health_check_interval=_HEALTH_CHECK_S,
                retry=Retry(NoBackoff(), 1),
            )
        except ValueError as error:
            raise Misconfigured(f"METADATA_URL {self._shown_url} is not a Redis URL: {one_line(error)}") from None

    async def notify(self) -> None:
        """See `ChangeNotifier.notify`."""
        try:
            await self._redis.publish(_CHANNEL, "")
        except (RedisError, OSError) as error:
            _logger.warning("%s is unavailable, replicas were not notified: %s", self._shown_url, one_line(error))

    async def wait(self, timeout_s: float) -> None:
        """See `ChangeNotifier.wait`. Without Redis it waits for `timeout_s`, and the next call subscribes again."""
        ends_at = asyncio.get_running_loop().time() + timeout_s
        try:
            await self._receive(ends_at)
        except (RedisError, OSError) as error:
            if not self._is_unavailable:
                _logger.warning("%s is unavailable, no change notifications: %s", self._shown_url, one_line(error))
            self._is_unavailable = True
            await self._unsubscribe()
            await asyncio.sleep(max(0.0, ends_at - asyncio.get_running_loop().time()))
            return
        if self._is_unavailable:
            _logger.info("%s is available again", self._shown_url)
        self._is_unavailable = False

    async def close(self) -> None:
        """See `ChangeNotifier.close`."""
        await self._unsubscribe()
        await self._redis.aclose()

    async def _receive(self, ends_at: float) -> None:
        """Wait for the next message, but not longer than until `ends_at`, a time of the event loop's clock."""
        if self._subscription is None:
            subscription = self._redis.pubsub(ignore_subscribe_messages=True)
            self._subscription = subscription
            await subscription.subscribe(_CHANNEL)
        while (remaining_s := ends_at - asyncio.get_running_loop().time()) > 0:
            if await self._subscription.get_message(timeout=remaining_s) is not None:
                return

    async def _unsubscribe(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            await subscription.aclose()  # type: ignore[no-untyped-call]  # not annotated in redis-py
