"""The buttons of the corners that are offered when nothing pleases."""

from telegram import CallbackQuery, Update

from handlers.callbacks import buttons
from handlers.context import Context
from handlers.replies import person_id_of, toast
from handlers.steps import Step
from handlers.texts import corners, notices
from handlers.typed.wishes import send_wished


async def corner_chosen(update: Update, context: Context, query: CallbackQuery, button: buttons.CornerChosen) -> None:
    """Make the corner the active wish, and send its first card."""
    person_id, conversation = person_id_of(update), context.conversation
    await conversation.get_or_create_person(person_id, Step.WELCOME)
    chosen = await conversation.memory.corner_of(button.movie_id)
    await toast(query, notices.STALE_BUTTON() if chosen is None else None)
    if chosen is not None:
        corner, wish = chosen
        await send_wished(context, person_id, wish, corners.chosen(corner))
