"""What a polling bot does with updates and responses that are malformed, and with update ids that jump back."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from telegram import Update

from bot.local_bot_api import TelegramServer
from bot.settings import Settings
from bot.updates.polling import LIMIT
from handlers.context import Context
from storage.sql import Database, Housekeeping
from tests.flow.run.helpers import OpenBot, echo, echo_after, text_of

PRIVATE = "a text that no log may hold"


def _message(**more: Any) -> dict[str, Any]:
    ann = {"id": 1, "is_bot": False, "first_name": "Ann"}
    chat = {"id": 1, "type": "private", "first_name": "Ann"}
    return {"message_id": 1, "date": 0, "chat": chat, "from": ann, "text": PRIVATE, **more}


def _nested(depth: int) -> list[Any]:
    content: list[Any] = []
    for _ in range(depth):
        content = [content]
    return content


@pytest.mark.parametrize(
    "content",
    [
        None,
        PRIVATE,
        7,
        1.5,
        True,
        [PRIVATE],
        _nested(300),
        {},
        {"message": _message()},
        *({"update_id": update_id, "message": _message()} for update_id in ("7", "", 1.5, 100_000_002.0, True, None)),
        *({"update_id": update_id, "message": _message()} for update_id in ([7], {}, -7, 2**53, 2**63, 10**400)),
    ],
    ids=lambda content: repr(content)[:32],
)
async def test_what_is_no_update_is_logged_once_and_skipped(
    server: TelegramServer,
    open_bot: OpenBot,
    polling: Settings,
    caplog: pytest.LogCaptureFixture,
    content: object,
) -> None:
    """It is confirmed before, between and after updates, while others are in progress, and the updates are answered."""
    gate = asyncio.Event()
    ann, bob = server.person(1), server.person(2, "Bob")
    await bob.send("slow")
    server.send_malformed(content)
    await ann.send("before")
    server.send_malformed(content)
    async with open_bot(polling, echo_after(gate)):
        assert (await ann.next_message()).text == "before"
        # Each poll returns all four again, because the first is in progress.
        await server.called("getUpdates", len(server.calls_of("getUpdates")) + 2)
        gate.set()
        await server.delivered()
        server.send_malformed(content)
        await server.delivered()
        await ann.send("after")
        assert (await ann.next_message()).text == "after"
        assert (await bob.next_message()).text == "slow"
        await server.delivered()
    logged = [record for record in caplog.records if record.message.startswith("malformed update")]
    assert [record.levelno for record in logged] == [logging.ERROR] * 3
    assert PRIVATE not in caplog.text


@pytest.mark.parametrize(
    "payload",
    [
        {"message": 5},
        {"message": []},
        {"message": {}},
        {"message": _message(chat=PRIVATE)},
        *(
            {"message": _message(**{"from": {"id": person_id, "is_bot": False, "first_name": "Ann"}})}
            for person_id in ("1", None, 1.5, True, [1], {}, 2**53, 2**63)
        ),
        {"message": _message(chat={"id": [1], "type": "private"})},
        {"callback_query": {"id": "1", "from": {"id": {}, "is_bot": False, "first_name": "A"}, "chat_instance": "1"}},
    ],
    ids=lambda payload: repr(payload)[:32],
)
async def test_a_malformed_update_is_logged_once_and_skipped(
    server: TelegramServer, open_bot: OpenBot, polling: Settings, caplog: pytest.LogCaptureFixture, payload: Any
) -> None:
    """An update whose content or person makes no sense is confirmed, and the other updates are answered."""
    gate = asyncio.Event()
    ann, bob = server.person(1), server.person(2, "Bob")
    await bob.send("slow")
    server.send_malformed({"update_id": server.updates[0]["update_id"] + 1, **payload})
    await ann.send("after")
    async with open_bot(polling, echo_after(gate)):
        assert (await ann.next_message()).text == "after"
        await server.called("getUpdates", len(server.calls_of("getUpdates")) + 2)
        gate.set()
        await server.delivered()
        assert (await bob.next_message()).text == "slow"
    logged = [record for record in caplog.records if record.message.startswith("malformed update")]
    assert [vars(record)["update_id"] for record in logged] == [server.updates[0]["update_id"] + 1]
    assert PRIVATE not in caplog.text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>" + PRIVATE.encode(),
        b"\xff",
        b"[" * 100_000,
        b"null",
        b"7",
        b"[]",
        b"{}",
        json.dumps(PRIVATE).encode(),
        *(
            json.dumps({"ok": True, "result": result}).encode()
            for result in (None, PRIVATE, 7, True, {}, {PRIVATE: PRIVATE})
        ),
        b'{"ok": true, "result": [{"update_id": 1, "message": {"text": "' + PRIVATE.encode(),
    ],
    ids=lambda body: repr(body)[:32],
)
async def test_a_response_without_a_list_of_updates_is_retried(
    server: TelegramServer, open_bot: OpenBot, polling: Settings, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    """It is logged once, readiness names it, and nothing is lost."""
    ann = server.person(1)
    await ann.send("hello")
    server.faults.damage_next("getUpdates", body)
    async with open_bot(polling, echo) as process:
        await server.called("getUpdates")
        while (await process.readiness()).missing != ("Telegram gives no updates: NetworkError",):  # noqa: ASYNC110 - a few iterations of the loop.
            await asyncio.sleep(0)
        assert (await ann.next_message(30)).text == "hello"
        assert (await process.readiness()).missing == ()
        await server.delivered()
    logged = [record for record in caplog.records if record.name == "bot.updates.polling" and record.levelno > 20]
    assert [record.message for record in logged] == ["Telegram delivers no updates; retrying"]
    assert PRIVATE not in caplog.text


@pytest.mark.parametrize("pause", ['"soon"', "[1]", "-1", "1.5", "true", "1e999", "1" + "0" * 20])
async def test_an_odd_pause_is_not_waited_for(
    server: TelegramServer, open_bot: OpenBot, polling: Settings, pause: str
) -> None:
    """A 429 whose pause is no number of seconds, or ages, is retried as any other error."""
    ann = server.person(1)
    await ann.send("hello")
    server.faults.fail_next("getUpdates", retry_after=1)
    server.faults.damage_next("getUpdates", b'{"ok": false, "parameters": {"retry_after": %s}}' % pause.encode())
    async with open_bot(polling, echo):
        assert (await ann.next_message(30)).text == "hello"


async def test_ids_that_jump_back_after_a_full_window(
    server: TelegramServer, open_bot: OpenBot, polling: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a window of ids around one that was in progress, Telegram draws lower ids: each is answered once."""
    monkeypatch.setattr("bot.updates.polling.HOLD_S", 0.1)
    gate = asyncio.Event()
    handled: list[str] = []

    async def handle(update: Update, context: Context) -> None:
        if text_of(update) == "slow":
            await gate.wait()
        handled.append(text_of(update))
        await echo(update, context)

    ann, bob = server.person(1), server.person(2, "Bob")
    server.draw_update_ids(2000)
    await ann.send("slow")
    others = [server.person(number) for number in range(10, 10 + LIMIT)]
    for other in others:
        await other.send("full")
    async with open_bot(polling, handle):
        # The last one is beyond the first window.
        assert (await others[-1].next_message()).text == "full"
        gate.set()
        assert (await ann.next_message()).text == "slow"
        await server.delivered()
        # The ids in SQL are deleted after two days. The ids that come now end within the first window.
        await Housekeeping(database).clean(polling.retention, datetime.now(UTC) + timedelta(days=3))
        server.draw_update_ids(2000 - LIMIT)
        for number in range(LIMIT + 20):
            await bob.send(f"bob {number}")
            assert (await bob.next_message()).text == f"bob {number}"
        await server.delivered()
        await ann.send("still there")
        assert (await ann.next_message()).text == "still there"
        await server.delivered()
    assert len(handled) == len(set(handled)) + LIMIT - 1


async def test_ids_that_jump_back_while_an_update_is_in_progress(
    server: TelegramServer, open_bot: OpenBot, polling: Settings
) -> None:
    """The update in progress is answered, those with lower ids too, and Telegram has none of them left."""
    gate = asyncio.Event()
    ann, bob = server.person(1), server.person(2, "Bob")
    async with open_bot(polling, echo_after(gate)):
        await ann.send("slow")
        await bob.send("before")
        assert (await bob.next_message()).text == "before"
        server.draw_update_ids(1)
        for number in range(3):
            await bob.send(str(number))
            assert (await bob.next_message()).text == str(number)
        await server.delivered()
        gate.set()
        assert (await ann.next_message()).text == "slow"
        await bob.send("after")
        assert (await bob.next_message()).text == "after"
        await server.delivered()
