"""python-telegram-bot, set up for this bot: addresses, deadlines, the order of updates, the command menus."""

import os
from typing import Any

from telegram import Bot, BotCommandScopeAllPrivateChats, Update
from telegram.ext import Application, ApplicationBuilder, CallbackContext, ContextTypes

from bot.intake import AnyApplication
from bot.ratelimit import Patience
from bot.settings import Settings
from bot.updates import OnFlood, PersonalUpdates
from handlers import commands
from handlers.i18n import LOCALES, html, language
from handlers.replies import say, toast
from handlers.texts import notices

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "message_reaction", "my_chat_member")
"""What the bot asks Telegram for; reactions come only where they are asked for."""

POLL_S = 30
"""How long Telegram may hold a poll back while there is nothing."""

_CONNECT_TIMEOUT_S = 5.0
_ANSWER_TIMEOUT_S = 15.0
_UPLOAD_TIMEOUT_S = 30.0
_POOL_TIMEOUT_S = 5.0


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
        .connect_timeout(_CONNECT_TIMEOUT_S)
        .read_timeout(_ANSWER_TIMEOUT_S)
        .write_timeout(_ANSWER_TIMEOUT_S)
        .media_write_timeout(_UPLOAD_TIMEOUT_S)
        .pool_timeout(_POOL_TIMEOUT_S)
        .get_updates_connect_timeout(_CONNECT_TIMEOUT_S)
        .get_updates_read_timeout(_ANSWER_TIMEOUT_S)
        .context_types(ContextTypes(context=context))
        .concurrent_updates(PersonalUpdates(on_flood))
        .rate_limiter(Patience())
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


async def set_commands(bot: Bot) -> None:
    """Tell Telegram the command menu of private chats, in every language there is a catalogue for; groups have none."""
    for code in (None, *sorted(path.parent.name for path in LOCALES.glob("??/LC_MESSAGES"))):
        with language(code):
            await bot.set_my_commands(commands(), BotCommandScopeAllPrivateChats(), code)
