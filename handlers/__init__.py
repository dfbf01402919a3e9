"""Telegram translation only: parse, one call to the conversation, render. `build_handlers` is the table of contents."""

from collections.abc import Callable, Collection, Coroutine
from functools import wraps
from typing import Any

from telegram import CallbackQuery, Update
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from handlers import account, admin, browse, callbacks, feedback, lists, onboarding
from handlers import unsupported as odd
from handlers.callbacks import Malformed, Stale, unpack
from handlers.context import Context
from handlers.i18n import language
from handlers.replies import toast
from handlers.texts import notices

Handle = Callable[[Update, Context], Coroutine[Any, Any, None]]
Pressed = Callable[[Update, Context, CallbackQuery, Any], Coroutine[Any, Any, None]]

_COMMANDS: dict[str, Handle] = {
    "start": onboarding.start,
    "recommend": browse.recommend,
    "similar": browse.similar,
    "search": browse.search,
    "rate": browse.rate,
    "ratings": lists.ratings,
    "watchlist": lists.watchlist,
    "undo": feedback.undo,
    "profile": account.profile,
    "settings": account.settings,
    "privacy": account.privacy,
    "export": account.export,
    "forget": account.forget,
    "help": account.help_,
    "cancel": account.cancel,
}

_ADMIN_COMMANDS: dict[str, Handle] = {
    "start": admin.start,
    "announce": admin.announce,
    "refresh": admin.refresh,
    "stats": admin.stats,
    "health": admin.health,
}
"""For admins alone; to everybody else they are commands that there are none of."""

_BUTTONS: dict[type, Pressed] = {
    callbacks.OnboardingNav: onboarding.answered,
    callbacks.AgeChosen: onboarding.answered,
    callbacks.GenderChosen: onboarding.answered,
    callbacks.OccupationChosen: onboarding.answered,
    callbacks.OccupationPage: onboarding.turned_occupations,
    callbacks.ProfileEdit: onboarding.edited,
    callbacks.ToggleTitle: onboarding.toggled,
    callbacks.MoreTitles: onboarding.more_titles,
    callbacks.TitlesDone: onboarding.titles_done,
    callbacks.CardAction: feedback.acted,
    callbacks.Undo: feedback.undo_pressed,
    callbacks.PickTitle: browse.picked,
    callbacks.RatingsPage: lists.ratings_page,
    callbacks.RatingEdit: lists.rating_edit,
    callbacks.SetStars: lists.set_stars,
    callbacks.RemoveRating: lists.remove_rating,
    callbacks.WatchlistPage: lists.watchlist_page,
    callbacks.WatchlistRemove: lists.watchlist_remove,
    callbacks.SettingToggle: account.setting_toggled,
    callbacks.ForgetConfirm: account.forget_confirmed,
    callbacks.ForgetCancel: account.forget_cancelled,
    callbacks.AnnounceAudience: admin.audience_chosen,
    callbacks.AnnounceSend: admin.announcement_confirmed,
    callbacks.CancelJob: admin.job_cancelled,
}
"""One for each class of callback data."""


def build_handlers(admin_ids: Collection[int] = ()) -> list[BaseHandler[Any, Context, Any]]:
    """Every handler, in the order in which they are tried; the first that fits answers.

    Args:
        admin_ids: the Telegram user ids of the admins.
    """
    private = filters.ChatType.PRIVATE
    admins = private & filters.User(admin_ids)
    return [
        MessageHandler(private & filters.UpdateType.EDITED_MESSAGE, _spoken(odd.edited)),
        *(CommandHandler(name, _spoken(handle), filters=admins) for name, handle in _ADMIN_COMMANDS.items()),
        *(CommandHandler(name, _spoken(handle), filters=private) for name, handle in _COMMANDS.items()),
        CallbackQueryHandler(_spoken(_pressed)),
        MessageReactionHandler(_spoken(feedback.reacted)),
        ChatMemberHandler(account.blocked),
        MessageHandler(private & filters.COMMAND, _spoken(odd.unknown_command)),
        MessageHandler(private & filters.TEXT, _spoken(browse.text)),
        MessageHandler(private & ~filters.StatusUpdate.ALL, _spoken(odd.other)),
    ]


async def _pressed(update: Update, context: Context) -> None:
    """A button: what it says decides who answers."""
    query = update.callback_query
    if query is None:
        return
    said = unpack(query.data or "")
    if isinstance(said, Stale):
        await toast(query, notices.OLD_VERSION_BUTTON())
    elif isinstance(said, Malformed):
        await toast(query, notices.UNKNOWN_BUTTON())
    else:
        await _BUTTONS[type(said)](update, context, query, said)


def _spoken(handle: Handle) -> Handle:
    """Answer in the language of the person's own Telegram."""

    @wraps(handle)
    async def speaking(update: Update, context: Context) -> None:
        person = update.effective_user
        with language(person.language_code if person else None):
            await handle(update, context)

    return speaking
