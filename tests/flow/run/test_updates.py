"""Updates of a running bot, by polling and by webhook: ordered, handled once, and redelivered until then."""

import asyncio
from datetime import UTC, datetime

import httpx
import pytest
from telegram import Update

from bot.local_bot_api import TelegramServer
from bot.settings import Settings
from bot.updates.claims import MAX_SILENCE
from bot.updates.flood import MAX_PENDING
from bot.updates.ordering import MAX_RUNNING
from bot.updates.polling import LIMIT
from handlers.context import Context
from handlers.texts import notices
from storage.errors import Unavailable
from storage.sql import Database, People, Updates
from tests.flow.bots import SECRET
from tests.flow.run.helpers import OpenBot, counted, echo, echo_after, text_of

NOT_LOST = "Nothing was lost"


async def test_one_person_is_answered_in_order_and_delays_nobody(
    server: TelegramServer, open_bot: OpenBot, either: Settings
) -> None:
    """While Ann's first message is in progress, Bob is answered; then Ann's messages follow in order."""
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


@pytest.mark.slow
async def test_chats_that_telegram_limits_delay_nobody(
    server: TelegramServer, open_bot: OpenBot, either: Settings
) -> None:
    """While as many updates as may run wait for chats in a 429, Bob is answered."""
    limited = [server.person(number) for number in range(1, MAX_RUNNING + 1)]
    for person in limited:
        server.faults.fail_next("sendMessage", retry_after=25, chat_id=person.id)
    bob = server.person(MAX_RUNNING + 1, "Bob")
    async with open_bot(either, echo):
        for person in limited:
            await person.send("first")
        await server.called("sendMessage", MAX_RUNNING)
        await bob.send("bob")
        assert (await bob.next_message()).text == "bob"
        assert not any(message.from_bot for person in limited for message in person.messages)


async def test_a_limited_chat_gets_its_answers_in_order(
    server: TelegramServer, open_bot: OpenBot, either: Settings
) -> None:
    """The answer that has to wait comes before the answer to a later message."""
    server.faults.fail_next("sendMessage", retry_after=1, chat_id=1)
    ann = server.person(1)
    async with open_bot(either, echo):
        await ann.send("first")
        await server.called("sendMessage")
        await ann.send("second")
        assert [(await ann.next_message()).text for _ in range(2)] == ["first", "second"]


@pytest.mark.slow
async def test_callback_queries_that_telegram_limits_delay_nobody(
    server: TelegramServer, open_bot: OpenBot, either: Settings
) -> None:
    """The answer to a tap names no chat: while as many of them wait as updates may run, Bob is answered."""

    async def handle(update: Update, context: Context) -> None:
        if update.callback_query is None:
            await echo(update, context)
        else:
            await update.callback_query.answer("toast")

    tapping = [server.person(number) for number in range(1, MAX_RUNNING + 1)]
    bob = server.person(MAX_RUNNING + 1, "Bob")
    server.faults.fail_next("answerCallbackQuery", MAX_RUNNING, retry_after=25)
    async with open_bot(either, handle):
        for person in tapping:
            await person.press_crafted(1, "tap")
        await server.called("answerCallbackQuery", MAX_RUNNING)
        await bob.send("bob")
        assert (await bob.next_message()).text == "bob"
        assert not any(call.ok for call in server.calls_of("answerCallbackQuery"))


async def test_a_flood_by_polling_is_cut_and_delays_nobody(
    server: TelegramServer, open_bot: OpenBot, polling: Settings
) -> None:
    """Of 200 messages 10 are kept, one notice is sent, and Bob, who wrote last, is answered first.

    While the 10 wait, all 200 are confirmed, so that polls do not return them again.
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
    """Of 60 concurrent requests 10 are handled; the others get a 200 at once and are not redelivered."""
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
        assert (await client.post(url, json=unreadable, headers=headers)).text == "dropped\n", (
            "it is dropped before it is parsed"
        )
        await bob.send("bob")
        assert (await bob.next_message()).text == "bob"
        gate.set()
        outcomes = [response.text.strip() for response in await asyncio.gather(*posts)]
    assert (outcomes.count("handled"), outcomes.count("dropped")) == (MAX_PENDING, 60 - MAX_PENDING)
    assert sorted(handled) == handled


async def test_a_repeated_update_has_no_second_effect(
    server: TelegramServer, open_bot: OpenBot, either: Settings
) -> None:
    """An update that Telegram redelivers, to this or to another process, is confirmed and answered once."""
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
    # A delivery over a webhook whose answer is slow is repeated by itself too.
    assert counted("repeated") - repeated >= 2


async def test_a_malformed_update_blocks_no_other(server: TelegramServer, open_bot: OpenBot, either: Settings) -> None:
    """A poll without its options is confirmed, and the messages around it are answered."""
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


async def test_a_refused_update_is_redelivered_and_has_one_effect(
    server: TelegramServer, open_bot: OpenBot, either: Settings
) -> None:
    """A handler that raises Unavailable gets the update again, and the person's later updates wait for it."""
    attempts: list[str] = []

    async def handle(update: Update, context: Context) -> None:
        attempts.append(text_of(update))
        if len(attempts) == 1:
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
    assert attempts == ["first", "first", "second"]
    assert counted("refused") > refused


async def test_while_the_database_is_down_nothing_is_lost_and_one_apology_is_sent(
    server: TelegramServer, open_bot: OpenBot, either: Settings, database: Database, database_url: str
) -> None:
    """The update is retried until the database answers, and then handled."""

    async def handle(update: Update, context: Context) -> None:
        async with Database(database_url, timeout_s=0.5) as opened:
            await People(opened).update(1, notify=True)
        await echo(update, context)

    refused = counted("refused")
    ann = server.person(1)
    async with open_bot(either, handle, database_timeout_s=0.5):
        async with database.writing():  # Another connection locks the file.
            await ann.send("hello")
            assert NOT_LOST in (await ann.next_message()).text
        assert (await ann.next_message()).text == "hello"
        await server.delivered()
    assert counted("refused") > refused
    assert len([message for message in ann.messages if message.from_bot]) == 2


async def test_an_update_that_a_killed_bot_had_claimed_is_handled(
    server: TelegramServer, open_bot: OpenBot, polling: Settings, database: Database
) -> None:
    """Telegram still has it, and the database has it as claimed but not done: the next start answers it once."""
    ann = server.person(1)
    await ann.send("hello")
    updates, now = Updates(database), datetime.now(UTC)
    await updates.record_heartbeat("another replica", "the killed bot", now)
    await updates.claim(server.updates[0]["update_id"], "the killed bot", now, MAX_SILENCE)
    async with open_bot(polling, echo):
        assert (await ann.next_message()).text == "hello"
        server.redeliver(server.updates[0]["update_id"])
        await ann.send("again")
        assert (await ann.next_message()).text == "again"
    assert [message.text for message in ann.messages if message.from_bot] == ["hello", "again"]


async def test_an_update_behind_which_a_window_is_handled_is_not_confirmed(
    server: TelegramServer, open_bot: OpenBot, polling: Settings
) -> None:
    """One is in progress while all others of a full poll are handled. Telegram keeps it until it is handled, too."""
    gate = asyncio.Event()
    ann = server.person(1)
    await ann.send("slow")
    others = [server.person(number) for number in range(10, 10 + LIMIT - 1)]
    for other in others:
        await other.send("quick")
    async with open_bot(polling, echo_after(gate)):
        for other in others:
            await other.next_message()
        await server.called("getUpdates", len(server.calls_of("getUpdates")) + 5)
        slow_id = server.updates[0]["update_id"]
        assert {int(call.parameters["offset"]) for call in server.calls_of("getUpdates")} <= {0, slow_id}
        gate.set()
        assert (await ann.next_message()).text == "slow"
        await server.delivered()
