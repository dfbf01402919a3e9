"""`ChangeNotifier` over a Redis channel, with a deadline for every call."""

import asyncio
import logging

from redis.asyncio.client import PubSub
from redis.asyncio.cluster import RedisCluster

from storage.redis_client import ERRORS, close, connect, reason
from storage.urls import redact

_CHANNEL = "reelmate:{}:notifier"
_HEALTH_CHECK_S = 15

_logger = logging.getLogger(__name__)


class RedisNotifier:
    """`ChangeNotifier` over a Redis channel.

    Args:
        url: with a scheme of Redis of `storage.metadata.SCHEMES`.
        installation: keeps the channels of several installations in one Redis apart.

    Raises:
        Misconfigured: the URL cannot be used.
    """

    def __init__(self, url: str, installation: str) -> None:
        self._shown_url = redact(url)
        self._channel = _CHANNEL.format(installation)
        self._subscription: PubSub | None = None
        self._is_unavailable = False
        self._redis = connect(url, health_check_interval=_HEALTH_CHECK_S)

    async def notify(self) -> None:
        """See `ChangeNotifier.notify`."""
        try:
            await self._redis.publish(self._channel, "")
        except ERRORS as error:
            _logger.warning("%s is unavailable, replicas were not notified: %s", self._shown_url, reason(error))

    async def wait(self, timeout_s: float) -> None:
        """See `ChangeNotifier.wait`. Without Redis it waits for `timeout_s`, and the next call subscribes again."""
        ends_at = asyncio.get_running_loop().time() + timeout_s
        try:
            await self._receive(ends_at)
        except ERRORS as error:
            if not self._is_unavailable:
                _logger.warning("%s is unavailable, no change notifications: %s", self._shown_url, reason(error))
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
        await close(self._redis)

    async def _receive(self, ends_at: float) -> None:
        """Wait for the next message, but not longer than until `ends_at`, a time of the event loop's clock."""
        if self._subscription is None:
            if isinstance(self._redis, RedisCluster):
                # A subscription does not look up the nodes by itself. Each node gets what is published at another.
                await self._redis.initialize()
            subscription = self._redis.pubsub(ignore_subscribe_messages=True)
            self._subscription = subscription
            await subscription.subscribe(self._channel)
        while (remaining_s := ends_at - asyncio.get_running_loop().time()) > 0:
            if await self._subscription.get_message(timeout=remaining_s) is not None:
                return

    async def _unsubscribe(self) -> None:
        subscription, self._subscription = self._subscription, None
        if subscription is not None:
            await subscription.aclose()  # type: ignore[no-untyped-call]  # not annotated in redis-py
