"""Updates that another process has claimed: by webhook they wait while it lives, and are taken over when it is dead."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select
from telegram import Update

from bot.local_bot_api import TelegramServer
from bot.local_bot_api.signals import Signal
from bot.settings import Settings
from bot.updates.claims import MAX_SILENCE, replica_name
from handlers.context import Context
from handlers.texts import notices
from recsys.data.dataset import Dataset
from recsys.models.towers import Towers
from storage.errors import Unavailable
from storage.sql import Database, Updates
from storage.sql.models import HeartbeatRow
from tests.flow.balancer import Balancer
from tests.flow.bots import SECRET, free_address, prepare, with_webhook
from tests.flow.run.helpers import OpenBot, echo
from tests.programs import PATIENCE_S, Program
from tests.servers.redis_server import RedisServer

TIMEOUT_S = 60.0
ALWAYS = datetime.now(UTC) + timedelta(days=1)
"""A process with a heartbeat at this time does not fall silent during the tests."""


async def test_an_update_of_a_silent_replica_is_taken_over(
    server: TelegramServer, open_bot: OpenBot, webhook: Settings, database: Database
) -> None:
    """While the other replica has heartbeats, Telegram is asked to deliver the update again after a second."""
    updates, ann = Updates(database), server.person(1)
    await ann.send("hello")
    await updates.record_heartbeat("another replica", "its process", ALWAYS)
    await updates.claim(server.updates[0]["update_id"], "its process", ALWAYS, MAX_SILENCE)
    async with open_bot(webhook, echo), httpx.AsyncClient(trust_env=False) as client:
        await server.called("setWebhook")
        answer = await client.post(
            f"http://{webhook.listen}/telegram",
            json=server.updates[0],
            headers={"X-Telegram-Bot-Api-Secret-Token": SECRET},
        )
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        await updates.record_heartbeat("another replica", "its process", datetime.now(UTC) - MAX_SILENCE)
        assert (await ann.next_message()).text == "hello"
        await server.delivered()
    assert [message.text for message in ann.messages if message.from_bot] == ["hello"]


async def test_a_replica_that_starts_again_takes_its_updates_over_at_once(
    server: TelegramServer, open_bot: OpenBot, webhook: Settings, database: Database
) -> None:
    """The killed process of the replica has fresh heartbeats, but only one process can listen at its address."""
    updates, ann = Updates(database), server.person(1)
    await ann.send("hello")
    await updates.record_heartbeat(replica_name(webhook.listen_address), "the killed process", ALWAYS)
    await updates.claim(server.updates[0]["update_id"], "the killed process", ALWAYS, MAX_SILENCE)
    async with open_bot(webhook, echo):
        assert (await ann.next_message()).text == "hello"
        await server.delivered()
    assert [message.text for message in ann.messages if message.from_bot] == ["hello"]


async def test_an_update_that_another_replica_has_handled_after_a_refusal_is_done(
    server: TelegramServer, open_bot: OpenBot, webhook: Settings, database: Database
) -> None:
    """One replica refuses it while the database is away. The other one handles it, and its answer is lost."""
    ann = server.person(1)
    with server.holding() as held:
        await ann.send("hello")
        update = json.dumps(held.pop()).encode()
    addresses = [webhook.listen, free_address()]
    other = Settings(**{**webhook.model_dump(), "listen": addresses[1]})
    async with (
        Balancer.open(addresses) as replicas,
        open_bot(webhook, echo, database_timeout_s=0.5),
        open_bot(other, echo, database_timeout_s=0.5),
    ):
        await server.called("setWebhook", times=2)
        async with database.writing():  # Another connection locks the file.
            outcomes = [(await replicas.post(addresses[0], update, SECRET)).text]
        outcomes += [(await replicas.post(address, update, SECRET)).text for address in reversed(addresses)]
    assert outcomes == ["refused\n", "handled\n", "repeated\n"]
    assert [message.text for message in ann.messages if message.text == "hello" and message.from_bot] == ["hello"]


async def test_an_update_that_a_replica_has_refused_is_handled_by_another_one(
    server: TelegramServer, open_bot: OpenBot, webhook: Settings
) -> None:
    """A replica that claimed it, and could not handle it, gives it up and lives on."""

    async def fail(_: Update, __: Context) -> None:
        raise Unavailable("the database is not there")

    ann = server.person(1)
    with server.holding() as held:
        await ann.send("hello")
        update = json.dumps(held.pop()).encode()
    other = Settings(**{**webhook.model_dump(), "listen": free_address()})
    async with (
        Balancer.open([webhook.listen, other.listen]) as replicas,
        open_bot(webhook, fail),
        open_bot(other, echo),
        asyncio.timeout(PATIENCE_S),
    ):
        await server.called("setWebhook", times=2)
        assert (await replicas.post(webhook.listen, update, SECRET)).text == "refused\n"
        while (outcome := (await replicas.post(other.listen, update, SECRET)).text) == "refused\n":
            pass
    assert outcome == "handled\n"
    assert (await ann.wait_for(lambda message: message.text == "hello")).from_bot


async def test_replicas_that_share_a_redis_apologise_once(
    server: TelegramServer, open_bot: OpenBot, webhook: Settings, database: Database, redis_server: RedisServer
) -> None:
    """While the database is away, each replica refuses the update. When it is back, the person gets the answer."""
    ann = server.person(1)
    first = Settings(**{**webhook.model_dump(), "metadata_url": redis_server.url})
    second = Settings(**{**first.model_dump(), "listen": free_address()})
    async with (
        Balancer.open([first.listen, second.listen]) as replicas,
        open_bot(first, echo, database_timeout_s=0.5),
        open_bot(second, echo, database_timeout_s=0.5),
    ):
        await server.called("setWebhook", times=2)
        with server.holding() as held:
            await ann.send("hello")
            update = json.dumps(held.pop()).encode()
        async with database.writing():  # Another connection locks the file.
            outcomes = [(await replicas.post(address, update, SECRET)).text for address in replicas.passed]
        outcomes += [(await replicas.post(address, update, SECRET)).text for address in replicas.passed]
    assert outcomes == ["refused\n", "refused\n", "handled\n", "repeated\n"]
    assert [message.text for message in ann.messages if message.from_bot] == [notices.OUT_OF_REACH(), "hello"]


async def test_a_process_that_stops_releases_its_updates(
    server: TelegramServer, open_bot: OpenBot, either: Settings, database: Database
) -> None:
    """Its heartbeat exists before it receives updates, and is gone when it has stopped."""

    async def owners() -> list[str | None]:
        return await database.read(lambda connection: list(connection.execute(select(HeartbeatRow.owner)).scalars()))

    async with open_bot(either, echo):
        await server.called("getMe")
        assert len(await owners()) == 1
    assert await owners() == []


@pytest.mark.slow
async def test_a_person_in_hand_is_answered_after_a_kill(
    server: TelegramServer, polling: Settings, towers: Towers, board: Dataset
) -> None:
    """After kill -9 by webhook, the restarted bot answers the update that it was handling."""
    settings = with_webhook(polling)
    await prepare(settings, towers, board.movies)
    program = Program(
        settings.reelmate_home,
        Signal(),
        "run",
        {
            "VECTORS_URL": "memory://",
            "BOT_TOKEN": settings.token,
            "BOT_API_URL": settings.telegram_api,
            "LISTEN": settings.listen,
            "WEBHOOK_URL": f"http://{settings.listen}/telegram",
            "WEBHOOK_SECRET": SECRET,
        },
    )
    ann = server.person(1)
    server.faults.delay_next("sendMessage", TIMEOUT_S)
    await program.start()
    try:
        await program.wait_for_log("running", PATIENCE_S)
        await ann.send("/start")
        await server.arrived("sendMessage")
        await program.kill()
        await program.start()
        await program.wait_for_log("running", PATIENCE_S)
        assert await ann.next_message(TIMEOUT_S)
        await server.delivered(TIMEOUT_S)
        assert await program.stop() == 0
    finally:
        await program.kill()
