"""The log of a running bot contains no secrets and nothing that a person wrote, at any level."""

import json
import logging
from collections.abc import Iterator
from io import StringIO

import pytest
from telegram import Update

from bot.local_bot_api import TelegramServer
from bot.observability import logs
from bot.settings import Settings
from handlers.context import Context
from tests.flow.run.helpers import OpenBot, echo, text_of

NAME, TEXT = "Annabel", "a very private message"


@pytest.fixture
def log(either: Settings) -> Iterator[StringIO]:
    """Return the log at level DEBUG of everything; restore the logging configuration afterwards."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*logs.OURS, *logs.TALKATIVE)}
    stream = StringIO()
    logs.configure(either.secrets(), level="DEBUG", stream=stream, readable=False)
    root.setLevel(logging.DEBUG)
    yield stream
    root.handlers[:], root.level = before
    root.setLevel(before[1])
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


async def test_neither_token_nor_texts_nor_names_are_logged(
    server: TelegramServer, open_bot: OpenBot, either: Settings, log: StringIO
) -> None:
    """Libraries at DEBUG, errors of handlers, error responses of Telegram, and retries while it is down are covered."""

    async def handle(update: Update, context: Context) -> None:
        if text_of(update).startswith("/"):
            raise KeyError(update, text_of(update), NAME)
        await echo(update, context)

    ann = server.person(1, NAME)
    async with open_bot(either, handle):
        await ann.send(TEXT)
        await ann.next_message()
        await ann.send(f"/start {TEXT}")
        await ann.next_message()
        server.faults.fail_next("sendMessage", code=400, description=f'Bad Request: can\'t parse "{TEXT}"')
        await ann.send(TEXT)
        await ann.next_message()
        await server.delivered()
        await server.stop()
        logging.getLogger("telegram.ext.Application").critical("cannot read %s of %d", {"text": TEXT}, 7)
        logging.getLogger("asyncio").error("a task failed\nfuture: <Task exception=KeyError('%s')>", TEXT)
        logging.getLogger("bot.somewhere").debug("calling %s with %s", server.base_url, list(either.secrets()))
        await server.start()
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    assert {"running", "stopped", "cannot read … of 7", "a task failed"} <= {line["message"] for line in lines}
    assert f"calling {server.base_url} with ['***'" in log.getvalue()
    (failed,) = [line for line in lines if "KeyError" in line.get("error", "")]
    assert "in handle" in failed["error"]
    for forbidden in (*either.secrets(), server.token.partition(":")[2], TEXT, NAME):
        assert forbidden not in log.getvalue()
