"""Texts about typed titles: ambiguous, unknown, searched for, or rated by name."""

from collections.abc import Sequence

from handlers.i18n import Html, Text, gettext, html, joined, ngettext
from handlers.texts import names
from storage.records import Movie

HOW_TO_RATE = Text("Write the title and 1 to 5 stars: <code>/rate Alien 4.5</code>")
HOW_TO_FIND_SIMILAR = Text("Write a title: <code>/similar Alien</code>")
HOW_TO_SEARCH = Text("Write some words of a title: <code>/search space</code>")


def ambiguous(text: str) -> Html:
    """Return the question for one of several movies, which are offered as buttons.

    Args:
        text: the typed title.
    """
    return html(gettext("Which one do you mean by “{text}”?"), text=names.quoted(text))


def not_found(text: str, nearest: Sequence[Movie]) -> Html:
    """Return the message that no movie has this title.

    Args:
        text: the typed title.
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
    """Return the results of /search. The movies are offered as buttons too."""
    if not movies:
        return html(gettext("No title has “{words}” in it."), words=names.quoted(words))
    head = html(
        ngettext("{n} movie for “{words}”:", "{n} movies for “{words}”:", len(movies)),
        n=len(movies),
        words=names.quoted(words),
    )
    return joined("\n", [head, *(html("• {title}", title=names.title(movie)) for movie in movies)])


def similar_to(movie: Movie) -> Html:
    """Return the head of a card that was requested by /similar or 🎯."""
    return html(gettext("More like {title}:"), title=names.title(movie))


def how_many_stars(movie: Movie) -> Html:
    """Return the question for stars."""
    return html(gettext("How many stars for {title}?"), title=names.title(movie))


def bad_stars(text: str) -> Html:
    """Return the message that a number of stars is out of range."""
    return html(gettext("“{text}” is no number of stars. They go from 1 to 5, halves too."), text=names.quoted(text))


def rated(movie: Movie, stars: float) -> Html:
    """Return the confirmation of a rating."""
    return html(gettext("{title}: {stars}. /undo takes it back."), title=names.title(movie), stars=names.stars(stars))
