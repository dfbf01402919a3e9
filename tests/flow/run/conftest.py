"""A running bot with one handler of the test's own, connected to a local Bot API server."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from telegram import Update
from telegram.ext import TypeHandler

from bot.connection import connect, set_commands, slow_down
from bot.run import Process
from bot.server import Readiness
from bot.settings import Settings
from bot.telegram_api import TelegramServer
from handlers.context import Context
from handlers.errors import on_error
from storage.sql import Database, Updates
from tests.flow.run.helpers import SECRET, Handle, OpenBot


@pytest.fixture(autouse=True)
def _timedelta(monkeypatch: pytest.MonkeyPatch) -> None:
    """What `connect` sets for good is taken back after the test."""
    monkeypatch.setenv("PTB_TIMEDELTA", "true")


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A listening server that tries webhooks again at once."""
    async with TelegramServer(webhook_retry_s=0.01) as opened:
        yield opened


@pytest.fixture
def polling(server: TelegramServer, tmp_path: Path) -> Settings:
    """Settings of a bot that polls."""
    return _settings(server, tmp_path)


@pytest.fixture
def webhook(server: TelegramServer, tmp_path: Path) -> Settings:
    """Settings of a bot with a webhook."""
    settings = _settings(server, tmp_path)
    url = f"http://{settings.listen}/telegram"
    return Settings(**{**settings.model_dump(), "webhook_url": url, "webhook_secret": SECRET})


@pytest.fixture(params=["polling", "webhook"])
def either(request: pytest.FixtureRequest) -> Settings:
    """Settings of a bot of each kind."""
    settings: Settings = request.getfixturevalue(request.param)
    return settings


@pytest.fixture
def open_bot(database_url: str, database: Database) -> OpenBot:  # noqa: ARG001 - migrates.
    """Runs a bot that handles every update with one function, until the block ends."""

    async def nothing_missing() -> Readiness:
        return Readiness()

    @asynccontextmanager
    async def run(
        settings: Settings, handle: Handle, stop: asyncio.Event | None = None, database_timeout_s: float = 10.0
    ) -> AsyncIterator[Process]:
        application = connect(settings, Context, slow_down)
        application.add_handler(TypeHandler(Update, handle))
        application.add_error_handler(on_error)
        stop = stop or asyncio.Event()
        async with Database(database_url, timeout_s=database_timeout_s) as own:
            process = Process(application, settings, Updates(own), check=nothing_missing, set_commands=set_commands)
            task = asyncio.create_task(process.run(stop))
            try:
                yield process
            finally:
                stop.set()
                await task

    return run


def _settings(server: TelegramServer, home: Path, **more: Any) -> Settings:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
    return Settings(
        _env_file=None, reelmate_home=home, bot_token=server.token, bot_api_url=server.url, listen=listen, **more
    )
