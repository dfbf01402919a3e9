"""Titles that people type: ambiguous, unknown, searched for, rated by name."""

from collections.abc import Sequence

from handlers.i18n import Html, Text, gettext, html, joined, ngettext
from handlers.texts import names
from storage.records import Movie

HOW_TO_RATE = Text("Write the title and 1 to 5 stars: <code>/rate Alien 4.5</code>")
HOW_TO_FIND_SIMILAR = Text("Write a title: <code>/similar Alien</code>")
HOW_TO_SEARCH = Text("Write some words of a title: <code>/search space</code>")


def ambiguous(text: str) -> Html:
    """What was typed fits several movies, which are offered as buttons."""
    return html(gettext("Which one do you mean by “{text}”?"), text=names.quoted(text))


def not_found(text: str, nearest: Sequence[Movie]) -> Html:
    """No movie is called so.

    Args:
        text: what was typed.
        nearest: movies with similar titles, which are offered as buttons.
    """
    if nearest:
        return html(
            gettext("I know no movie called “{text}”. Did you mean one of these?"),
            text=names.quoted(text),
        )
    return html(
        gettext("I know no movie called “{text}”. Try another spelling, or a wish like “90s comedy, no horror”."),
        text=names.quoted(text),
    )


def search_results(words: str, movies: Sequence[Movie]) -> Html:
    """What /search found; the movies are buttons too."""
    if not movies:
        return html(gettext("No title has “{words}” in it."), words=names.quoted(words))
    head = html(
        ngettext("{n} movie for “{words}”:", "{n} movies for “{words}”:", len(movies)),
        n=len(movies),
        words=names.quoted(words),
    )
    return joined("\n", [head, *(html("• {title}", title=names.title(movie)) for movie in movies)])


def similar_to(movie: Movie) -> Html:
    """The head of a card that was asked for by /similar or 🎯."""
    return html(gettext("More like {title}:"), title=names.title(movie))


def how_many_stars(movie: Movie) -> Html:
    """A title without stars is to be rated."""
    return html(gettext("How many stars for {title}?"), title=names.title(movie))


def bad_stars(text: str) -> Html:
    """Stars that cannot be."""
    return html(gettext("“{text}” is no number of stars. They go from 1 to 5, halves too."), text=names.quoted(text))


def rated(movie: Movie, stars: float) -> Html:
    """A rating is stored."""
    return html(gettext("{title}: {stars}. /undo takes it back."), title=names.title(movie), stars=names.stars(stars))
