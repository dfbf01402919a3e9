"""`IsFirst` over Redis, with a deadline for every call."""

from storage.redis_client import ERRORS, close, connect

_KEY = "reelmate:{}:first:{}"
_KEPT_S = 24 * 3600


class RedisDeduplication:
    """Sets a key in Redis, unless another replica has.

    Args:
        url: with a scheme of Redis of `storage.metadata.SCHEMES`.
        installation: keeps the keys of several installations in one Redis apart.

    Raises:
        Misconfigured: the URL cannot be used.
    """

    def __init__(self, url: str, installation: str) -> None:
        self._installation = installation
        self._redis = connect(url)

    async def is_first(self, key: str) -> bool:
        """See `IsFirst`."""
        try:
            return bool(await self._redis.set(_KEY.format(self._installation, key), "", nx=True, ex=_KEPT_S))
        except ERRORS:
            return True

    async def close(self) -> None:
        """Release connections. Safe to repeat."""
        await close(self._redis)
