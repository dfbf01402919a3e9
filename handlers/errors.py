"""The error handler: one apology to the person, the details to the log, and the outcome to the caller."""

import logging

from telegram import Update
from telegram.error import Forbidden, TelegramError

from handlers.context import Context, current_attempt
from handlers.i18n import language
from handlers.replies import say, toast
from handlers.texts import admin, notices
from recsys.services.administration import NotAllowed
from storage.errors import Misconfigured, StorageError, Unavailable

_LOG = logging.getLogger(__name__)


async def on_error(update: object, context: Context) -> None:
    """Record a handler's error in the current attempt, log it, and apologise once to the person."""
    error = context.error
    if not isinstance(update, Update) or error is None:
        _LOG.error("error outside of any update: %s", type(error).__name__, exc_info=error)
        return
    person = update.effective_user
    if isinstance(error, Forbidden):
        # A person who has blocked the bot wants no apology.
        if person is not None:
            await _note_blocked(context, person.id)
        return
    attempt = current_attempt()
    attempt.failed = True
    # A service that is out of reach comes back. Any other error would be raised again.
    is_out_of_reach = isinstance(error, Unavailable | Misconfigured)
    if is_out_of_reach:
        attempt.must_be_redelivered = True
        _LOG.warning("update %d: %s", update.update_id, type(error).__name__)
    else:
        _LOG.error("update %d: %s", update.update_id, type(error).__name__, exc_info=error)
    if person is None or attempt.was_refused:
        return
    # Any other error is not followed by an attempt of another replica.
    if is_out_of_reach and not await attempt.may_apologise():
        return
    with language(person.language_code):
        try:
            await _apologise(update, context, person.id, is_out_of_reach=is_out_of_reach)
        except TelegramError as second:
            _LOG.warning("update %d: the apology failed too: %s", update.update_id, type(second).__name__)


async def _apologise(update: Update, context: Context, person_id: int, *, is_out_of_reach: bool) -> None:
    if not is_out_of_reach:
        await say(context.bot, person_id, notices.SOMETHING_BROKE())
    elif update.callback_query is not None:
        await toast(update.callback_query, notices.OUT_OF_REACH_TOAST())
    elif not await _answer_health(update, context, person_id):
        await say(context.bot, person_id, notices.OUT_OF_REACH())


async def _answer_health(update: Update, context: Context, person_id: int) -> bool:
    """Answer an admin's /health, which asks what is out of reach, and return whether that was done."""
    words = ((update.message and update.message.text) or "").split(maxsplit=1)
    if not words or words[0].partition("@")[0] != "/health":
        return False
    probes = await context.administration.probe(person_id)
    if isinstance(probes, NotAllowed):
        return False
    await say(context.bot, person_id, admin.health_without_database(probes))
    return True


async def _note_blocked(context: Context, person_id: int) -> None:
    try:
        await context.conversation.update_person(person_id, blocked=True)
    except StorageError:
        _LOG.warning("could not record that a person blocked the bot")
