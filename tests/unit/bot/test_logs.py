"""The format of log lines, and what they never contain."""

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

    def format_record(message: object, *args: object, name: str = "bot.process.run", **more: object) -> str:
        record = logging.getLogger(name).makeRecord(name, logging.INFO, "f.py", 1, message, args, None, extra=more)
        return formatter.format(record)

    return format_record


def test_a_record_is_one_json_object(line: Callable[..., str]) -> None:
    """It has time, level, logger, message, and the fields of `extra`."""
    parsed = json.loads(line("handled %d of\n%s", 3, "ann", kind="message"))
    assert datetime.fromisoformat(parsed.pop("time")).tzinfo is not None
    assert parsed == {"level": "INFO", "logger": "bot.process.run", "message": "handled 3 of\nann", "kind": "message"}


def test_a_terminal_gets_text_with_the_error_below() -> None:
    """The fields of `extra` follow the message."""
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
    """The message, its arguments and the fields of `extra` are redacted."""
    for formatted in (line(text), line("%s", text), line("hello", url=text)):
        assert "***" in formatted
        assert not any(secret in formatted for secret in ("AAE-local", "AAAA", "hunter2", PASSWORD, "pa%2Fss"))


def test_records_of_libraries_keep_the_template_and_numbers_only(line: Callable[..., str]) -> None:
    """Libraries log texts of people and whole responses."""
    parsed = json.loads(line("Processing %s of %d\nfuture: Alien", "Alien", 5, name="telegram.ext", text="Alien"))
    assert parsed["message"] == "Processing … of 5"
    assert "Alien" not in json.dumps(parsed)


def test_telegram_objects_are_logged_by_their_class(line: Callable[..., str]) -> None:
    """An update that is logged by mistake shows no message."""
    message = Message(1, datetime.now().astimezone(), Chat(1, "private"), text="Alien")
    parsed = json.loads(line("got %s", Update(1, message=message)))
    assert parsed["message"] == "got <Update>"


def test_an_error_has_its_traceback_and_nothing_that_a_person_may_have_written() -> None:
    """Messages are shown for types that cannot quote a person; the chain of causes is included."""
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
