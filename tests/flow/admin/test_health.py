"""/health while the database does not answer."""

from functools import partial

import pytest

from bot.app import build_application, open_services
from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from handlers.texts import notices
from storage.sql import Database
from tests.flow.admin.helpers import has
from tests.flow.bots import running


async def test_an_admin_is_answered_at_once(
    settings: Settings, server: TelegramServer, ada: Person, ann: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole answer follows when the database takes the command. Somebody else gets the apology."""
    monkeypatch.setattr("bot.stores.Database", partial(Database, timeout_s=0.3))
    async with open_services(settings) as services, Database(settings.database_url.get_secret_value()) as other:
        application = build_application(services, settings)
        async with running(application, settings, services.stores.updates, services.health.readiness):
            async with other.writing():  # The other connection locks the database file.
                await ada.send("/health")
                checks = await ada.wait_for(has("The database did not take this command"))
                assert "✅ vectors: " in checks.text
                await ann.send("/health")
                assert (await ann.next_message()).text == notices.OUT_OF_REACH()
            await ada.wait_for(has("Model: "))
            await server.delivered()
    assert len([message for message in ada.messages if message.from_bot]) == 2
