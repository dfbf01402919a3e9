"""The button "more" of a card: everything that is known about its movie, and where to read more."""

from telegram import CallbackQuery, InlineKeyboardMarkup, Update

from handlers.callbacks import buttons
from handlers.context import Context
from handlers.i18n import Html
from handlers.movies import keyboards
from handlers.replies import person_id_of, say, toast
from handlers.texts import details, notices
from storage.records import Movie


async def details_shown(update: Update, context: Context, query: CallbackQuery, button: buttons.ShowDetails) -> None:
    """Send the details of a movie. A reply or a reaction to them is about the movie, as if they were its card.

    An update that comes again sends nothing more.
    """
    person_id, conversation = person_id_of(update), context.conversation
    await toast(query)
    if await conversation.has_sent_card(context.update_id):
        return
    movie = conversation.state.movies.get(button.movie_id)
    if movie is None:
        await say(context.bot, person_id, Html(notices.STALE_BUTTON()))
        return
    message = await say(context.bot, person_id, *await details_message(context, movie))
    await conversation.record_card(person_id, message.message_id, movie.movie_id, context.update_id)


async def details_message(
    context: Context, movie: Movie, country: str | None = None
) -> tuple[Html, InlineKeyboardMarkup]:
    """Return the text and the keyboard of the details of a movie.

    Args:
        context: of the update.
        movie: the movie.
        country: the country whose offers are part of the text; None for none.
    """
    more = await context.services.browsing.more_details(movie)
    return details.details(movie, more, country), keyboards.links(movie, more, country)
