"""Texts of cards: the caption with details and one reason, the buttons and toasts."""

import re
from collections.abc import Sequence

from handlers.i18n import Html, Label, Text, clipped, fitted, gettext, html, joined, utf16_length, visible_length
from handlers.texts import names
from storage.records import Movie

TEASER_LETTERS = 120
"""The plot on a card is cut to this many UTF-16 code units."""

MAX_DIRECTORS = MAX_ACTORS = 2
"""The maximum number of each on a card."""

_SENTENCE_END = re.compile(r"(?<=[a-z]{3})[.!?](?=\s)")
"""The end of a sentence. "Dr." and "Mrs." end none."""

COMMON_LETTERS, OTHER_TITLE_LETTERS = 70, 40
"""The maximum lengths, in UTF-16 code units, of what two movies have in common and of another movie's title."""

LIKE = Label("👍")
DISLIKE = Label("👎")
SEEN = Label("👀 Seen")
LATER = Label("🔖 Later")
MORE_LIKE_THIS = Label("🎯 More like this")
NEXT = Label("⏭ Next")
UNDO = Label("↩ Undo")

LIKED_BY_PEERS = Text("Liked by people like you")
LIKED_BY_MANY = Text("Liked by many")

AGE_UNKNOWN = Text("I don't know for which age this is; I go by its genres.")

TOAST_LIKED = Label("👍 More of that.")
TOAST_DISLIKED = Label("👎 Less of that.")
TOAST_SEEN = Label("👀 Seen. It won't come again.")
TOAST_LATER = Label("🔖 Kept in your /watchlist.")
TOAST_ALREADY = Label("Noted already.")
TOAST_MOVED_ON = Label("This card has moved on.")
TOAST_THE_LAST = Label("There is nothing else.")

NOTHING_LEFT = Text(
    "You have seen or rated all I have. /watchlist keeps what you wanted to see, /ratings what you rated."
)
NOTHING_FITS = Text("Nothing that you haven't seen fits all of this. Try asking for a little less.")
NOTHING_TO_UNDO = Text("There is nothing to take back.")


def too_young(movie: Movie, age: int) -> Html:
    """Return the message that the person is too young for a movie that they named. A button asks for one like it.

    Args:
        movie: the movie.
        age: the age in years from which its certificate allows it.
    """
    return html(
        gettext(
            "{title} is for people of {age} and older, so I don't show it to you. Tap it for something like it that "
            "fits your age."
        ),
        title=names.title(movie),
        age=age,
    )


def caption(movie: Movie, reason: Html, note: Html | None = None, first_part: Movie | None = None) -> Html:
    """Return the caption of a card: title and year, what is known of the movie in a few lines, and the reason.

    Args:
        movie: the movie on the card.
        reason: one of the reasons of this module.
        note: a note that the recommendation is degraded, or that an age is unknown; None for no note.
        first_part: the earlier part of the same series that is to be seen first; None for none.
    """
    facts = names.facts(movie)
    return joined(
        "\n",
        [
            names.title(movie),
            html("<i>{facts}</i>", facts=facts) if facts else Html(),
            teaser(movie.description or ""),
            _made_by(movie),
            reason,
            html(gettext("Before it comes {title}"), title=_short_title(first_part)) if first_part else Html(),
            html("<i>{note}</i>", note=note) if note else Html(),
        ],
    )


def _short_title(movie: Movie) -> Html:
    return names.title(movie, OTHER_TITLE_LETTERS)


def teaser(plot: str) -> str:
    """Return the beginning of a plot: its first sentences, or the first words of a long sentence."""
    line = " ".join(plot.split())
    if utf16_length(line) <= TEASER_LETTERS:
        return line
    beginning = clipped(line, TEASER_LETTERS)
    sentences = [end.end() for end in _SENTENCE_END.finditer(beginning)]
    if sentences and sentences[-1] >= TEASER_LETTERS // 4:
        return beginning[: sentences[-1]]
    words = beginning[:-1].rsplit(" ", 1)[0]
    return words.rstrip(" ,;:-") + "\N{HORIZONTAL ELLIPSIS}"


def _made_by(movie: Movie) -> Html:
    directors = names.people(movie.directors[:MAX_DIRECTORS])
    actors = names.people(movie.actors[:MAX_ACTORS])
    if directors and actors:
        return html(gettext("By {directors}, with {actors}"), directors=directors, actors=actors)
    if directors:
        return html(gettext("By {directors}"), directors=directors)
    return html(gettext("With {actors}"), actors=actors) if actors else Html()


def below(head: Html | None, caption: Html, units: int) -> Html:
    """Return the text of a card: a head, if there is one, and the caption.

    Args:
        head: is cut if both together are too long.
        caption: from `caption`, which is shorter than any limit of Telegram.
        units: the maximum length in UTF-16 code units after parsing.
    """
    if head is None:
        return caption
    separator = "\n\n"
    return joined(separator, [fitted(head, units - len(separator) - visible_length(caption)), caption])


def because_liked(liked: Movie) -> Html:
    """Return the reason that names the rated movie that contributed most."""
    return html(gettext("Because you liked {title}"), title=names.title(liked))


def resembles(asked: Movie, genres: Sequence[str], people: Sequence[str], *, liked_together: bool) -> Html:
    """Return the reason that says what a movie has in common with the one that was asked for.

    Args:
        asked: the movie that was asked for.
        genres: the genres of both.
        people: directors and actors of both.
        liked_together: whether people who like one like the other.
    """
    title = _short_title(asked)
    common = clipped(", ".join([*map(names.genre, genres), *people]), COMMON_LETTERS)
    if common and liked_together:
        template = gettext("Like {title}: {common}. Many who like one like the other.")
    elif common:
        template = gettext("Like {title}: {common}")
    elif liked_together:
        template = gettext("Many who like {title} like this one too")
    else:
        template = gettext("The nearest to {title} that is left")
    return html(template, title=title, common=common)
