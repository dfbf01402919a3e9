"""What a person sees when a handler failed: one apology, never a stack trace; the log gets the rest."""

import logging

from telegram import Update
from telegram.error import Forbidden, TelegramError

from handlers.context import Context
from handlers.i18n import language
from handlers.replies import say, toast
from handlers.texts import notices
from storage.errors import Misconfigured, StorageError, Unavailable

_LOG = logging.getLogger(__name__)

NOT_HANDLED = "not_handled"
"""The set in `bot_data` of the ids of updates that Telegram shall send again."""

REFUSED = "refused"
"""The set in `bot_data` of the ids of updates that were refused before: whoever sent them has had an apology."""


async def on_error(update: object, context: Context) -> None:
    """Apologise once, and mark what must be repeated."""
    error = context.error
    if not isinstance(update, Update) or error is None:
        _LOG.error("outside of any update: %s", type(error).__name__, exc_info=error)
        return
    who = update.effective_user
    if isinstance(error, Forbidden):
        # Whoever has blocked the bot wants nothing from it.
        if who is not None:
            await _note_blocked(context, who.id)
        return
    # What is out of reach comes back; anything else would fail again.
    again = isinstance(error, Unavailable | Misconfigured)
    if again:
        _LOG.warning("update %d: %s", update.update_id, type(error).__name__)
        context.application.bot_data.setdefault(NOT_HANDLED, set()).add(update.update_id)
    else:
        _LOG.error("update %d: %s", update.update_id, type(error).__name__, exc_info=error)
    if who is None or update.update_id in context.application.bot_data.get(REFUSED, ()):
        return
    with language(who.language_code):
        try:
            if again and update.callback_query is not None:
                await toast(update.callback_query, notices.OUT_OF_REACH_TOAST())
            elif again:
                await say(context.bot, who.id, notices.OUT_OF_REACH())
            else:
                await say(context.bot, who.id, notices.SOMETHING_BROKE())
        except TelegramError as second:
            _LOG.warning("update %d: the apology failed too: %s", update.update_id, type(second).__name__)


async def _note_blocked(context: Context, person_id: int) -> None:
    try:
        await context.conversation.settle(person_id, blocked=True)
    except StorageError:
        _LOG.warning("somebody who blocked the bot could not be noted")
