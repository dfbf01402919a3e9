"""Texts about opinions: what was stored, and the question what a person thinks of a movie that they named."""

from collections.abc import Sequence

from handlers.i18n import Html, Label, Text, gettext, html, joined
from handlers.texts import names
from recsys.profile import DISLIKE, LIKE
from storage.records import Movie

LOVE = Label("👍 love it")
DISLIKE_IT = Label("👎 not for me")
SEEN = Label("👀 seen")
WISH = Label("it was a wish")
AND_THESE = Text("You named these too. Tap a title, and I ask what to note.")

MAX_LISTED = 20
"""At most this many movies are listed in a confirmation."""


def ask(movie: Movie) -> Html:
    """Return the question what the person thinks of a movie. The buttons say what each answer stores."""
    return html(gettext("{title}: what shall I note? Until you tap, nothing is stored."), title=names.title(movie))


def which(text: str) -> Html:
    """Return the question for one of several movies. A tap rates nothing yet.

    Args:
        text: the title as it was typed.
    """
    return html(gettext("Which one do you mean by “{text}”? I ask before I note anything."), text=names.quoted(text))


def disliked(movie: Movie) -> Html:
    """Return the confirmation that a movie was rated as disliked."""
    return html(gettext("👎 {title}, noted. Less of that."), title=names.title(movie))


def seen(movie: Movie) -> Html:
    """Return the confirmation that a movie was marked as seen, with the question how it was."""
    return html(gettext("👀 {title}: seen, so it won't come. How was it?"), title=names.title(movie))


def unseen(movie: Movie) -> Html:
    """Return the confirmation that a movie was marked as not seen."""
    return html(gettext("{title}: not seen yet, noted."), title=names.title(movie))


def noted(confirmed: Sequence[tuple[Movie, float | None, bool | None]]) -> Html:
    """Return the confirmation of several opinions.

    Args:
        confirmed: each movie with its stars, None for none, and whether it was seen, None if that was not said.
    """
    lines = [_line(movie, stars, is_seen) for movie, stars, is_seen in confirmed[:MAX_LISTED]]
    if len(confirmed) > MAX_LISTED:
        lines.append(html(gettext("… and {n} more."), n=len(confirmed) - MAX_LISTED))
    return joined("\n", [html(gettext("Noted:")), *lines, html(gettext("/undo takes back one after the other."))])


def change(movie: Movie) -> str:
    """Return the button that opens a rating to change it."""
    return gettext("Change {title}").format(title=names.button(movie))


def _line(movie: Movie, stars: float | None, is_seen: bool | None) -> Html:
    thumbs = {LIKE: "👍", DISLIKE: "👎"}
    if stars is not None:
        sign = thumbs.get(stars) or names.stars(stars)
    else:
        sign = gettext("👀 seen") if is_seen else gettext("not seen yet")
    return html("• {title}: {sign}", title=names.title(movie), sign=sign)
