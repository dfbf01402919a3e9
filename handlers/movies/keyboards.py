"""The keyboards of what a person looks up."""

from collections.abc import Sequence

from telegram import CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import InlineKeyboardButtonLimit

from handlers.callbacks import buttons
from handlers.callbacks import watching as watching_buttons
from handlers.callbacks.buttons import Purpose
from handlers.i18n import clipped
from handlers.keyboards import LIST_PAGE, button, paged, pick
from handlers.movies import links as addresses
from handlers.texts import details, titles, watching
from storage.net_details import MoreDetails
from storage.records import Movie


def links(movie: Movie, more: MoreDetails, country: str | None = None) -> InlineKeyboardMarkup:
    """Return the links of a movie to other sites, its trailer, where to watch it, and a button that copies its title.

    Args:
        movie: the movie.
        more: the details of the movie from TMDB.
        country: the country whose offers are shown already; None if none are.
    """
    pages = [
        InlineKeyboardButton(details.IMDB(), url=addresses.imdb(movie)),
        InlineKeyboardButton(details.TMDB(), url=addresses.tmdb(movie)),
        InlineKeyboardButton(details.LETTERBOXD(), url=addresses.letterboxd(movie)),
    ]
    watch = []
    if more.trailer_url is not None:
        watch.append(InlineKeyboardButton(watching.TRAILER(), url=more.trailer_url))
    if not more.offers:
        watch.append(InlineKeyboardButton(details.WHERE_TO_WATCH(), url=addresses.where_to_watch(movie)))
    elif country is None:
        watch.append(button(watching.WHERE(), watching_buttons.ShowOffers(movie.movie_id)))
    elif country in more.offers and (link := more.offers[country].link) is not None:
        watch.append(InlineKeyboardButton(watching.ALL_OFFERS(), url=link))
    title = CopyTextButton(clipped(movie.label, InlineKeyboardButtonLimit.MAX_COPY_TEXT))
    copy = InlineKeyboardButton(details.COPY_TITLE(), copy_text=title)
    return InlineKeyboardMarkup([row for row in (pages, watch, [copy]) if row])


def search_page(movies: Sequence[Movie], words: str, page: int, total: int) -> InlineKeyboardMarkup:
    """Return a page of what /search found; each movie can be opened.

    Args:
        movies: the movies of this page.
        words: the words that were searched for, which fit into callback data.
        page: the number of the page, from 0.
        total: the number of movies on all pages.
    """
    rows = [list(row) for row in pick(movies, Purpose.CARD).inline_keyboard]
    labels = titles.PREVIOUS_PAGE(), titles.NEXT_PAGE()
    return paged(rows, page, (page + 1) * LIST_PAGE < total, labels, lambda target: buttons.SearchPage(words, target))
