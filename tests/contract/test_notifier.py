"""Change notifications over a real Redis and without Redis."""

import asyncio

import pytest

from storage.errors import Misconfigured
from storage.notifier import open_notifier
from storage.notifier.redis import RedisNotifier
from tests.redis_server import RedisServer

LONG_S = 60.0
"""Longer than any test takes: a wait that returns was notified."""


async def _notify_until_done(waiting: asyncio.Task[None], sender: RedisNotifier) -> None:
    """Notify until the waiting task has received a notification: it may not have subscribed yet."""
    while not waiting.done():
        await sender.notify()
        await asyncio.wait([waiting], timeout=0.05)
    await waiting


async def test_waiting_replicas_are_woken(redis_server: RedisServer) -> None:
    """Two replicas wait for a minute, a third one notifies, and both return at once. Old notifications do not count."""
    replicas = [RedisNotifier(redis_server.url, "ours") for _ in range(2)]
    sender = RedisNotifier(redis_server.url, "ours")
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
