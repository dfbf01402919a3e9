"""A local Bot API server, somebody who talks to the bot, and the settings of bots by polling and by webhook."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from tests.flow.bots import settings_of, with_webhook


@pytest.fixture
async def server() -> AsyncIterator[TelegramServer]:
    """A listening server that tries webhooks again at once."""
    async with TelegramServer(webhook_retry_s=0.01) as opened:
        yield opened


@pytest.fixture
def ann(server: TelegramServer) -> Person:
    """Somebody who has never written to the bot."""
    return server.person(7, "Ann")


@pytest.fixture
def polling(server: TelegramServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a bot that polls."""
    # What `connect` sets for good is taken back after the test.
    monkeypatch.setenv("PTB_TIMEDELTA", "true")
    return settings_of(server, tmp_path)


@pytest.fixture
def webhook(polling: Settings) -> Settings:
    """Settings of a bot with a webhook."""
    return with_webhook(polling)


@pytest.fixture(params=["polling", "webhook"])
def either(request: pytest.FixtureRequest) -> Settings:
    """Settings of a bot of each kind."""
    settings: Settings = request.getfixturevalue(request.param)
    return settings
