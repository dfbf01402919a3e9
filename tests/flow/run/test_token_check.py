"""What `reelmate check` says about BOT_TOKEN."""

from bot.health import check_token
from bot.local_bot_api import TelegramServer
from bot.settings import Settings


async def test_a_token_that_telegram_knows_is_named_by_its_bot(server: TelegramServer, polling: Settings) -> None:
    """The line says who the bot is, and not what the token is."""
    found = await check_token(polling)
    assert (found.ok, found.value, found.detail) == (True, "set", "Telegram answers: @reelmate_bot")
    assert server.token not in str(found)


async def test_without_a_token_it_says_where_to_get_one(polling: Settings) -> None:
    """Only `reelmate run` needs one, so its absence fails nothing."""
    found = await check_token(Settings(**{**polling.model_dump(), "bot_token": None}))
    assert (found.ok, found.detail) == (True, "missing")
    assert "@BotFather" in found.remedy


async def test_a_wrong_token_and_a_telegram_that_is_away_are_told_apart(
    server: TelegramServer, polling: Settings
) -> None:
    """One is corrected in the settings, the other one waited for."""
    wrong = await check_token(Settings(**{**polling.model_dump(), "bot_token": "123456:AAAAAAAAAAAAAAAAAAAAAAAA"}))
    assert (wrong.ok, wrong.detail) == (False, f"{server.url} does not know this token")
    await server.stop()
    away = await check_token(polling)
    assert (away.ok, away.detail) == (False, f"{server.url} did not answer getMe")
    assert away.remedy == "see to the network or BOT_API_URL"
