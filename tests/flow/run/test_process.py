"""Start and shutdown of the bot, and its retries while Telegram does not answer or limits its rate."""

import asyncio
import os
import signal
import socket

import httpx
import pytest
from telegram import Update
from telegram.error import BadRequest, NetworkError, RetryAfter, TelegramError

from bot.application import connect, introduce, slow_down
from bot.health import Readiness
from bot.local_bot_api import TelegramServer
from bot.process.run import Process, stop_at_signals
from bot.settings import Settings
from handlers.context import Context
from storage.errors import Misconfigured
from storage.sql import Database, Updates
from tests.flow.run.helpers import OpenBot, echo, echo_after, text_of


async def test_it_sets_the_commands_and_subscribes_to_updates(
    server: TelegramServer, open_bot: OpenBot, polling: Settings, webhook: Settings
) -> None:
    """Reactions are among the updates, and a bot that polls deletes its webhook."""
    ann = server.person(1)
    async with open_bot(webhook, echo):
        await server.called("setWebhook")
        await server.called("setMyCommands")
        assert "recommend" in [command["command"] for command in ann.commands]
    # The webhook stays: another replica may serve it, and Telegram keeps the updates until the next start.
    assert server.calls_of("deleteWebhook") == []
    async with open_bot(polling, echo):
        await server.arrived("getUpdates")
    assert len(server.calls_of("deleteWebhook")) == 1
    requested = [server.calls_of(method)[0].parameters["allowed_updates"] for method in ("setWebhook", "getUpdates")]
    assert requested[0] == requested[1]
    assert {"message", "callback_query", "message_reaction", "my_chat_member"} <= set(requested[0])


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_finishes_the_updates_in_progress_and_leaves_the_rest(
    server: TelegramServer, open_bot: OpenBot, either: Settings, sent: signal.Signals
) -> None:
    """The update in progress is answered; Telegram keeps a later one for the next start."""
    begun, gate = asyncio.Event(), asyncio.Event()

    async def handle(update: Update, context: Context) -> None:
        if text_of(update) == "slow":
            begun.set()
            await gate.wait()
        await echo(update, context)

    ann, bob = server.person(1), server.person(2, "Bob")
    with stop_at_signals() as stop:
        async with open_bot(either, handle, stop) as process:
            await ann.send("slow")
            await begun.wait()
            os.kill(os.getpid(), sent)
            while (await process.readiness()).missing != ("stopping",):  # noqa: ASYNC110 - a few iterations of the loop.
                await asyncio.sleep(0)
            await bob.send("late")
            gate.set()
    assert [message.text for message in ann.messages if message.from_bot] == ["slow"]
    assert [message.text for message in bob.messages if message.from_bot] == []
    async with open_bot(either, handle):
        assert (await bob.next_message()).text == "late"
        await server.delivered()
    assert [message.text for message in ann.messages if message.from_bot] == ["slow"]


async def test_a_poll_confirms_no_update_in_progress(
    server: TelegramServer, open_bot: OpenBot, polling: Settings
) -> None:
    """Ann's update is in progress while Bob's three are handled: Telegram still has all four."""
    gate = asyncio.Event()
    ann, bob = server.person(1), server.person(2, "Bob")
    async with open_bot(polling, echo_after(gate)):
        await ann.send("slow")
        first = server.updates[0]["update_id"]
        for number in range(3):
            await bob.send(str(number))
            assert (await bob.next_message()).text == str(number)
        offsets = [int(call.parameters.get("offset", 0)) for call in server.calls_of("getUpdates")]
        assert max(offsets) <= first
        gate.set()
        await server.delivered()
        assert (await ann.next_message()).text == "slow"


async def test_it_waits_while_telegram_is_down_at_the_start(
    server: TelegramServer, open_bot: OpenBot, either: Settings
) -> None:
    """It is live but not ready, and answers people as soon as Telegram is back."""
    await server.stop()
    async with open_bot(either, echo), httpx.AsyncClient(base_url=f"http://{either.listen}", trust_env=False) as site:
        while 'error="NetworkError",method="getMe"' not in (await _get(site, "/metrics")).text:
            pass
        assert (await site.get("/live")).status_code == 200
        ready = await site.get("/ready")
        assert ready.status_code == 503
        assert ready.text.startswith("missing: Telegram ")
        await server.start()
        ann = server.person(1)
        await ann.send("hello")
        assert (await ann.next_message(30)).text == "hello"
        assert (await site.get("/ready")).status_code == 200


async def test_a_poll_that_fails_is_made_again(server: TelegramServer, open_bot: OpenBot, polling: Settings) -> None:
    """A gateway error and a rate limit are retried, and readiness names the error."""
    server.faults.fail_next("getUpdates", code=502)
    server.faults.fail_next("getUpdates", retry_after=1)
    async with open_bot(polling, echo) as process:
        await server.called("getUpdates", 2)
        assert (await process.readiness()).missing == ("Telegram gives no updates: NetworkError",)
        ann = server.person(1)
        await ann.send("hello")
        assert (await ann.next_message(30)).text == "hello"
        assert (await process.readiness()).missing == ()
    polls = server.calls_of("getUpdates")
    assert polls[2].at - polls[1].at >= 1


async def test_a_rate_limit_delays_calls_to_that_chat_only(
    server: TelegramServer, open_bot: OpenBot, either: Settings
) -> None:
    """Ann's answer comes when the time is over, and Bob's comes before."""
    server.faults.fail_next("sendMessage", retry_after=1)
    ann, bob = server.person(1), server.person(2, "Bob")
    async with open_bot(either, echo):
        await ann.send("ann")
        await server.called("sendMessage")
        await bob.send("bob")
        assert (await bob.next_message()).text == "bob"
        assert (await ann.next_message()).text == "ann"
    calls = server.calls_of("sendMessage")
    assert [call.chat_id for call in calls] == [1, 2, 1]
    assert calls[2].at - calls[0].at >= 1


async def test_only_idempotent_calls_are_retried(server: TelegramServer, polling: Settings) -> None:
    """After a lost response a message is not sent again but an edit is; a rate limit of an hour is an error."""
    await server.person(1).send("hello")
    application = connect(polling, Context, slow_down)
    async with application:
        bot = application.bot
        message = await bot.send_message(1, "one")
        server.faults.fail_next("editMessageText", code=502)
        await message.edit_text("two")
        server.faults.fail_next("sendMessage", code=502)
        with pytest.raises(NetworkError):
            await bot.send_message(1, "three")
        server.faults.fail_next("sendMessage", retry_after=3600)
        with pytest.raises(RetryAfter):
            await bot.send_message(1, "four")
        with pytest.raises(RetryAfter) as again:
            await bot.send_message(1, "five")
    assert 3500 < again.value.retry_after.total_seconds() <= 3600
    assert len(server.calls_of("editMessageText")) == 2
    assert [call.parameters["text"] for call in server.calls_of("sendMessage")] == ["one", "three", "four"]


NO_MESSAGES = (
    "null",
    "17",
    '"sent"',
    "[]",
    "{}",
    '{"message_id": 1}',
    '{"message_id": 1, "date": 1, "chat": {"id": 1}}',
    '{"message_id": 1, "date": 1, "chat": null}',
    '{"message_id": "1", "date": 1, "chat": {"id": 1, "type": "private"}}',
    '{"message_id": 1, "date": "1", "chat": {"id": 1, "type": "private"}}',
    '{"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "photo": [{}]}',
    '{"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "reply_markup": "keys"}',
)
"""Results that are no message of the Bot API."""


@pytest.mark.parametrize(
    "body",
    [
        *(None, b"", b"[]", b'"ok"', b'{"ok":true}', b'{"ok":false,"parameters":1}'),
        *(b'{"ok": true, "result": %s}' % result.encode() for result in NO_MESSAGES),
    ],
)
async def test_a_damaged_response_counts_as_lost(server: TelegramServer, polling: Settings, body: bytes | None) -> None:
    """The call may have had its effect: the menu is set again, but the message, which did arrive, is not repeated."""
    ann = server.person(1)
    await ann.send("hello")
    application = connect(polling, Context, slow_down)
    async with application:
        server.faults.damage_next("setMyCommands", body)
        await application.bot.set_my_commands([("help", "what I can do")])
        server.faults.damage_next("sendMessage", body)
        with pytest.raises(NetworkError) as raised:
            await application.bot.send_message(1, "a private message")
    assert type(raised.value) is NetworkError
    assert "private" not in str(raised.value)
    assert len(server.calls_of("setMyCommands")) == 2
    assert [message.text for message in ann.messages] == ["hello", "a private message"]


async def test_true_is_no_message_that_was_sent(server: TelegramServer, polling: Settings) -> None:
    """Telegram returns it for edits only. A message that was edited has been edited whatever the response."""
    await server.person(1).send("hello")
    application = connect(polling, Context, slow_down)
    async with application:
        message = await application.bot.send_message(1, "one")
        server.faults.damage_next("editMessageText", b'{"ok": true, "result": true}')
        assert await message.edit_text("two")
        server.faults.damage_next("sendMessage", b'{"ok": true, "result": true}')
        with pytest.raises(NetworkError):
            await application.bot.send_message(1, "three")


@pytest.mark.parametrize(
    "result", ["null", '"me"', "{}", '{"id": 1}', '{"id": "1", "is_bot": true, "first_name": "R"}']
)
async def test_a_start_outlives_results_of_the_wrong_shape(
    server: TelegramServer, open_bot: OpenBot, either: Settings, result: str
) -> None:
    """The bot asks again who it is, sets its webhook again, and sets its menus again; then it works."""
    methods = ("getMe", "deleteWebhook" if either.webhook_url is None else "setWebhook", "setMyCommands")
    for method in methods:
        server.faults.damage_next(method, b'{"ok": true, "result": %s}' % result.encode())
    ann = server.person(7)
    async with open_bot(either, echo):
        await ann.send("hello")
        assert (await ann.next_message(30)).text == "hello"
        await server.called("setMyCommands", 2)
    assert all(len(server.calls_of(method)) >= 2 for method in methods)


@pytest.mark.parametrize(
    ("code", "error"), [(400, BadRequest), (403, NetworkError), (413, NetworkError), (500, NetworkError)]
)
@pytest.mark.parametrize(
    "body", [b"<html>a private message</html>", b'{"ok":false,"description":"a private mess', b"[1]"]
)
async def test_an_error_that_is_not_of_the_bot_api(
    server: TelegramServer, polling: Settings, code: int, error: type[TelegramError], body: bytes
) -> None:
    """The error does not quote the response, and a proxy's 403 does not mean that the person has blocked the bot."""
    await server.person(1).send("hello")
    application = connect(polling, Context, slow_down)
    async with application:
        server.faults.fail_next("sendMessage", code=code)
        server.faults.damage_next("sendMessage", body)
        with pytest.raises(TelegramError) as raised:
            await application.bot.send_message(1, "a private message")
    assert type(raised.value) is error
    assert "private" not in str(raised.value)


async def test_a_wrong_token_is_an_error_of_one_line(polling: Settings, database: Database) -> None:
    """The message does not contain the token."""
    wrong = Settings(**{**polling.model_dump(), "bot_token": "123456:AAAAAAAAAAAAAAAAAAAAAAAA"})
    with pytest.raises(Misconfigured, match=r"^BOT_TOKEN: Telegram does not know this token") as raised:
        await _process(wrong, database).run(asyncio.Event())
    assert "AAAA" not in str(raised.value)


async def test_a_taken_port_stops_a_webhook_but_not_a_poll(
    server: TelegramServer, open_bot: OpenBot, polling: Settings, webhook: Settings, database: Database
) -> None:
    """A webhook needs the port; a bot that polls loses only /live, /ready and /metrics."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(Misconfigured, match=f"^LISTEN: cannot listen on {listen}"):
            await _process(Settings(**{**webhook.model_dump(), "listen": listen}), database).run(asyncio.Event())
        ann = server.person(1)
        async with open_bot(Settings(**{**polling.model_dump(), "listen": listen}), echo):
            await ann.send("hello")
            assert (await ann.next_message()).text == "hello"


def _process(settings: Settings, database: Database) -> Process:
    async def ready() -> Readiness:
        return Readiness()

    application = connect(settings, Context, slow_down)
    return Process(application, settings, Updates(database), check_services=ready, introduce=introduce)


async def _get(site: httpx.AsyncClient, path: str) -> httpx.Response:
    while True:
        try:
            return await site.get(path)
        except httpx.ConnectError:  # The server does not listen yet.
            await asyncio.sleep(0.01)
