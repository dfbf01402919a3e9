"""Texts of /ratings and /watchlist."""

from collections.abc import Sequence

from handlers.i18n import Html, Label, Text, gettext, html, joined, ngettext
from handlers.texts import names
from storage.records import Movie

NO_RATINGS = Text("You haven't rated anything yet. Type a movie you love, or ask for a pick with /recommend.")
EMPTY_WATCHLIST = Text("Your watchlist is empty. 🔖 on a card keeps a movie here.")

PREVIOUS_PAGE = Label("« Newer")
NEXT_PAGE = Label("Older »")
BACK = Label("« Back")
REMOVE_RATING = Label("Remove the rating")
TONIGHT = Label("🌙 Tonight?")
HEAD_TONIGHT = Text("Tonight, from your watchlist:")
NOTHING_FOR_TONIGHT = Text(
    "Nothing on your watchlist is left for tonight: you have seen or rated it, or ruled it out. /recommend has more."
)

TOAST_REMOVED = Label("Removed.")
TOAST_GONE = Label("That one is gone already.")


def ratings(page: Sequence[tuple[Movie, float]], first: int, total: int) -> Html:
    """Return a page of the ratings, newest first.

    Args:
        page: the movies of the page with their stars, at least one.
        first: the number of the first entry of the page, counted from 1 over all pages.
        total: the number of ratings on all pages.
    """
    head = ngettext("You have rated {total} movie:", "You have rated {total} movies, newest first:", total)
    lines = [
        html("{place}. {title} {stars}", place=place, title=names.title(movie), stars=names.stars(stars))
        for place, (movie, stars) in enumerate(page, start=first)
    ]
    return joined("\n", [html(head, total=total), *lines, html(gettext("Tap one to change it."))])


def numbered(place: int, movie: Movie) -> str:
    """Return the button of an entry of a list.

    Args:
        place: the number of the entry, counted from 1 over all pages.
        movie: the movie of the entry.
    """
    return f"{place}. {names.button(movie)}"


def remove(place: int) -> str:
    """Return the button that removes the entry with this number."""
    return f"✕ {place}"


def edit_rating(movie: Movie, stars: float) -> Html:
    """Return the question for other stars."""
    return html(
        gettext("{title} has {stars} from you. How many should it be?"),
        title=names.title(movie),
        stars=names.stars(stars),
    )


def watchlist(page: Sequence[Movie], first: int, total: int) -> Html:
    """Return a page of the watchlist.

    Args:
        page: the movies of the page, at least one.
        first: the number of the first entry of the page, counted from 1 over all pages.
        total: the number of movies on all pages.
    """
    head = ngettext("{total} movie to see:", "{total} movies to see:", total)
    lines = [html("{place}. {title}", place=place, title=names.title(movie)) for place, movie in enumerate(page, first)]
    how = html(gettext("Tap one to see its card. ✕ takes it off the list."))
    return joined("\n", [html(head, total=total), *lines, how])
