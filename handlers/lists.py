"""/ratings and /watchlist, page by page."""

from telegram import CallbackQuery, InlineKeyboardMarkup, Update

from handlers import keyboards
from handlers.callbacks import RatingEdit, RatingsPage, RemoveRating, SetStars, WatchlistPage, WatchlistRemove
from handlers.context import Context
from handlers.i18n import Html
from handlers.replies import person_id, say, show, toast
from handlers.steps import Step
from handlers.texts import lists, titles

Shown = tuple[Html, InlineKeyboardMarkup | None]


async def ratings(update: Update, context: Context) -> None:
    """/ratings."""
    await say(context.bot, person_id(update), *await _ratings(context, person_id(update), 0))


async def ratings_page(update: Update, context: Context, query: CallbackQuery, said: RatingsPage) -> None:
    """Another page."""
    await toast(query)
    await show(query, *await _ratings(context, person_id(update), said.page))


async def rating_edit(update: Update, context: Context, query: CallbackQuery, said: RatingEdit) -> None:
    """A rating is opened."""
    stars = (await context.conversation.stars(person_id(update))).get(said.movie_id)
    if stars is None:
        await toast(query, lists.TOAST_GONE())
        await show(query, *await _ratings(context, person_id(update), said.page))
        return
    await toast(query)
    movie = context.conversation.movie(said.movie_id)
    await show(query, lists.edit_rating(movie, stars), keyboards.stars(said.movie_id, said.page, rated=True))


async def set_stars(update: Update, context: Context, query: CallbackQuery, said: SetStars) -> None:
    """A rating gets other stars; only ever one's own, whatever the button says."""
    await context.conversation.arrive(person_id(update), Step.WELCOME)
    await context.conversation.rate(person_id(update), said.movie_id, said.stars, "stars")
    await toast(query)
    await show(query, titles.rated(context.conversation.movie(said.movie_id), said.stars))


async def remove_rating(update: Update, context: Context, query: CallbackQuery, said: RemoveRating) -> None:
    """A rating is taken away."""
    await context.conversation.arrive(person_id(update), Step.WELCOME)
    await context.conversation.rate(person_id(update), said.movie_id, None, "stars")
    await toast(query, lists.TOAST_REMOVED())
    await show(query, *await _ratings(context, person_id(update), said.page))


async def watchlist(update: Update, context: Context) -> None:
    """/watchlist."""
    await say(context.bot, person_id(update), *await _watchlist(context, person_id(update), 0))


async def watchlist_page(update: Update, context: Context, query: CallbackQuery, said: WatchlistPage) -> None:
    """Another page."""
    await toast(query)
    await show(query, *await _watchlist(context, person_id(update), said.page))


async def watchlist_remove(update: Update, context: Context, query: CallbackQuery, said: WatchlistRemove) -> None:
    """No longer for later."""
    removed = await context.conversation.unmark(person_id(update), said.movie_id, "later")
    await toast(query, lists.TOAST_REMOVED() if removed else lists.TOAST_GONE())
    await show(query, *await _watchlist(context, person_id(update), said.page))


async def _ratings(context: Context, who: int, page: int) -> Shown:
    found, total = await context.conversation.ratings(who, page * keyboards.LIST_PAGE, keyboards.LIST_PAGE)
    if not found:
        return (lists.NO_RATINGS(), None) if page == 0 else await _ratings(context, who, page - 1)
    text = lists.ratings([(movie, one.stars) for movie, one in found], page * keyboards.LIST_PAGE + 1, total)
    return text, keyboards.ratings([movie for movie, _ in found], page, total)


async def _watchlist(context: Context, who: int, page: int) -> Shown:
    kept = await context.conversation.watchlist(who)
    page = min(page, max(0, len(kept) - 1) // keyboards.LIST_PAGE)
    first = page * keyboards.LIST_PAGE
    found = kept[first : first + keyboards.LIST_PAGE]
    if not found:
        return lists.EMPTY_WATCHLIST(), None
    return lists.watchlist(found, first + 1, len(kept)), keyboards.watchlist(found, page, len(kept))
