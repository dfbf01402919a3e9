"""Texts of /history."""

from collections.abc import Sequence

from handlers.i18n import Html, Text, gettext, html, joined, ngettext
from handlers.texts import names
from recsys.profile import DISLIKE, LIKE
from recsys.services.memory import ShownMovie

NOTHING_SHOWN = Text("I have shown you no movie yet. /recommend brings one.")


def history(page: Sequence[ShownMovie], first: int, total: int) -> Html:
    """Return a page of the movies that the person was shown, the newest first.

    Args:
        page: the movies of the page, at least one.
        first: the number of the first entry of the page, counted from 1 over all pages.
        total: the number of movies on all pages.
    """
    head = ngettext("I have shown you {total} movie:", "I have shown you {total} movies, the newest first:", total)
    lines = [
        html("{place}. {title} {feedback}", place=place, title=names.title(entry.movie), feedback=_feedback(entry))
        for place, entry in enumerate(page, start=first)
    ]
    return joined("\n", [html(head, total=total), *lines, html(gettext("Tap one to see its card again."))])


def _feedback(entry: ShownMovie) -> str:
    """Return the feedback of the person on a movie; empty if there is none."""
    thumbs = {LIKE: "👍", DISLIKE: "👎"}
    parts = []
    if entry.stars is not None:
        parts.append(thumbs.get(entry.stars) or names.stars(entry.stars))
    elif entry.is_seen:
        parts.append(gettext("👀 seen"))
    if entry.is_for_later:
        parts.append(gettext("🔖 for later"))
    return ", ".join(parts)
