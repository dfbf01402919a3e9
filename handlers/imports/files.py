"""A file with a history from another service: a preview first, then the import and its undo."""

from telegram import CallbackQuery, Document, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatAction, KeyboardButtonStyle
from telegram.error import Forbidden, RetryAfter, TelegramError

from handlers import keyboards
from handlers.callbacks import buttons
from handlers.cards import send_card
from handlers.context import Context
from handlers.i18n import Html
from handlers.onboarding import say_in_step, start
from handlers.replies import acting, message_of, person_id_of, say, show, toast
from handlers.steps import Step
from handlers.texts import imports
from recsys.histories.problems import Problem
from recsys.histories.reading import MAX_BYTES
from recsys.services.histories.importing import Profiles
from storage.imports import ImportResult

DOWNLOAD_TIMEOUT_S = 60.0
"""A file is loaded from Telegram within this time, in seconds, or not at all."""


async def sent(update: Update, context: Context) -> None:
    """Read a file and say what it holds. Nothing is changed before the person confirms it."""
    person_id, message = person_id_of(update), message_of(update)
    person = await context.conversation.get_person(person_id)
    if person is None:
        # The notice on data comes before anything about the person is stored.
        await start(update, context)
        return
    async with acting(context.bot, person_id, ChatAction.TYPING):
        text, keyboard = await _read(context, person_id, message)
    if keyboard is None:
        await say_in_step(context, person, text)
    else:
        await say(context.bot, person_id, text, keyboard)


async def imported(update: Update, context: Context, query: CallbackQuery, button: buttons.ImportHistory) -> None:
    """Import a file that was read, and recommend from what it says."""
    result = await context.services.histories.accept(person_id_of(update), button.number, context.update_id)
    await _show_result(update, context, query, result)


async def profile_imported(
    update: Update, context: Context, query: CallbackQuery, button: buttons.ImportProfile
) -> None:
    """Import the profile that a person chose of a file that was read, and recommend from what it says."""
    histories = context.services.histories
    result = await histories.accept(person_id_of(update), button.number, context.update_id, button.profile)
    await _show_result(update, context, query, result)


async def _show_result(update: Update, context: Context, query: CallbackQuery, result: ImportResult | None) -> None:
    if result is None:
        await toast(query, imports.TOAST_GONE())
        return
    await toast(query)
    await show(query, imports.imported(result), keyboards.undo(result.number))
    person_id = person_id_of(update)
    person = await context.conversation.get_person(person_id)
    if person is not None and person.step == Step.READY:
        await send_card(context, person_id)
    elif person is not None:
        await say_in_step(context, person, imports.GO_ON())


async def dropped(update: Update, context: Context, query: CallbackQuery, button: buttons.DropImport) -> None:
    """Import nothing of a file that was read."""
    is_dropped = await context.services.histories.drop(person_id_of(update), button.number)
    await toast(query, None if is_dropped else imports.TOAST_GONE())
    if is_dropped:
        await show(query, imports.DROPPED())


async def _read(context: Context, person_id: int, message: Message) -> tuple[Html, InlineKeyboardMarkup | None]:
    """Return what a file holds, or what is wrong with it, and the buttons that import it; None if nothing can be."""
    document = message.document
    if document is None:
        raise ValueError("the filter of this handler lets no message without a document through")
    if (document.file_size or 0) > MAX_BYTES:
        return imports.problem(Problem.TOO_LARGE), None
    content = await _content(document)
    if content is None:
        return imports.NOT_LOADED(), None
    name = document.file_name or ""
    preview = await context.services.histories.read(person_id, content, name, context.update_id)
    if isinstance(preview, Problem):
        return imports.problem(preview), None
    if isinstance(preview, Profiles):
        return imports.profiles(preview), _profile_keyboard(preview)
    return imports.preview(preview), None if preview.number is None else _keyboard(preview.number)


async def _content(document: Document) -> bytes | None:
    """Load a file; None if Telegram does not give it."""
    try:
        file = await document.get_file()
        return bytes(await file.download_as_bytearray(read_timeout=DOWNLOAD_TIMEOUT_S))
    except (Forbidden, RetryAfter):
        raise
    except TelegramError:
        return None


def _keyboard(number: int) -> InlineKeyboardMarkup:
    """Return the buttons that import a file or drop it."""
    accept = keyboards.button(imports.IMPORT(), buttons.ImportHistory(number), KeyboardButtonStyle.SUCCESS)
    return InlineKeyboardMarkup.from_row([accept, _cancel(number)])


def _profile_keyboard(profiles: Profiles) -> InlineKeyboardMarkup | None:
    """Return the buttons that import one profile of a file with films that are known here, or drop the file."""
    number = profiles.number
    if number is None:
        return None
    accept = [
        keyboards.button(imports.profile(preview), buttons.ImportProfile(number, place))
        for place, preview in enumerate(profiles.previews)
        if preview.known
    ]
    return InlineKeyboardMarkup.from_column([*accept, _cancel(number)])


def _cancel(number: int) -> InlineKeyboardButton:
    return keyboards.button(imports.CANCEL(), buttons.DropImport(number))
