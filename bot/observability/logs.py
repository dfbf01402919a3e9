"""Logs: one line per record, as JSON or text, without secrets and without anything that a person wrote.

- The bot token, the webhook's secret and passwords are removed from every record, of this program and of libraries.
- Arguments are removed from the records of libraries: python-telegram-bot logs whole updates and responses, aiosqlite
  logs rows, asyncio logs the exceptions of tasks.
- The message of an exception is shown only for types whose messages cannot quote a person; `KeyError('a title')` is
  shown as `KeyError`.
"""

import json
import logging
import re
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TextIO
from urllib.parse import quote, unquote

import httpx
from telegram import TelegramObject
from telegram.error import TelegramError

from storage.errors import StorageError
from storage.urls import redact

OURS = ("bot", "handlers", "recsys", "storage")
"""The packages of this program. Their records are logged from the configured level on, all others from WARNING on."""

TALKATIVE = ("aiosqlite", "alembic", "asyncio", "httpcore", "httpx", "pymilvus", "sqlalchemy", "telegram", "uvicorn")
"""Libraries whose level is WARNING at every level of the root logger: they log tokens, texts, ratings, or too much."""

_TOKEN = re.compile(r"\b\d{6,}(?::|%3A)[A-Za-z0-9_-]{20,}")
_QUOTED = re.compile(r'"[^"]*"')
_WITH_SAFE_MESSAGES = (
    StorageError,
    TelegramError,
    httpx.HTTPError,
    OSError,
    AttributeError,
    ImportError,
    NameError,
    RuntimeError,
    TypeError,
)
_STANDARD_ATTRIBUTES = frozenset(vars(logging.makeLogRecord({}))) | {
    "asctime",
    "message",
    "taskName",
    "color_message",
}


def configure(
    secrets: Iterable[str] = (),
    *,
    level: str = "INFO",
    stream: TextIO | None = None,
    readable: bool | None = None,
    number: int | None = None,
) -> None:
    """Configure the process's logging, and replace any earlier configuration.

    Args:
        secrets: texts to remove from every record.
        level: the minimum level of this program's own records.
        stream: where to write; standard error by default.
        readable: True for text, False for JSON; by default text if the stream is a terminal.
        number: which of several processes this is, for every record of this program; None if it is the only one.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    as_text = stream.isatty() if readable is None else readable
    handler.setFormatter((Readable if as_text else JsonLines)(Redactor(secrets)))
    if number is not None:
        handler.addFilter(_Number(number))
    root = logging.getLogger()
    for previous in list(root.handlers):
        root.removeHandler(previous)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.disable(logging.NOTSET)


class _Number(logging.Filter):
    """Adds the number of this process to every record."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self._number = number

    def filter(self, record: logging.LogRecord) -> bool:
        record.number = self._number
        return True


class Redactor:
    """Replaces secrets in a text by three stars: the given ones, bot tokens, and passwords in URLs."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {spelling for secret in secrets for spelling in (secret, unquote(secret), quote(secret, safe=""))}
        pattern = "|".join(re.escape(spelling) for spelling in sorted(spellings - {""}, key=len, reverse=True))
        self._secrets = re.compile(pattern) if pattern else None

    def __call__(self, text: str) -> str:
        """Return the text without secrets."""
        if self._secrets is not None:
            text = self._secrets.sub("***", text)
        return redact(_TOKEN.sub("***", text))


class JsonLines(logging.Formatter):
    """Formats a record as one JSON object: time, level, logger, message, the fields of `extra`, and the error."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as one line."""
        line = {"time": _time(record), "level": record.levelname, "logger": record.name, **_content(record)}
        # Secrets are removed before JSON escapes some of their characters.
        shown = {name: self._redactor(value) if isinstance(value, str) else value for name, value in line.items()}
        return json.dumps(shown, ensure_ascii=False)


class Readable(logging.Formatter):
    """Formats a record as one line of text, with an error on further lines."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as text."""
        content = _content(record)
        message, error = content.pop("message"), content.pop("error", "")
        values = "".join(f" {name}={value}" for name, value in content.items())
        text = f"{_time(record)} {record.levelname:<7} {record.name}: {message}{values}"
        return self._redactor(f"{text}\n{error}" if error else text)


def describe(error: BaseException) -> str:
    """Return an exception with its traceback and its causes, without anything that a person may have written."""
    return "\n".join(_description(error, set()))


def _description(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    yield _name_and_message(error)
    yield from (line.rstrip("\n") for line in traceback.format_tb(error.__traceback__))
    if isinstance(error, BaseExceptionGroup):
        for member in error.exceptions:
            yield from _description(member, seen)
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield "after:"
        yield from _description(cause, seen)


def _name_and_message(error: BaseException) -> str:
    error_type = type(error)
    name = error_type.__qualname__
    if error_type.__module__ != "builtins":
        name = f"{error_type.__module__}.{name}"
    if not isinstance(error, _WITH_SAFE_MESSAGES) or not str(error):
        return name
    # Telegram quotes texts that it cannot parse.
    message = _QUOTED.sub('"…"', str(error)) if isinstance(error, TelegramError) else str(error)
    return f"{name}: {message}"


def _content(record: logging.LogRecord) -> dict[str, Any]:
    is_ours = record.name.partition(".")[0] in OURS
    content: dict[str, Any] = {"message": _message(record, is_ours=is_ours)}
    if is_ours:
        extra = {name: value for name, value in vars(record).items() if name not in _STANDARD_ATTRIBUTES}
        content |= {name: _shown(value) for name, value in extra.items()}
    if record.exc_info and record.exc_info[1] is not None:
        content["error"] = describe(record.exc_info[1])
    return content


def _message(record: logging.LogRecord, *, is_ours: bool) -> str:
    template = str(_shown(record.msg))
    if not is_ours:
        template = template.partition("\n")[0]
    show = _shown if is_ours else _shown_of_library
    args: Any = record.args
    if isinstance(args, Mapping):
        args = {name: show(value) for name, value in args.items()}
    elif args:
        args = tuple(map(show, args))
    else:
        return template
    try:
        return str(template % args)
    except (KeyError, TypeError, ValueError):
        return template


def _shown(value: object) -> Any:
    if isinstance(value, TelegramObject):
        return f"<{type(value).__name__}>"
    if isinstance(value, BaseException):
        return _name_and_message(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _shown_of_library(value: object) -> Any:
    return value if isinstance(value, int | float) else "…"


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
