"""Logs: one line a record, as JSON or readable, without secrets and without anything that a person wrote.

- every text that goes out loses the bot token, the webhook's secret and passwords, whoever logged it
- records of other people's libraries lose what was put into them: python-telegram-bot logs whole updates and answers,
  aiosqlite logs rows, asyncio logs the exceptions of tasks
- of an exception only those messages are shown which cannot quote a person; `KeyError('a title')` is a `KeyError`
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
"""The packages whose records are written from INFO or DEBUG on; everybody else's from WARNING on."""

TALKATIVE = ("aiosqlite", "alembic", "asyncio", "httpcore", "httpx", "pymilvus", "sqlalchemy", "telegram", "uvicorn")
"""Libraries that would log tokens, texts or ratings, or just a lot, if the root logger were turned up."""

_TOKEN = re.compile(r"\b\d{6,}(?::|%3A)[A-Za-z0-9_-]{20,}")
_QUOTED = re.compile(r'"[^"]*"')
_SPEAKING = (
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
_ALWAYS_THERE = frozenset(vars(logging.makeLogRecord({}))) | {"asctime", "message", "taskName", "color_message"}


def configure(
    secrets: Iterable[str] = (), *, level: str = "INFO", stream: TextIO | None = None, readable: bool | None = None
) -> None:
    """Let all of the process's logging go through here, instead of whatever was set up before.

    Args:
        secrets: what must not be shown.
        level: from which level on our own records are written.
        stream: where to; standard error unless given.
        readable: for a terminal instead of JSON; by itself only where the stream is one.
    """
    stream = stream or sys.stderr
    handler = logging.StreamHandler(stream)
    as_text = stream.isatty() if readable is None else readable
    handler.setFormatter((Readable if as_text else JsonLines)(Redactor(secrets)))
    root = logging.getLogger()
    for other in list(root.handlers):
        root.removeHandler(other)
    root.addHandler(handler)
    root.setLevel(logging.WARNING)
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in OURS:
        logging.getLogger(name).setLevel(level)
    logging.disable(logging.NOTSET)


class Redactor:
    """Replaces every secret in a text by three stars: those it was told, bot tokens, and passwords in URLs."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {spelling for one in secrets for spelling in (one, unquote(one), quote(one, safe=""))}
        known = "|".join(re.escape(one) for one in sorted(spellings - {""}, key=len, reverse=True))
        self._known = re.compile(known) if known else None

    def __call__(self, text: str) -> str:
        """The text as it may be shown."""
        if self._known is not None:
            text = self._known.sub("***", text)
        return redact(_TOKEN.sub("***", text))


class JsonLines(logging.Formatter):
    """One JSON object a record: time, level, logger, message, what `extra` says, and the error."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line = {"time": _time(record), "level": record.levelname, "logger": record.name, **_content(record)}
        # Secrets go before JSON escapes what they are made of.
        shown = {name: self._redactor(value) if isinstance(value, str) else value for name, value in line.items()}
        return json.dumps(shown, ensure_ascii=False)


class Readable(logging.Formatter):
    """One line a record, and further ones for an error."""

    def __init__(self, redactor: Redactor) -> None:
        super().__init__()
        self._redactor = redactor

    def format(self, record: logging.LogRecord) -> str:
        """The lines."""
        content = _content(record)
        message, error = content.pop("message"), content.pop("error", "")
        values = "".join(f" {name}={value}" for name, value in content.items())
        text = f"{_time(record)} {record.levelname:<7} {record.name}: {message}{values}"
        return self._redactor(f"{text}\n{error}" if error else text)


def describe(error: BaseException) -> str:
    """An exception with where it came from and what led to it, without what a person may have written."""
    return "\n".join(_described(error, set()))


def _described(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    yield _named(error)
    yield from (line.rstrip("\n") for line in traceback.format_tb(error.__traceback__))
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _described(one, seen)
    before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if before is not None and id(before) not in seen:
        yield "after:"
        yield from _described(before, seen)


def _named(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    if not isinstance(error, _SPEAKING) or not str(error):
        return name
    # Telegram quotes what it could not read.
    said = _QUOTED.sub('"…"', str(error)) if isinstance(error, TelegramError) else str(error)
    return f"{name}: {said}"


def _content(record: logging.LogRecord) -> dict[str, Any]:
    ours = record.name.partition(".")[0] in OURS
    content: dict[str, Any] = {"message": _message(record, ours)}
    if ours:
        extra = {name: value for name, value in vars(record).items() if name not in _ALWAYS_THERE}
        content |= {name: _shown(value) for name, value in extra.items()}
    if record.exc_info and record.exc_info[1] is not None:
        content["error"] = describe(record.exc_info[1])
    return content


def _message(record: logging.LogRecord, ours: bool) -> str:
    template = str(_shown(record.msg))
    if not ours:
        template = template.partition("\n")[0]
    show = _shown if ours else _shown_of_others
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
        return _named(value)
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _shown_of_others(value: object) -> Any:
    return value if isinstance(value, int | float) else "…"


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
