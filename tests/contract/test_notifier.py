"""Telling replicas at once, over a real Redis and without one."""

import asyncio

import pytest

from storage.errors import Misconfigured
from storage.notifier import open_notifier
from storage.notifier.redis import RedisNotifier
from tests.redis_server import RedisServer

LONG_S = 60.0
"""Longer than any test takes: whoever returns was told."""


async def _told(waiting: asyncio.Task[None], teller: RedisNotifier) -> None:
    """Tell until the waiting one has heard: it may not have subscribed yet."""
    while not waiting.done():
        await teller.notify()
        await asyncio.wait([waiting], timeout=0.05)
    await waiting


async def test_who_waits_is_woken(redis_server: RedisServer) -> None:
    """Two replicas wait for a minute, a third one tells, and both go on at once; what was told before wakes nobody."""
    replicas = [RedisNotifier(redis_server.url) for _ in range(2)]
    teller = RedisNotifier(redis_server.url)
    for _ in range(2):
        for replica in replicas:
            await _told(asyncio.create_task(replica.wait(LONG_S)), teller)
    for one in (*replicas, teller):
        await one.close()
        await one.close()


async def test_a_redis_that_was_away_is_heard_again(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """While it is down waiting takes its time and telling does no harm, which is said once; back, it wakes people."""
    replica, teller = RedisNotifier(redis_server.url), RedisNotifier(redis_server.url)
    await _told(asyncio.create_task(replica.wait(LONG_S)), teller)
    redis_server.stop()
    for _ in range(3):
        await replica.wait(0.01)
    await teller.notify()
    assert sum("no change notifications" in record.message for record in caplog.records) == 1
    redis_server.start()
    await _told(asyncio.create_task(replica.wait(LONG_S)), teller)
    await replica.close()
    await teller.close()


async def test_a_redis_that_answers_nothing_keeps_nobody(redis_server: RedisServer) -> None:
    """One that hangs holds up neither who tells nor who waits for longer than their deadlines."""
    replica, teller = RedisNotifier(redis_server.url), RedisNotifier(redis_server.url)
    await replica.wait(0.01)
    redis_server.freeze()
    async with asyncio.timeout(10):
        await teller.notify()
        await replica.wait(0.01)
    await replica.close()
    await teller.close()


async def test_without_redis_the_own_process_is_told() -> None:
    """Whoever waits, or waits afterwards, goes on at once, and the next time waits again."""
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
    """Without the password that may be in it."""
    with pytest.raises(Misconfigured, match="METADATA_URL") as raised:
        open_notifier("redis://:secretword@host:port")
    assert "secretword" not in str(raised.value)
