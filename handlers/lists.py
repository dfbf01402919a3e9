"""/ratings and /watchlist, page by page."""

from telegram import CallbackQuery, InlineKeyboardMarkup, Update

from handlers import keyboards
from handlers.callbacks import buttons
from handlers.cards import send_chosen, wish_of
from handlers.context import Context
from handlers.i18n import Html, joined
from handlers.onboarding import say_in_step, with_step
from handlers.replies import person_id_of, say, show, toast
from handlers.steps import Step
from handlers.texts import lists, titles
from storage.records import Person

ListMessage = tuple[Html, InlineKeyboardMarkup | None]


async def ratings(update: Update, context: Context) -> None:
    """Handle /ratings: show the newest ratings."""
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    await say_in_step(context, person, *await _ratings_message(context, person.person_id, 0))


async def ratings_page(update: Update, context: Context, query: CallbackQuery, button: buttons.RatingsPage) -> None:
    """Show another page of the ratings."""
    await toast(query)
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    await _show_ratings(context, query, person, button.page)


async def rating_edit(update: Update, context: Context, query: CallbackQuery, button: buttons.RatingEdit) -> None:
    """Open a rating: offer other stars and its removal."""
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    stars = (await context.conversation.stars(person.person_id)).get(button.movie_id)
    if stars is None:
        await toast(query, lists.TOAST_GONE())
        await _show_ratings(context, query, person, button.page)
        return
    await toast(query)
    movie = context.conversation.movie(button.movie_id)
    await show(query, lists.edit_rating(movie, stars), keyboards.stars(button.movie_id, button.page, rated=True))


async def set_stars(update: Update, context: Context, query: CallbackQuery, button: buttons.SetStars) -> None:
    """Rate a movie with the stars of the button. A change of a rating leads back to the list of the ratings."""
    person_id = person_id_of(update)
    person = await context.conversation.get_or_create_person(person_id, Step.WELCOME)
    change = await context.conversation.rate(person_id, button.movie_id, button.stars, "stars", context.update_id)
    await toast(query, lists.TOAST_GONE() if change is None else None)
    if change is not None and change.before is None:
        text = titles.rated(context.conversation.movie(button.movie_id), button.stars)
        keyboard = keyboards.undo(change.number)
    else:
        text, keyboard = await _ratings_message(context, person_id, button.page)
        if change is not None:
            text = joined("\n\n", [titles.rated(context.conversation.movie(button.movie_id), button.stars), text])
    await show(query, *await with_step(context, person, text, keyboard))


async def remove_rating(update: Update, context: Context, query: CallbackQuery, button: buttons.RemoveRating) -> None:
    """Remove a rating and show the page that it was on."""
    person = await context.conversation.get_or_create_person(person_id_of(update), Step.WELCOME)
    await context.conversation.rate(person.person_id, button.movie_id, None, "stars", context.update_id)
    await toast(query, lists.TOAST_REMOVED())
    await _show_ratings(context, query, person, button.page)


async def watchlist(update: Update, context: Context) -> None:
    """Handle /watchlist: show the movies that were marked for later, newest first."""
    person_id = person_id_of(update)
    await say(context.bot, person_id, *await _watchlist_message(context, person_id, 0))


async def watchlist_page(update: Update, context: Context, query: CallbackQuery, button: buttons.WatchlistPage) -> None:
    """Show another page of the watchlist."""
    await toast(query)
    await show(query, *await _watchlist_message(context, person_id_of(update), button.page))


async def watchlist_remove(
    update: Update, context: Context, query: CallbackQuery, button: buttons.WatchlistRemove
) -> None:
    """Remove a movie from the watchlist and show the page that it was on."""
    person_id = person_id_of(update)
    removed = await context.conversation.unmark(person_id, button.movie_id, "later", context.update_id)
    await toast(query, lists.TOAST_REMOVED() if removed else lists.TOAST_GONE())
    await show(query, *await _watchlist_message(context, person_id, button.page))


async def tonight(update: Update, context: Context, query: CallbackQuery, _button: buttons.Tonight) -> None:
    """Send the card of the movie of the watchlist that the person will like best."""
    person_id = person_id_of(update)
    await toast(query)
    card = await context.services.browsing.tonight(person_id)
    if card is None:
        await say(context.bot, person_id, lists.NOTHING_FOR_TONIGHT())
    else:
        wish = await wish_of(context, person_id, card.movie)
        await send_chosen(context, person_id, card, wish, head=lists.HEAD_TONIGHT())


async def _show_ratings(context: Context, query: CallbackQuery, person: Person, page: int) -> None:
    """Show a page of the ratings in place of the message whose button was tapped."""
    await show(query, *await with_step(context, person, *await _ratings_message(context, person.person_id, page)))


async def _ratings_message(context: Context, person_id: int, page: int) -> ListMessage:
    """Return a page of the ratings, or the last page if there are fewer."""
    size = keyboards.LIST_PAGE
    rated, total = await context.conversation.ratings_page(person_id, page * size, size)
    if page > keyboards.last_page(total):
        page = keyboards.last_page(total)
        rated, total = await context.conversation.ratings_page(person_id, page * size, size)
    if not rated:
        return lists.NO_RATINGS(), None
    text = lists.ratings([(movie, rating.stars) for movie, rating in rated], page * size + 1, total)
    return text, keyboards.ratings([movie for movie, _ in rated], page, total)


async def _watchlist_message(context: Context, person_id: int, page: int) -> ListMessage:
    """Return a page of the watchlist, or the last page if the watchlist has become shorter."""
    watchlist = await context.conversation.watchlist(person_id)
    page = min(page, keyboards.last_page(len(watchlist)))
    first = page * keyboards.LIST_PAGE
    movies = watchlist[first : first + keyboards.LIST_PAGE]
    if not movies:
        return lists.EMPTY_WATCHLIST(), None
    return lists.watchlist(movies, first + 1, len(watchlist)), keyboards.watchlist(movies, page, len(watchlist))
