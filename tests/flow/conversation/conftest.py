"""The whole bot, as `reelmate run` wires it, in a chat with people on a local Bot API server."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import Services, build_application, open_services, open_stores
from bot.connection import set_commands
from bot.run import Process
from bot.server import Readiness
from bot.settings import Settings
from bot.telegram_api import Person, TelegramServer
from recsys.data import Dataset
from recsys.towers import Towers
from storage.migrations import migrate
from storage.records import Release

OpenBot = Callable[[], AbstractAsyncContextManager[Services]]


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
async def settings(server: TelegramServer, towers: Towers, board: Dataset, tmp_path: Path) -> Settings:
    """Settings of a bot that polls, with the checkerboard's model released and nobody known yet."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
    made = Settings(
        _env_file=None,
        reelmate_home=tmp_path,
        vectors_url="memory://",
        bot_token=server.token,
        bot_api_url=server.url,
        listen=listen,
    )
    await migrate(made.database_url.get_secret_value())
    folder = tmp_path / "models" / towers.version
    towers.save(folder)
    async with open_stores(made) as stores:
        await stores.catalogue.replace(board.movies)
        await stores.releases.add(Release(towers.version, folder.as_uri(), datetime.now(UTC)))
        await stores.releases.activate(towers.version)
    return made


@pytest.fixture
def open_bot(settings: Settings) -> OpenBot:
    """Runs the bot until the block ends; a second one afterwards is a restart."""

    async def nothing_missing() -> Readiness:
        return Readiness()

    @asynccontextmanager
    async def run() -> AsyncIterator[Services]:
        stop = asyncio.Event()
        async with open_services(settings) as services:
            application = build_application(services, settings)
            process = Process(
                application, settings, services.stores.updates, check=nothing_missing, set_commands=set_commands
            )
            task = asyncio.create_task(process.run(stop))
            try:
                yield services
            finally:
                stop.set()
                await task

    return run


@pytest.fixture
async def bot(open_bot: OpenBot) -> AsyncIterator[Services]:
    """The running bot."""
    async with open_bot() as services:
        yield services


@pytest.fixture
def ann(server: TelegramServer) -> Person:
    """Somebody who has never written to the bot."""
    return server.person(7, "Ann")
