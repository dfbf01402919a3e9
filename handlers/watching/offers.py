"""The button "where" below the details of a movie: the services that have it in the person's country."""

from telegram import CallbackQuery, Update

from handlers.callbacks import watching as buttons
from handlers.context import Context
from handlers.movies.details import details_message
from handlers.replies import person_id_of, show, toast
from handlers.texts import notices, watching
from handlers.watching import keyboards


async def offers_shown(update: Update, context: Context, query: CallbackQuery, button: buttons.ShowOffers) -> None:
    """Add the offers to the details, or ask for the country first."""
    country = await context.services.browsing.country(person_id_of(update))
    countries = context.conversation.state.services
    if country is None and countries:
        await toast(query)
        await show(query, watching.CHOOSE_COUNTRY(), keyboards.countries(countries, button.movie_id))
    elif country is None:
        await toast(query, watching.TOAST_NO_DETAILS())
    else:
        await toast(query)
        await show_offers(context, query, button.movie_id, country)


async def show_offers(context: Context, query: CallbackQuery, movie_id: int, country: str) -> None:
    """Show the details of a movie with its offers in a country."""
    movie = context.conversation.state.movies.get(movie_id)
    if movie is None:
        await toast(query, notices.STALE_BUTTON())
    else:
        await show(query, *await details_message(context, movie, country))
