"""What the bot says about itself before anybody writes to it."""

import pytest

from bot.application import connect, introduce, set_descriptions, slow_down
from bot.local_bot_api import TelegramServer
from bot.settings import Settings
from handlers.context import Context
from handlers.texts import account
from tests.flow.run.helpers import OpenBot, echo

SETTERS = ("setMyDescription", "setMyShortDescription", "setMyName")


def changes(server: TelegramServer) -> int:
    """Return how many times the description or the name was set."""
    return sum(len(server.calls_of(method)) for method in SETTERS)


async def test_an_empty_chat_says_what_the_bot_can_do(
    server: TelegramServer, open_bot: OpenBot, polling: Settings
) -> None:
    """The descriptions are set at the start, and the name stays as it was given to @BotFather."""
    name = server.name
    async with open_bot(polling, echo):
        await server.called("setMyShortDescription")
    assert server.description == account.description()
    assert server.name == name
    assert server.calls_of("setMyName") == []


async def test_what_is_set_is_not_set_again(server: TelegramServer, polling: Settings) -> None:
    """A restart changes nothing, because Telegram allows few changes a day."""
    async with connect(polling, Context, slow_down) as application:
        await introduce(application.bot, name="Movie night")
        assert (server.name, server.description) == ("Movie night", account.description())
        assert changes(server) == 3
        await introduce(application.bot, name="Movie night")
        assert changes(server) == 3
        await introduce(application.bot, name="Another night")
        assert (server.name, changes(server)) == ("Another night", 4)


@pytest.mark.parametrize("method", ["getMyDescription", *SETTERS])
async def test_a_refusal_is_logged_only(
    server: TelegramServer, polling: Settings, caplog: pytest.LogCaptureFixture, method: str
) -> None:
    """The bot works without its description, and its commands are set before."""
    server.faults.fail_next(method, code=400)
    async with connect(polling, Context, slow_down) as application:
        await set_descriptions(application.bot, "Movie night")
    assert "Telegram refused the description or the name: BadRequest" in caplog.messages
