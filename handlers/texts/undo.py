"""Texts about undo: what was taken back, and what is there again."""

from collections.abc import Sequence

from handlers.i18n import Html, Label, Text, gettext, html, ngettext
from handlers.texts import names, wishes
from storage.records import MarkKind, Movie

TOAST_TOO_LATE = Label("That was taken back already, or changed again since.")
NO_PREFERENCES = Text("Taken back: nothing is left out of your picks any more.")


def rating(movie: Movie, stars: float | None) -> Html:
    """Return the confirmation that a change of a rating was undone.

    Args:
        movie: the movie whose rating changed.
        stars: its rating now, None for no rating.
    """
    if stars is None:
        return html(gettext("Taken back: {title} is not rated any more."), title=names.title(movie))
    return html(gettext("Taken back: {title} has {stars} again."), title=names.title(movie), stars=names.stars(stars))


def mark(movie: Movie, kind: MarkKind, *, is_marked: bool) -> Html:
    """Return the confirmation that a change of a mark was undone.

    Args:
        movie: the movie.
        kind: the mark.
        is_marked: whether the movie has the mark now.
    """
    if kind == "later":
        text = gettext("Taken back: {title} is not on your watchlist any more.")
        again = gettext("Taken back: {title} is on your watchlist again.")
    elif kind == "seen":
        text = gettext("Taken back: {title} does not count as seen any more.")
        again = gettext("Taken back: {title} counts as seen again.")
    else:
        text = gettext("Taken back: {title} does not count as not seen any more.")
        again = gettext("Taken back: {title} counts as not seen again.")
    return html(again if is_marked else text, title=names.title(movie))


def card(movie: Movie) -> Html:
    """Return the confirmation that a card is back that was passed over."""
    return html(gettext("Taken back: here is {title} again."), title=names.title(movie))


def imported(movies: int) -> Html:
    """Return the confirmation that an import was undone.

    Args:
        movies: the number of movies of which it was undone. What was changed again since stays.
    """
    text = ngettext(
        "Taken back: the file does not count any more, with its {movies} movie.",
        "Taken back: the file does not count any more, with its {movies} movies.",
        movies,
    )
    return html(text, movies=f"{movies:,}")


def preferences(labels: Sequence[str]) -> Html:
    """Return the confirmation that a change of the lasting preferences was undone.

    Args:
        labels: the conditions that hold now.
    """
    if not labels:
        return NO_PREFERENCES()
    return html(gettext("Taken back. {preferences}"), preferences=wishes.preferences(labels))
