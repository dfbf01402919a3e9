"""Which replica is the first to do something, also while SQL does not answer: `open_deduplication`, with `redis`."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

IsFirst = Callable[[str], Awaitable[bool]]
"""Takes a key, and returns whether no replica has called it with this key within a day. It never raises. Replicas that
cannot reach each other each are the first: something is done twice and not never."""


@asynccontextmanager
async def open_deduplication(metadata_url: str, installation: str = "") -> AsyncIterator[IsFirst]:
    """Open an `IsFirst` over the Redis of a METADATA_URL. Without Redis, every call is the first.

    Args:
        metadata_url: the METADATA_URL.
        installation: the name of the installation, as `storage.sql.installation_name` returns it.

    Raises:
        Misconfigured: the URL cannot be used.
    """
    if not metadata_url.startswith("redis"):
        yield always_first
        return
    # The Redis client takes a while to import, and a bot without Redis does not need it.
    from storage.deduplication.redis import RedisDeduplication

    deduplication = RedisDeduplication(metadata_url, installation)
    try:
        yield deduplication.is_first
    finally:
        await deduplication.close()


async def always_first(_: str) -> bool:
    """Be the `IsFirst` of a replica that reaches no other."""
    return True
