"""Fixtures: a local Bot API server, and real python-telegram-bot applications that use it."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from telegram.ext import ApplicationBuilder

from bot.local_bot_api import TelegramServer
from tests.flow.local_bot_api.helpers import Bot, OpenBot


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A running server that retries webhooks without delay."""
    async with TelegramServer(webhook_retry_s=0.001) as opened:
        yield opened


@pytest.fixture
async def api(server: TelegramServer) -> AsyncIterator[httpx.AsyncClient]:
    """An HTTP client for the bot's methods: `await api.post("getMe")`."""
    async with httpx.AsyncClient(base_url=f"{server.base_url}{server.token}/", trust_env=False) as client:
        yield client


@pytest.fixture
def bot_of(server: TelegramServer) -> Callable[[], Bot]:
    """A factory of applications that are configured as for Telegram, except for the base URLs."""

    def build() -> Bot:
        builder = ApplicationBuilder().token(server.token)
        return builder.base_url(server.base_url).base_file_url(server.base_file_url).concurrent_updates(False).build()

    return build


@pytest.fixture
def polling(bot_of: Callable[[], Bot]) -> OpenBot:
    """A context manager that runs an application with the given handlers by polling."""

    @asynccontextmanager
    async def run(*handlers: Any, allowed_updates: list[str] | None = None) -> AsyncIterator[Bot]:
        application = bot_of()
        application.add_handlers(list(handlers))
        async with application:
            await application.start()
            assert application.updater is not None
            await application.updater.start_polling(timeout=10, allowed_updates=allowed_updates)
            try:
                yield application
            finally:
                await application.updater.stop()
                await application.stop()

    return run
