"""Helpers for the tests of a running bot."""

import asyncio
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
    """Return the text of a message update."""
    assert update.message is not None
    assert update.message.text is not None
    return update.message.text


async def echo(update: Update, _: Context) -> None:
    """Answer a message with its own text."""
    assert update.message is not None
    await update.message.reply_text(text_of(update))


def echo_after(gate: asyncio.Event) -> Handle:
    """Return a handler that echoes; the text "slow" is in progress until the gate opens."""

    async def handle(update: Update, context: Context) -> None:
        if text_of(update) == "slow":
            await gate.wait()
        await echo(update, context)

    return handle


def counted(outcome: str, kind: str = "message") -> float:
    """Return the number of updates with an outcome since the start of the tests."""
    return REGISTRY.get_sample_value("reelmate_updates_total", {"kind": kind, "outcome": outcome}) or 0.0
