"""Change notifications over a real Redis and without Redis."""

import asyncio

import pytest

from storage.errors import Misconfigured
from storage.notifier import open_notifier
from storage.notifier.redis import RedisNotifier
from tests.servers.redis_groups import RedisClusterServers, RedisSentinelServers
from tests.servers.redis_server import RedisServer

LONG_S = 60.0
"""Longer than any test takes: a wait that returns was notified."""


async def _until_notified(notifier: RedisNotifier) -> None:
    """Wait again and again, as bots do, until a wait ends early."""
    clock = asyncio.get_running_loop().time
    while True:
        begun_at = clock()
        await notifier.wait(1.0)
        if clock() - begun_at < 1.0:
            return


async def _notify_until_done(waiting: asyncio.Task[None], sender: RedisNotifier) -> None:
    """Notify until the waiting task has received a notification: it may not have subscribed yet."""
    while not waiting.done():
        await sender.notify()
        await asyncio.wait([waiting], timeout=0.05)
    await waiting


@pytest.mark.parametrize("servers", ["redis_server", "redis_cluster", "redis_sentinel"])
async def test_waiting_replicas_are_woken(servers: str, request: pytest.FixtureRequest) -> None:
    """Two replicas wait for a minute, a third one notifies, and both return at once. Old notifications do not count."""
    url = request.getfixturevalue(servers).url
    replicas = [RedisNotifier(url, "ours") for _ in range(2)]
    sender = RedisNotifier(url, "ours")
    for _ in range(2):
        for replica in replicas:
            await _notify_until_done(asyncio.create_task(replica.wait(LONG_S)), sender)
    for notifier in (*replicas, sender):
        await notifier.close()
        await notifier.close()


async def test_notifications_resume_after_an_outage(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """While Redis is down, waits time out, notifying does not raise, and one warning is logged. Then it works again."""
    replica, sender = RedisNotifier(redis_server.url, "ours"), RedisNotifier(redis_server.url, "ours")
    await _notify_until_done(asyncio.create_task(replica.wait(LONG_S)), sender)
    redis_server.stop()
    for _ in range(3):
        await replica.wait(0.01)
    await sender.notify()
    assert sum("no change notifications" in record.message for record in caplog.records) == 1
    redis_server.start()
    await _notify_until_done(asyncio.create_task(replica.wait(LONG_S)), sender)
    await replica.close()
    await sender.close()


async def test_notifications_resume_after_an_outage_of_a_cluster(own_cluster: RedisClusterServers) -> None:
    """The nodes are found again, and a subscription is made at one of them."""
    replica, sender = RedisNotifier(own_cluster.url, "ours"), RedisNotifier(own_cluster.url, "ours")
    await _notify_until_done(asyncio.create_task(replica.wait(LONG_S)), sender)
    own_cluster.stop()
    await replica.wait(0.01)
    await sender.notify()
    for node in own_cluster.nodes:
        node.start()
    own_cluster.wait()
    await _notify_until_done(asyncio.create_task(replica.wait(LONG_S)), sender)
    await replica.close()
    await sender.close()


async def test_notifications_resume_at_the_next_primary(own_sentinel: RedisSentinelServers) -> None:
    """The replica that is promoted gets the subscription, and what is published."""
    replica, sender = RedisNotifier(own_sentinel.url, "ours"), RedisNotifier(own_sentinel.url, "ours")
    await _notify_until_done(asyncio.create_task(replica.wait(LONG_S)), sender)
    own_sentinel.primary.stop()
    waiting = asyncio.create_task(_until_notified(replica))
    await _notify_until_done(waiting, sender)
    await replica.close()
    await sender.close()


async def test_a_hanging_redis_delays_calls_by_their_deadlines_only(redis_server: RedisServer) -> None:
    """Neither notifying nor waiting takes longer than its deadline."""
    replica, sender = RedisNotifier(redis_server.url, "ours"), RedisNotifier(redis_server.url, "ours")
    await replica.wait(0.01)
    redis_server.freeze()
    async with asyncio.timeout(10):
        await sender.notify()
        await replica.wait(0.01)
    await replica.close()
    await sender.close()


async def test_without_redis_the_own_process_is_notified() -> None:
    """A current wait and the next wait return at once; the wait after that waits again."""
    notifier = open_notifier("sql")
    waiting = asyncio.create_task(notifier.wait(LONG_S))
    await asyncio.sleep(0)
    await notifier.notify()
    await waiting
    await notifier.notify()
    await notifier.wait(LONG_S)
    await notifier.wait(0)
    await notifier.close()


def test_a_wrong_url_names_its_setting() -> None:
    """The message does not contain the password of the URL."""
    with pytest.raises(Misconfigured, match="METADATA_URL") as raised:
        open_notifier("redis://:secretword@host:port")
    assert "secretword" not in str(raised.value)
