"""The running bot takes updates in, by polling and by webhook: in order, once, and until they could be handled."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
from telegram import Update

from bot.local_bot_api import TelegramServer
from bot.settings import Settings
from bot.updates.ordering import MAX_PENDING
from handlers.context import Context
from handlers.texts import notices
from storage.errors import Unavailable
from storage.sql import Database, Updates
from tests.flow.bots import SECRET
from tests.flow.run.helpers import OpenBot, counted, echo, text_of

NOT_LOST = "Nothing was lost"


async def test_one_person_is_answered_in_order_and_keeps_nobody_waiting(
    server: TelegramServer, open_bot: OpenBot, either: Settings
) -> None:
    """While Ann's first message is still being handled, Bob is answered; then Ann's follow as she wrote them."""
    gate = asyncio.Event()
    handled: list[str] = []

    async def handle(update: Update, context: Context) -> None:
        if text_of(update) == "0":
            await gate.wait()
        handled.append(text_of(update))
        await echo(update, context)

    ann, bob = server.person(1), server.person(2, "Bob")
    async with open_bot(either, handle):
        for number in range(6):
            await ann.send(str(number))
        await bob.send("bob")
        assert (await bob.next_message()).text == "bob"
        assert handled == ["bob"]
        gate.set()
        assert [(await ann.next_message()).text for _ in range(6)] == ["0", "1", "2", "3", "4", "5"]
    assert handled == ["bob", "0", "1", "2", "3", "4", "5"]


async def test_a_flood_by_polling_is_cut_and_delays_nobody(
    server: TelegramServer, open_bot: OpenBot, polling: Settings
) -> None:
    """Of 200 messages 10 are kept, one notice is sent, and Bob, who wrote after all of them, is answered first.

    While the 10 wait, Telegram has nothing left of the 200 that every poll would bring again.
    """
    gate, all_handled = asyncio.Event(), asyncio.Event()
    handled = []

    async def handle(update: Update, context: Context) -> None:
        if text_of(update) != "bob":
            await gate.wait()
            handled.append(int(text_of(update)))
            if len(handled) == MAX_PENDING:
                all_handled.set()
            return
        await echo(update, context)

    dropped = counted("dropped")
    ann, bob = server.person(1), server.person(2, "Bob")
    for number in range(200):
        await ann.send(str(number))
    await bob.send("bob")
    async with open_bot(polling, handle):
        assert (await bob.next_message()).text == "bob"
        assert handled == []
        assert (await ann.next_message()).text == notices.SLOW_DOWN()
        await server.delivered()
        gate.set()
        await all_handled.wait()
    assert handled == list(range(MAX_PENDING))
    assert counted("dropped") - dropped == 190
    assert len(server.calls_of("sendMessage")) == 2


async def test_a_flood_by_webhook_is_cut_and_delays_nobody(
    server: TelegramServer, open_bot: OpenBot, webhook: Settings
) -> None:
    """60 requests at once about one person: 10 are handled, the others answered at once so that they do not return."""
    gate = asyncio.Event()
    handled = []

    async def handle(update: Update, context: Context) -> None:
        if text_of(update) == "bob":
            await echo(update, context)
            return
        await gate.wait()
        handled.append(update.update_id)

    ann, bob = server.person(1), server.person(2, "Bob")
    with server.holding() as held:
        message = (await ann.send("hello")).raw
        held.clear()
    url, headers = f"http://{webhook.listen}/telegram", {"X-Telegram-Bot-Api-Secret-Token": SECRET}
    async with open_bot(webhook, handle), httpx.AsyncClient(trust_env=False, timeout=20) as client:
        await server.called("setWebhook")
        updates = [{"update_id": number, "message": message} for number in range(60)]
        posts = [asyncio.create_task(client.post(url, json=update, headers=headers)) for update in updates]
        assert (await ann.next_message()).text == notices.SLOW_DOWN()
        unreadable = {"update_id": 60, "message": {"from": message["from"]}}
        assert (await client.post(url, json=unreadable, headers=headers)).text == "dropped\n", "nobody reads it"
        await bob.send("bob")
        assert (await bob.next_message()).text == "bob"
        gate.set()
        said = [response.text.strip() for response in await asyncio.gather(*posts)]
    assert (said.count("handled"), said.count("dropped")) == (MAX_PENDING, 60 - MAX_PENDING)
    assert sorted(handled) == handled


async def test_a_repeated_update_has_no_second_effect(
    server: TelegramServer, open_bot: OpenBot, either: Settings
) -> None:
    """Telegram may send an update again, to another process too: it is answered well, and nobody hears of it."""
    repeated = counted("repeated")
    ann = server.person(1)
    for _ in range(2):
        async with open_bot(either, echo):
            await ann.send("hello")
            await ann.next_message()
            await server.delivered()
            server.redeliver(server.updates[0]["update_id"])
            await ann.send("done")
            await ann.wait_for(lambda message: message.text == "done")
            await server.delivered()
    assert [message.text for message in ann.messages if message.from_bot] == ["hello", "done", "hello", "done"]
    assert counted("repeated") - repeated == 2


async def test_an_update_that_nobody_can_read_keeps_nothing_out(
    server: TelegramServer, open_bot: OpenBot, either: Settings
) -> None:
    """Some Telegram sends a poll without its options: the messages around it are answered, and it is gone."""
    ann = server.person(1)
    await ann.send("before")
    await ann.send_other(poll={"id": "1"})
    await ann.send("after")
    async with open_bot(either, echo):
        assert [(await ann.next_message()).text for _ in range(2)] == ["before", "after"]
        await ann.send_other(poll={"id": "2"})
        await server.delivered()
        await ann.send("still there")
        assert (await ann.next_message()).text == "still there"


async def test_what_could_not_be_handled_comes_again_and_has_one_effect(
    server: TelegramServer, open_bot: OpenBot, either: Settings
) -> None:
    """A handler that fails because something is out of reach gets the update again; later ones wait for it."""
    tries: list[str] = []

    async def handle(update: Update, context: Context) -> None:
        tries.append(text_of(update))
        if len(tries) == 1:
            raise Unavailable("the database is not there")
        await echo(update, context)

    refused = counted("refused")
    ann = server.person(1)
    async with open_bot(either, handle):
        await ann.send("first")
        assert NOT_LOST in (await ann.next_message()).text
        await ann.send("second")
        assert (await ann.next_message()).text == "first"
        assert (await ann.next_message()).text == "second"
        await server.delivered()
    assert tries == ["first", "first", "second"]
    assert counted("refused") > refused


async def test_while_the_database_is_out_of_reach_nothing_is_lost_and_one_apology_sent(
    server: TelegramServer, open_bot: OpenBot, either: Settings, database: Database
) -> None:
    """The update is tried again until the database answers, and then handled as if it had come just now."""
    refused = counted("refused")
    ann = server.person(1)
    async with open_bot(either, echo, database_timeout_s=0.5):
        async with database.writing():  # The same file, locked by somebody else.
            await ann.send("hello")
            assert NOT_LOST in (await ann.next_message()).text
        assert (await ann.next_message()).text == "hello"
        await server.delivered()
    assert counted("refused") > refused
    assert len([message for message in ann.messages if message.from_bot]) == 2


async def test_an_update_that_a_killed_bot_had_begun_with_is_handled(
    server: TelegramServer, open_bot: OpenBot, polling: Settings, database: Database
) -> None:
    """Telegram has it still, and the database knows it as begun and not as done: the next start answers it, once."""
    ann = server.person(1)
    await ann.send("hello")
    await Updates(database).claim(server.updates[0]["update_id"], datetime.now(UTC), timedelta(minutes=1))
    async with open_bot(polling, echo):
        assert (await ann.next_message()).text == "hello"
        server.redeliver(server.updates[0]["update_id"])
        await ann.send("again")
        assert (await ann.next_message()).text == "again"
    assert [message.text for message in ann.messages if message.from_bot] == ["hello", "again"]
