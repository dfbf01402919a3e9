"""Routes: which handler answers which update."""

from collections.abc import Callable, Collection, Coroutine, Mapping
from functools import wraps
from typing import Any

from telegram import CallbackQuery, Message, Update
from telegram.constants import ChatType
from telegram.ext import (
    BaseHandler,
    CallbackQueryHandler,
    ChatMemberHandler,
    CommandHandler,
    MessageHandler,
    MessageReactionHandler,
    filters,
)

from handlers import (
    account,
    admin,
    browse,
    feedback,
    lists,
    onboarding,
    unsupported,
)
from handlers.callbacks import CallbackData, Malformed, Stale, buttons, unpack
from handlers.callbacks import watching as watching_buttons
from handlers.context import Context
from handlers.i18n import language
from handlers.imports import files
from handlers.memory import history, preferences, undo
from handlers.movies import details, search
from handlers.replies import person_id_of, toast
from handlers.texts import notices
from handlers.typed import clusters, opinions, understanding, wishes
from handlers.watching import offers, services

Handle = Callable[[Update, Context], Coroutine[Any, Any, None]]
HandleButton = Callable[[Update, Context, CallbackQuery, Any], Coroutine[Any, Any, None]]

COMMANDS: Mapping[str, Handle] = {
    "start": onboarding.start,
    "recommend": understanding.recommend,
    "similar": browse.similar,
    "search": search.search,
    "rate": browse.rate,
    "ratings": lists.ratings,
    "watchlist": lists.watchlist,
    "history": history.history,
    "undo": undo.undo_last,
    "profile": account.profile,
    "settings": account.settings,
    "privacy": account.privacy,
    "export": account.export,
    "forget": account.forget,
    "help": account.help_,
    "cancel": account.cancel,
}
"""The commands of everybody. Those with a label in `handlers.texts.account.COMMANDS` are in the menu and in /help."""

ADMIN_COMMANDS: Mapping[str, Handle] = {
    "start": admin.start,
    "announce": admin.announce,
    "refresh": admin.refresh,
    "stats": admin.stats,
    "health": admin.health,
}
"""The commands of admins. For everybody else they are unknown commands, except /start.

Those with a label in `handlers.texts.admin.COMMANDS` are in the admins' menu.
"""

BUTTONS: Mapping[type[CallbackData], HandleButton] = {
    buttons.OnboardingNav: onboarding.answered,
    buttons.AgeChosen: onboarding.answered,
    buttons.GenderChosen: onboarding.answered,
    buttons.OccupationChosen: onboarding.answered,
    buttons.OccupationPage: onboarding.occupation_page,
    buttons.ProfileEdit: onboarding.profile_edit,
    buttons.ToggleTitle: onboarding.title_toggled,
    buttons.MoreTitles: onboarding.more_titles,
    buttons.TitlesDone: onboarding.titles_done,
    buttons.CardAction: feedback.card_action,
    buttons.ShowDetails: details.details_shown,
    watching_buttons.ShowOffers: offers.offers_shown,
    watching_buttons.CountryMenu: services.country_menu,
    watching_buttons.ChooseCountry: services.country_chosen,
    watching_buttons.ServicesMenu: services.services_menu,
    watching_buttons.SwitchService: services.service_switched,
    watching_buttons.SwitchOnlyServices: services.only_services_switched,
    watching_buttons.ShowSettings: services.settings_shown,
    buttons.HistoryPage: history.history_page,
    buttons.UndoChange: undo.undo_button,
    buttons.ImportHistory: files.imported,
    buttons.ImportProfile: files.profile_imported,
    buttons.DropImport: files.dropped,
    buttons.PickTitle: browse.title_picked,
    buttons.SearchPage: search.page_turned,
    buttons.GiveVerdict: opinions.verdict_given,
    buttons.WayOn: wishes.way_taken,
    buttons.WishGenre: wishes.genre_chosen,
    buttons.WishDecade: wishes.decade_chosen,
    buttons.ChooseCluster: clusters.cluster_chosen,
    buttons.DropCondition: wishes.condition_dropped,
    buttons.EndWish: wishes.wish_ended,
    buttons.PreferenceMenu: preferences.menu_opened,
    buttons.SetPreference: preferences.switched,
    buttons.DropPreference: wishes.preference_dropped,
    buttons.RatingsPage: lists.ratings_page,
    buttons.RatingEdit: lists.rating_edit,
    buttons.SetStars: lists.set_stars,
    buttons.RemoveRating: lists.remove_rating,
    buttons.WatchlistPage: lists.watchlist_page,
    buttons.WatchlistRemove: lists.watchlist_remove,
    buttons.Tonight: lists.tonight,
    buttons.SettingToggle: account.setting_toggled,
    buttons.ChoosePopularity: account.popularity_chosen,
    buttons.ForgetConfirm: account.forget_confirmed,
    buttons.ForgetCancel: account.forget_cancelled,
    buttons.AnnounceAudience: admin.audience_chosen,
    buttons.AnnounceSend: admin.announcement_confirmed,
    buttons.CancelJob: admin.job_cancelled,
}
"""The handler of each button class. It also gets the callback query and the unpacked button."""


GREETING_NOBODY = frozenset({"start", "privacy", "export", "forget", "help", "cancel"})
"""The commands of people who may be new: they greet new people themselves, or store nothing."""

LEAVING_QUESTION_OPEN = frozenset({"privacy", "help"})
"""The commands after which a question that was asked again from the profile still waits for its answer."""

STORING = frozenset(BUTTONS) - {
    buttons.CardAction,
    buttons.OnboardingNav,
    buttons.AgeChosen,
    buttons.GenderChosen,
    buttons.OccupationChosen,
    buttons.ForgetConfirm,
    buttons.ForgetCancel,
    buttons.AnnounceAudience,
    buttons.AnnounceSend,
    buttons.CancelJob,
}
"""The button classes whose handlers need a person who is stored. The others find out by themselves, or need none."""


def build_handlers(admin_ids: Collection[int] = ()) -> list[BaseHandler[Any, Context, Any]]:
    """Return all handlers in the order in which they are tried; the first that accepts an update handles it.

    Args:
        admin_ids: the Telegram user ids of the admins.
    """
    elsewhere = _Elsewhere(_ignore)
    private = filters.ChatType.PRIVATE
    file = filters.Document.ALL & ~filters.ANIMATION & ~filters.FORWARDED
    admins = private & filters.User(admin_ids)
    return [
        elsewhere,
        MessageHandler(private & filters.UpdateType.EDITED_MESSAGE, _localised(unsupported.edited)),
        *(CommandHandler(name, _localised(handle), filters=admins) for name, handle in ADMIN_COMMANDS.items()),
        # The admins' commands come first, because an announcement may be longer.
        MessageHandler(private & unsupported.TOO_LONG, _localised(unsupported.too_long)),
        *(
            CommandHandler(name, _localised(_command(name, handle)), filters=private)
            for name, handle in COMMANDS.items()
        ),
        CallbackQueryHandler(_localised(_button)),
        MessageReactionHandler(_localised(feedback.reaction)),
        ChatMemberHandler(account.blocked),
        MessageHandler(private & filters.COMMAND, _localised(unsupported.unknown_command)),
        MessageHandler(private & filters.TEXT, _localised(understanding.text)),
        MessageHandler(private & file, _localised(files.sent)),
        MessageHandler(private & ~filters.StatusUpdate.ALL, _localised(unsupported.other)),
    ]


class _Elsewhere(BaseHandler[Update, Context, None]):
    """Takes the updates that do not come from a private chat of a person with this bot.

    Message ids are unique within a chat only, so a message elsewhere may have the id of a card.
    """

    def check_update(self, update: object) -> bool:
        """Return whether this handler takes the update."""
        return not (isinstance(update, Update) and _is_private(update))


def _is_private(update: Update) -> bool:
    query = update.callback_query
    source = (
        (query.message if query is not None else None)
        or update.message
        or update.edited_message
        or update.message_reaction
        or update.my_chat_member
    )
    person = update.effective_user
    if source is None or person is None:
        return False
    is_of_business = isinstance(source, Message) and source.business_connection_id is not None
    # No person has the id 0, which is the command line's in `recsys.services.administration`.
    return source.chat.type == ChatType.PRIVATE and source.chat.id == person.id > 0 and not is_of_business


async def _ignore(_update: Update, _context: Context) -> None:
    """Do nothing."""


def _command(name: str, handle: Handle) -> Handle:
    """Return the handler of a command, which greets a new person first.

    The notice on data comes before anything about the person is stored. Then the command does what it says. A question
    that was asked again from the profile waits no longer.
    """

    @wraps(handle)
    async def handle_command(update: Update, context: Context) -> None:
        person_id = person_id_of(update)
        person = await context.conversation.get_person(person_id)
        if person is None and name not in GREETING_NOBODY:
            await onboarding.greet(context, person_id)
        if person is not None and name not in LEAVING_QUESTION_OPEN:
            await context.conversation.memory.close_question(person)
        await handle(update, context)

    return handle_command


async def _button(update: Update, context: Context) -> None:
    """Pass a tap on to the handler of the button's class."""
    query = update.callback_query
    if query is None:
        return
    button = unpack(query.data or "")
    if isinstance(button, Stale):
        await toast(query, notices.OLD_VERSION_BUTTON())
    elif isinstance(button, Malformed):
        await toast(query, notices.UNKNOWN_BUTTON())
    elif type(button) in STORING and not await _is_known(context, query.from_user.id, type(button)):
        # The notice on data comes before anything about the person is stored.
        await toast(query, notices.STALE_BUTTON())
        await onboarding.greet(context, query.from_user.id)
    else:
        await BUTTONS[type(button)](update, context, query, button)


async def _is_known(context: Context, person_id: int, tapped: type[CallbackData]) -> bool:
    """Return whether a person is stored. A question that was asked again from the profile waits no longer."""
    person = await context.conversation.get_person(person_id)
    if person is not None and tapped not in (buttons.ProfileEdit, buttons.OccupationPage):
        await context.conversation.memory.close_question(person)
    return person is not None


def _localised(handle: Handle) -> Handle:
    """Run a handler in the language of the person's Telegram client."""

    @wraps(handle)
    async def handle_localised(update: Update, context: Context) -> None:
        person = update.effective_user
        with language(person.language_code if person else None):
            await handle(update, context)

    return handle_localised
