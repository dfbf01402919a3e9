"""What the tests of the running bot share."""

from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any

from prometheus_client import REGISTRY
from telegram import Update

from bot.process.run import Process
from handlers.context import Context

Handle = Callable[[Update, Context], Coroutine[Any, Any, None]]
OpenBot = Callable[..., AbstractAsyncContextManager[Process]]


def text_of(update: Update) -> str:
    """The text of an update that is a message."""
    assert update.message is not None
    assert update.message.text is not None
    return update.message.text


async def echo(update: Update, _: Context) -> None:
    """Answer a message with its own text."""
    assert update.message is not None
    await update.message.reply_text(text_of(update))


def counted(outcome: str, kind: str = "message") -> float:
    """How many updates have come to this since the process began."""
    return REGISTRY.get_sample_value("reelmate_updates_total", {"kind": kind, "outcome": outcome}) or 0.0
