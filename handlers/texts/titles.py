"""Texts about typed titles: ambiguous, unknown, searched for, or rated by name."""

from collections.abc import Sequence
from itertools import groupby

from handlers.i18n import Html, Label, Text, clipped, gettext, html, joined, ngettext
from handlers.texts import names
from recsys.text.search import Field, Hit
from storage.records import Movie

HOW_TO_RATE = Text("Write the title and 1 to 5 stars: <code>/rate Alien 4.5</code>")
HOW_TO_FIND_SIMILAR = Text("Write a title: <code>/similar Alien</code>")
HOW_TO_SEARCH = Text(
    "Write words of a title, a name or a theme: <code>/search space</code>, <code>/search al pacino</code>"
)
PREVIOUS_PAGE = Label("« Back")
NEXT_PAGE = Label("More »")

MAX_NAMED = 10
"""At most this many unknown titles of one message are named."""


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


def none_found(texts: Sequence[str]) -> Html:
    """Return the message that no movies have these titles, each of which is named.

    Args:
        texts: the typed titles, at least one.
    """
    if len(texts) == 1:
        return not_found(texts[0], ())
    quoted = [html("“{text}”", text=names.quoted(text)) for text in texts[:MAX_NAMED]]
    return html(gettext("I know no movies called {titles}. Try another spelling."), titles=joined(", ", quoted))


def search_results(words: str, hits: Sequence[Hit], total: int) -> Html:
    """Return a page of the results of /search. The movies are offered as buttons too.

    Args:
        words: the words that were searched for.
        hits: the results of the page, at least one.
        total: the number of results on all pages.
    """
    if hits[0].field is Field.NEAREST:
        found = gettext("Nothing has all of “{words}”. The nearest that I know:")
    else:
        found = ngettext("{n} movie for “{words}”:", "{n} movies for “{words}”:", total)
    lines: list[object] = [html(found, n=total, words=names.quoted(words))]
    for (field, person), group in groupby(hits, key=lambda hit: (hit.field, hit.person)):
        if field not in (Field.TITLE, Field.NEAREST):
            lines.append(html("<i>{heading}</i>", heading=_heading(field, person)))
        lines += [html("• {title}", title=names.title(hit.movie)) for hit in group]
    return joined("\n", lines)


def nothing_found(words: str, alike: Sequence[Movie]) -> Html:
    """Return the message that /search found nothing.

    Args:
        words: the words that were searched for.
        alike: movies whose titles are like the words, which are offered as buttons.
    """
    if alike:
        return html(gettext("I found nothing for “{words}”. Did you mean one of these?"), words=names.quoted(words))
    return html(gettext("I found nothing for “{words}”: no title, no name and no plot."), words=names.quoted(words))


def _heading(field: Field, person: str) -> str:
    if field is Field.PERSON:
        return gettext("By or with {person}:").format(person=clipped(person, names.GENRE_LETTERS))
    return gettext("In the plot:") if field is Field.PLOT else gettext("Somewhere in the details:")


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
