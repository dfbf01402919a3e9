"""The first of several calls, over a real Redis and without Redis."""

from contextlib import AsyncExitStack

from storage.deduplication import open_deduplication
from tests.servers.redis_server import RedisServer


async def test_one_replica_is_the_first(redis_server: RedisServer) -> None:
    """A key is first once over two replicas. Another key and another installation are first on their own."""
    async with AsyncExitStack() as stack:
        one, two, others = [
            await stack.enter_async_context(open_deduplication(redis_server.url, name))
            for name in ("ours", "ours", "others")
        ]
        assert [await is_first("a") for is_first in (two, one, two, others)] == [True, False, False, True]
        assert await one("b")


async def test_without_redis_every_call_is_the_first(redis_server: RedisServer) -> None:
    """Nothing is left undone because nobody knows whether it was done."""
    async with open_deduplication("sql") as without, open_deduplication(redis_server.url) as is_first:
        assert await is_first("a")
        redis_server.stop()
        assert [await without("a"), await without("a"), await is_first("a")] == [True] * 3
