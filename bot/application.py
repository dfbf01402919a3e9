"""python-telegram-bot, set up for this bot: addresses, timeouts, the order of updates, menus and descriptions."""

import contextlib
import logging
import os
from collections.abc import AsyncIterator, Collection
from typing import Any

from telegram import Bot, BotCommandScopeAllPrivateChats, BotCommandScopeChat, Update
from telegram.error import BadRequest, TelegramError
from telegram.ext import Application, ApplicationBuilder, CallbackContext, ContextTypes

from bot.client.rate_limiter import RetryingRateLimiter
from bot.client.transport import ANSWER_TIMEOUT_S, AiohttpRequest
from bot.settings import Settings
from bot.updates.flood import FloodCap, OnFlood
from bot.updates.intake import AnyApplication
from bot.updates.ordering import PersonalUpdates
from handlers.i18n import LOCALES, html, language
from handlers.menu import admin_commands, commands
from handlers.replies import say, toast
from handlers.texts import account, notices

_TIMEOUTS = {"connect_timeout_s": 5.0, "answer_timeout_s": ANSWER_TIMEOUT_S}
_CONNECTIONS = 256

_logger = logging.getLogger(__name__)


def connect(
    settings: Settings, context: type[CallbackContext[Any, Any, Any, Any]], on_flood: OnFlood
) -> AnyApplication:
    """Build an application without handlers. It is not initialised, and does not fetch updates by itself.

    Args:
        settings: BOT_TOKEN and BOT_API_URL are read.
        context: the class of the handlers' context.
        on_flood: sends a notice to a person who sends too many updates.

    Raises:
        Misconfigured: BOT_TOKEN is not set.
    """
    _use_timedeltas()
    personal_updates = PersonalUpdates(FloodCap(on_flood))
    builder: Any = ApplicationBuilder()
    application: Application[Any, Any, Any, Any, Any, Any] = (
        builder.token(settings.token)
        .base_url(f"{settings.telegram_api}/bot")
        .base_file_url(f"{settings.telegram_api}/file/bot")
        .request(AiohttpRequest(_CONNECTIONS, **_TIMEOUTS))
        .get_updates_request(AiohttpRequest(1, **_TIMEOUTS))
        .context_types(ContextTypes(context=context))
        .concurrent_updates(personal_updates)
        .rate_limiter(RetryingRateLimiter(personal_updates.slot_released))
        .updater(None)
        .job_queue(None)
        .build()
    )
    return application


def _use_timedeltas() -> None:
    """Stop python-telegram-bot from warning, at each RetryAfter, that its seconds will become a timedelta."""
    os.environ.setdefault("PTB_TIMEDELTA", "true")


async def slow_down(update: Update) -> None:
    """Send the notice that a person sends too many updates."""
    person = update.effective_user
    if person is None:
        return
    with language(person.language_code):
        if update.callback_query is not None:
            await toast(update.callback_query, notices.SLOW_DOWN())
        else:
            await say(update.get_bot(), person.id, html("{text}", text=notices.SLOW_DOWN()))


@contextlib.asynccontextmanager
async def connect_worker(settings: Settings, connections: int) -> AsyncIterator[Bot]:
    """Open a bot for a worker, with connections of its own, so that its messages do not delay answers to people.

    It does not retry calls by itself.

    Args:
        settings: BOT_TOKEN and BOT_API_URL are read.
        connections: the number of calls that may be in progress at the same time.

    Raises:
        Misconfigured: BOT_TOKEN is not set.
    """
    _use_timedeltas()
    sending, receiving = AiohttpRequest(connections, **_TIMEOUTS), AiohttpRequest(1, **_TIMEOUTS)
    try:
        yield Bot(settings.token, f"{settings.telegram_api}/bot", request=sending, get_updates_request=receiving)
    finally:
        await sending.shutdown()


async def set_commands(bot: Bot, admin_ids: Collection[int] = ()) -> None:
    """Set the command menus of private chats, in every language with a message catalogue.

    Args:
        bot: the bot to set them for.
        admin_ids: the admins, who get further commands. An admin who never wrote to the bot gets them with /start.
    """
    for code in _languages():
        with language(code):
            await bot.set_my_commands(commands(), BotCommandScopeAllPrivateChats(), code)
    for admin_id in admin_ids:
        with contextlib.suppress(BadRequest):  # Telegram has no chat with this admin yet.
            await bot.set_my_commands(admin_commands(), BotCommandScopeChat(admin_id))


async def introduce(bot: Bot, admin_ids: Collection[int] = (), name: str | None = None) -> None:
    """Set the command menus, the descriptions and the name of a bot. Safe to repeat.

    Args:
        bot: the bot to introduce.
        admin_ids: the admins, as for `set_commands`.
        name: the name, as for `set_descriptions`.
    """
    await set_commands(bot, admin_ids)
    await set_descriptions(bot, name)


async def set_descriptions(bot: Bot, name: str | None = None) -> None:
    """Set what people read before they start the bot, in every language with a message catalogue, and the name.

    A value that is already set is not set again, because Telegram allows few changes a day. A refusal by Telegram is
    only logged, because the bot works without them.

    Args:
        bot: the bot to describe.
        name: the name of the bot in every language. None leaves the name as it is.
    """
    try:
        for code in _languages():
            with language(code):
                description, short = account.description(), account.short_description()
            if (await bot.get_my_description(code)).description != description:
                await bot.set_my_description(description, code)
            if (await bot.get_my_short_description(code)).short_description != short:
                await bot.set_my_short_description(short, code)
        if name is not None and (await bot.get_my_name()).name != name:
            await bot.set_my_name(name)
    except TelegramError as error:
        _logger.warning("Telegram refused the description or the name: %s", type(error).__name__)


def _languages() -> list[str | None]:
    """Return the default language, and every language with a message catalogue that Telegram has menus for."""
    return [None, *sorted(path.parent.name for path in LOCALES.glob("??/LC_MESSAGES"))]
