"""/history: the movies that the person was shown, with what they said of each."""

from collections.abc import Sequence

from telegram import CallbackQuery, InlineKeyboardMarkup, Update

from handlers import keyboards
from handlers.callbacks import buttons
from handlers.callbacks.buttons import Purpose
from handlers.context import Context
from handlers.i18n import Html
from handlers.replies import person_id_of, say, show, toast
from handlers.texts import history as texts
from handlers.texts import lists
from storage.records import Movie

HISTORY_PAGE = 10
"""The number of entries on a page."""


async def history(update: Update, context: Context) -> None:
    """Handle /history: show the last cards."""
    person_id = person_id_of(update)
    await say(context.bot, person_id, *await _message(context, person_id, 0))


async def history_page(update: Update, context: Context, query: CallbackQuery, button: buttons.HistoryPage) -> None:
    """Show another page of the last cards."""
    await toast(query)
    await show(query, *await _message(context, person_id_of(update), button.page))


async def _message(context: Context, person_id: int, page: int) -> tuple[Html, InlineKeyboardMarkup | None]:
    """Return a page of the last cards, or the last page if there are fewer."""
    size = HISTORY_PAGE
    shown, total = await context.conversation.memory.shown_page(person_id, page * size, size)
    if page > keyboards.last_page(total, size):
        page = keyboards.last_page(total, size)
        shown, total = await context.conversation.memory.shown_page(person_id, page * size, size)
    if not shown:
        return texts.NOTHING_SHOWN(), None
    text = texts.history(shown, page * size + 1, total)
    return text, _keyboard([entry.movie for entry in shown], page, total)


def _keyboard(movies: Sequence[Movie], page: int, total: int) -> InlineKeyboardMarkup:
    """Return a page of the movies that were shown; each button opens a card.

    Args:
        movies: the movies of this page.
        page: the number of the page, from 0.
        total: the number of movies on all pages.
    """
    rows = [
        [keyboards.button(lists.numbered(place, movie), buttons.PickTitle(movie.movie_id, Purpose.CARD))]
        for place, movie in enumerate(movies, start=page * HISTORY_PAGE + 1)
    ]
    labels = lists.PREVIOUS_PAGE(), lists.NEXT_PAGE()
    return keyboards.paged(rows, page, (page + 1) * HISTORY_PAGE < total, labels, buttons.HistoryPage)
