"""Bots for the flow tests: settings, prepared stores, and a running process."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.application import introduce
from bot.health import CheckReadiness
from bot.local_bot_api import TelegramServer
from bot.process.run import Process
from bot.settings import Settings
from bot.stores import open_stores
from bot.updates.intake import AnyApplication
from recsys.models.towers import Towers
from storage.deduplication import open_deduplication
from storage.records import Movie, Release
from storage.sql import Updates
from tests.migrated import create_database
from tests.ports import free_port

SECRET = "only-telegram-knows-it"


def settings_of(server: TelegramServer, home: Path, **more: Any) -> Settings:
    """Return the settings of a bot that polls a local server, listens on a free port, and keeps vectors in memory."""
    return Settings(
        **{
            "_env_file": None,
            "reelmate_home": home,
            "vectors_url": "memory://",
            "bot_token": server.token,
            "bot_api_url": server.url,
            "listen": free_address(),
            **more,
        }
    )


def with_webhook(settings: Settings, url: str = "") -> Settings:
    """Return the settings with a webhook: at the bot's own address, or at that of a balancer."""
    url = url or f"http://{settings.listen}/telegram"
    return Settings(**{**settings.model_dump(), "webhook_url": url, "webhook_secret": SECRET})


def free_address() -> str:
    """Return host:port with a free port."""
    return f"127.0.0.1:{free_port()}"


async def prepare(settings: Settings, towers: Towers, movies: Sequence[Movie]) -> None:
    """Create what `reelmate prepare` creates: tables, a catalogue, and an active release."""
    await create_database(settings.database_url.get_secret_value())
    folder = settings.models_folder / towers.version
    towers.save(folder)
    async with open_stores(settings) as stores:
        await stores.catalogue.replace(movies)
        await stores.releases.add(Release(towers.version, folder.as_uri(), datetime.now(UTC)))
        await stores.releases.activate(towers.version)


@asynccontextmanager
async def running(
    application: AnyApplication,
    settings: Settings,
    updates: Updates,
    check: CheckReadiness,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[Process]:
    """Run the process of an application until the block ends."""
    stop = stop or asyncio.Event()
    async with open_deduplication(settings.metadata_url.get_secret_value()) as is_first:
        process = Process(application, settings, updates, check_services=check, introduce=introduce, is_first=is_first)
        task = asyncio.create_task(process.run(stop))
        try:
            yield process
        finally:
            stop.set()
            await task
