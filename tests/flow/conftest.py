"""Fixtures: a local Bot API server, a person, and settings for polling and webhook bots."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from tests.flow.bots import settings_of, with_webhook


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A running server that retries webhooks without delay."""
    async with TelegramServer(webhook_retry_s=0.01) as opened:
        yield opened


@pytest.fixture
def ann(server: TelegramServer) -> Person:
    """A person who has never written to the bot."""
    return server.person(7, "Ann")


@pytest.fixture
def polling(server: TelegramServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The settings of a polling bot."""
    # `connect` sets this variable for the whole process; monkeypatch restores it after the test.
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    return settings_of(server, tmp_path)


@pytest.fixture
def webhook(polling: Settings) -> Settings:
    """The settings of a bot with a webhook."""
    return with_webhook(polling)


@pytest.fixture(params=["polling", "webhook"])
def either(request: pytest.FixtureRequest) -> Settings:
    """The settings of a polling bot, then of a bot with a webhook."""
    settings: Settings = request.getfixturevalue(request.param)
    return settings
