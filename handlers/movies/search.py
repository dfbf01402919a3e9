"""/search: all movies with these words in their titles, people or plots, page by page."""

from telegram import CallbackQuery, InlineKeyboardMarkup, Update

from handlers.callbacks import buttons
from handlers.callbacks.buttons import Purpose
from handlers.callbacks.fields import MAX_WORDS_BYTES
from handlers.context import Context
from handlers.i18n import Html
from handlers.keyboards import LIST_PAGE, last_page, pick
from handlers.movies.keyboards import search_page
from handlers.replies import argument_of, message_of, person_id_of, say, show, toast
from handlers.steps import Step
from handlers.texts import titles


async def search(update: Update, context: Context) -> None:
    """Handle /search WORDS."""
    person_id, words = person_id_of(update), searchable(argument_of(message_of(update)))
    await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    if words:
        await say(context.bot, person_id, *await _page(context, words, 0))
    else:
        await say(context.bot, person_id, titles.HOW_TO_SEARCH())


async def page_turned(_update: Update, context: Context, query: CallbackQuery, button: buttons.SearchPage) -> None:
    """Show another page of what a search found."""
    await toast(query)
    await show(query, *await _page(context, button.words, button.page))


def searchable(text: str) -> str:
    """Return the beginning of a text that fits into the callback data of a page: whole words without colons."""
    fitting = ""
    for word in text.replace(":", " ").split():
        longer = f"{fitting} {word}" if fitting else word
        if len(longer.encode("utf-8", "replace")) > MAX_WORDS_BYTES:
            # A single long word is cut.
            return fitting or word.encode("utf-8", "replace")[:MAX_WORDS_BYTES].decode("utf-8", "ignore")
        fitting = longer
    return fitting


async def _page(context: Context, words: str, page: int) -> tuple[Html, InlineKeyboardMarkup | None]:
    """Return a page of what a search finds, or the last page if it finds less."""
    browsing = context.services.browsing
    hits = await browsing.search(words)
    alike = [] if hits else await browsing.alike(words)
    if not hits and not alike:
        hits = await browsing.nearest(words)
    if not hits:
        return titles.nothing_found(words, alike), pick(alike, Purpose.CARD) if alike else None
    page = min(page, last_page(len(hits)))
    shown = hits[page * LIST_PAGE : (page + 1) * LIST_PAGE]
    text = titles.search_results(words, shown, len(hits))
    return text, search_page([hit.movie for hit in shown], words, page, len(hits))
