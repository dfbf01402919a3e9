"""A running bot with a handler of the test, connected to a local Bot API server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from telegram import Update
from telegram.ext import TypeHandler

from bot.application import connect, slow_down
from bot.health import Readiness
from bot.process.run import Process
from bot.settings import Settings
from handlers.context import Context
from handlers.errors import on_error
from storage.sql import Database, Updates
from tests.flow.bots import running
from tests.flow.run.helpers import Handle, OpenBot


@pytest.fixture
def open_bot(database_url: str, database: Database) -> OpenBot:  # noqa: ARG001 - migrates.
    """Run a bot that handles every update with one function, until the block ends."""

    async def ready() -> Readiness:
        return Readiness()

    @asynccontextmanager
    async def run(
        settings: Settings, handle: Handle, stop: asyncio.Event | None = None, database_timeout_s: float = 10.0
    ) -> AsyncIterator[Process]:
        application = connect(settings, Context, slow_down)
        application.add_handler(TypeHandler(Update, handle))
        application.add_error_handler(on_error)
        async with (
            Database(database_url, timeout_s=database_timeout_s) as opened,
            running(application, settings, Updates(opened), ready, stop) as process,
        ):
            yield process

    return run
