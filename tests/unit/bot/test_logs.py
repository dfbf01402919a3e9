"""What a log line looks like, and what can never be in one."""

import json
import logging
from collections.abc import Callable
from datetime import datetime

import pytest
from telegram import Chat, Message, Update
from telegram.error import BadRequest

from bot.observability.logs import JsonLines, Readable, Redactor, describe
from storage.errors import Unavailable

TOKEN = "123456789:AAE-local_bot_api_server"
PASSWORD = "pa/ss word"


@pytest.fixture
def line() -> Callable[..., str]:
    """Formats one record as JSON."""
    formatter = JsonLines(Redactor([TOKEN, PASSWORD]))

    def format_one(message: object, *args: object, name: str = "bot.process.run", **more: object) -> str:
        record = logging.getLogger(name).makeRecord(name, logging.INFO, "f.py", 1, message, args, None, extra=more)
        return formatter.format(record)

    return format_one


def test_a_record_is_one_json_object(line: Callable[..., str]) -> None:
    """Time, level, logger, message, and what the caller adds."""
    found = json.loads(line("handled %d of\n%s", 3, "ann", kind="message"))
    assert datetime.fromisoformat(found.pop("time")).tzinfo is not None
    assert found == {"level": "INFO", "logger": "bot.process.run", "message": "handled 3 of\nann", "kind": "message"}


def test_a_terminal_gets_a_line_and_the_error_below() -> None:
    """Easy to read while one tries things out."""
    record = logging.makeLogRecord(
        {"name": "bot.process.run", "levelname": "WARNING", "msg": "no updates", "again_in_s": 2}
    )
    record.exc_info = (Unavailable, Unavailable("Milvus is down"), None)
    text = Readable(Redactor()).format(record)
    assert (
        text.partition(" ")[2]
        == "WARNING bot.process.run: no updates again_in_s=2\nstorage.errors.Unavailable: Milvus is down"
    )


@pytest.mark.parametrize(
    "text",
    [
        f"GET https://api.telegram.org/bot{TOKEN}/getMe",
        f"the token `{TOKEN}` was rejected",
        "GET https://api.telegram.org/bot123456789%3AAAE-local_bot_api_server/getMe",
        "another bot's 987654321:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "mysql://me:hunter2@host/db refused",
        f"login with {PASSWORD}",
        "login with pa%2Fss%20word",
    ],
)
def test_secrets_are_replaced_wherever_they_stand(line: Callable[..., str], text: str) -> None:
    """In the message, in its arguments, and in what is added."""
    for found in (line(text), line("%s", text), line("hello", url=text)):
        assert "***" in found
        assert not any(one in found for one in ("AAE-local", "AAAA", "hunter2", PASSWORD, "pa%2Fss"))


def test_of_other_peoples_records_only_template_and_numbers_are_kept(line: Callable[..., str]) -> None:
    """Libraries put texts of people into theirs, and whole responses."""
    found = json.loads(line("Processing %s of %d\nfuture: Alien", "Alien", 5, name="telegram.ext", text="Alien"))
    assert found["message"] == "Processing … of 5"
    assert "Alien" not in json.dumps(found)


def test_telegram_objects_are_named_only(line: Callable[..., str]) -> None:
    """Whoever logs an update by mistake logs no message."""
    message = Message(1, datetime.now().astimezone(), Chat(1, "private"), text="Alien")
    found = json.loads(line("got %s", Update(1, message=message)))
    assert found["message"] == "got <Update>"


def test_an_error_says_where_it_came_from_and_nothing_that_a_person_may_have_written() -> None:
    """Messages are shown where they cannot quote anybody; the chain of causes is followed."""
    title = "Alien"

    def search(title: str) -> None:
        try:
            int(title)
        except ValueError as error:
            raise Unavailable("the index is down") from error

    with pytest.raises(Unavailable) as raised:
        search(title)
    text = describe(raised.value)
    assert text.startswith("storage.errors.Unavailable: the index is down\n")
    assert "in search" in text
    assert "\nafter:\nValueError\n" in text
    assert title not in text
    assert describe(BadRequest('Can\'t find end of "Alien"')) == 'telegram.error.BadRequest: Can\'t find end of "…"'
    assert describe(ExceptionGroup("Alien", [KeyError("Alien")])).splitlines() == ["ExceptionGroup", "KeyError"]
