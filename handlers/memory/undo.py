"""/undo and the undo button: they take back what a person did, and bring back the card that was answered."""

from telegram import CallbackQuery, InlineKeyboardMarkup, Update

from handlers import keyboards
from handlers.callbacks import buttons
from handlers.cards import replace_card, send_chosen
from handlers.context import Context
from handlers.i18n import Html
from handlers.onboarding import say_in_step
from handlers.replies import person_id_of, toast
from handlers.steps import Step
from handlers.texts import cards, undo
from handlers.wish_parts import wish_parts
from recsys.services.cards import NOTHING_WISHED
from recsys.services.memory import TakenBack
from recsys.services.wishes import wish_of
from storage.changes import RatingChange, UndoneCard, UndoneImport, UndoneMark, UndonePreferences


async def undo_last(update: Update, context: Context) -> None:
    """Handle /undo: take back the last thing that the person did."""
    person_id = person_id_of(update)
    taken_back = await context.conversation.memory.undo(person_id, update_id=context.update_id)
    if taken_back is None:
        person = await context.conversation.get_or_create_person(person_id, Step.WELCOME)
        await say_in_step(context, person, cards.NOTHING_TO_UNDO())
    else:
        await _say_taken_back(context, person_id, taken_back)


async def undo_button(update: Update, context: Context, query: CallbackQuery, button: buttons.UndoChange) -> None:
    """Take back the change of the button, unless that was done or the person changed the same thing again since."""
    person_id, message = person_id_of(update), query.message
    message_id = None if message is None else message.message_id
    memory = context.conversation.memory
    taken_back = await memory.undo(person_id, button.number, context.update_id, message_id=message_id)
    await toast(query, None if taken_back else undo.TOAST_TOO_LATE())
    if taken_back is None:
        return
    if message is None or taken_back.card is None or not taken_back.is_in_place:
        await _say_taken_back(context, person_id, taken_back)
        return
    wish = await context.conversation.active_wish(person_id) or NOTHING_WISHED
    head, _ = _confirmation(context, taken_back)
    await replace_card(context, message, person_id, taken_back.card, wish, head=head, undo=None)


async def _say_taken_back(context: Context, person_id: int, taken_back: TakenBack) -> None:
    """Say what was taken back, with what the person's step waits for. If it was an answer to a card, send the card."""
    head, keyboard = _confirmation(context, taken_back)
    if taken_back.card is None:
        person = await context.conversation.get_or_create_person(person_id, Step.WELCOME)
        await say_in_step(context, person, head, keyboard)
    else:
        wish = await context.conversation.active_wish(person_id) or NOTHING_WISHED
        await send_chosen(context, person_id, taken_back.card, wish, head=head)


def _confirmation(context: Context, taken_back: TakenBack) -> tuple[Html, InlineKeyboardMarkup | None]:
    movie_of = context.conversation.movie
    match taken_back.outcome:
        case RatingChange(movie_id, _, stars):
            return undo.rating(movie_of(movie_id), stars), None
        case UndoneMark(movie_id, kind, is_marked):
            return undo.mark(movie_of(movie_id), kind, is_marked=is_marked), None
        case UndoneCard(movie_id):
            return undo.card(movie_of(movie_id)), None
        case UndoneImport(movies):
            return undo.imported(movies), None
        case UndonePreferences(wish):
            parts = wish_parts(wish_of(wish), movie_of)
            return undo.preferences([part.label for part in parts]), keyboards.preferences(parts) if parts else None
