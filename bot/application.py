"""python-telegram-bot, set up for this bot: addresses, deadlines, the order of updates, the command menus."""

import contextlib
import os
from collections.abc import AsyncIterator, Collection
from typing import Any

from telegram import Bot, BotCommandScopeAllPrivateChats, BotCommandScopeChat, Update
from telegram.error import BadRequest
from telegram.ext import Application, ApplicationBuilder, CallbackContext, ContextTypes

from bot.client.limits import RetryingRateLimiter
from bot.client.transport import ANSWER_TIMEOUT_S, AiohttpRequest
from bot.settings import Settings
from bot.updates.intake import AnyApplication
from bot.updates.ordering import OnFlood, PersonalUpdates
from handlers.i18n import LOCALES, html, language
from handlers.menu import admin_commands, commands
from handlers.replies import say, toast
from handlers.texts import notices

_TIMEOUTS = {"connect_timeout_s": 5.0, "answer_timeout_s": ANSWER_TIMEOUT_S}
_CONNECTIONS = 256


def connect(
    settings: Settings, context: type[CallbackContext[Any, Any, Any, Any]], on_flood: OnFlood
) -> AnyApplication:
    """An application without handlers that is neither initialised nor fetches updates by itself.

    Args:
        settings: BOT_TOKEN and BOT_API_URL are read.
        context: the class of what handlers get.
        on_flood: tells a person that they are too fast.

    Raises:
        Misconfigured: there is no token.
    """
    # Otherwise python-telegram-bot warns at every RetryAfter that its seconds will become a timedelta one day.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    builder: Any = ApplicationBuilder()
    application: Application[Any, Any, Any, Any, Any, Any] = (
        builder.token(settings.token)
        .base_url(f"{settings.telegram_api}/bot")
        .base_file_url(f"{settings.telegram_api}/file/bot")
        .request(AiohttpRequest(_CONNECTIONS, **_TIMEOUTS))
        .get_updates_request(AiohttpRequest(1, **_TIMEOUTS))
        .context_types(ContextTypes(context=context))
        .concurrent_updates(PersonalUpdates(on_flood))
        .rate_limiter(RetryingRateLimiter())
        .updater(None)
        .job_queue(None)
        .build()
    )
    return application


async def slow_down(update: Update) -> None:
    """Tell a person that they are faster than the bot."""
    person = update.effective_user
    if person is None:
        return
    with language(person.language_code):
        if update.callback_query is not None:
            await toast(update.callback_query, notices.SLOW_DOWN())
        else:
            await say(update.get_bot(), person.id, html("{said}", said=notices.SLOW_DOWN()))


@contextlib.asynccontextmanager
async def connect_worker(settings: Settings, connections: int) -> AsyncIterator[Bot]:
    """A bot that sends much, and keeps no answer to a person waiting for a connection; it repeats no call by itself.

    Args:
        settings: BOT_TOKEN and BOT_API_URL are read.
        connections: how many calls it may make at once.

    Raises:
        Misconfigured: there is no token.
    """
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    sending, receiving = AiohttpRequest(connections, **_TIMEOUTS), AiohttpRequest(1, **_TIMEOUTS)
    try:
        yield Bot(settings.token, f"{settings.telegram_api}/bot", request=sending, get_updates_request=receiving)
    finally:
        await sending.shutdown()


async def set_commands(bot: Bot, admin_ids: Collection[int] = ()) -> None:
    """Tell Telegram the command menus, in every language there is a catalogue for; groups have none.

    Args:
        bot: whose menus.
        admin_ids: who gets the admins' menu in addition; those who never wrote to the bot get it when they /start.
    """
    for code in (None, *sorted(path.parent.name for path in LOCALES.glob("??/LC_MESSAGES"))):
        with language(code):
            await bot.set_my_commands(commands(), BotCommandScopeAllPrivateChats(), code)
    for admin_id in admin_ids:
        with contextlib.suppress(BadRequest):  # Telegram knows no chat with them yet.
            await bot.set_my_commands(admin_commands(), BotCommandScopeChat(admin_id))
