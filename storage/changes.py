"""Records of changes that people make, and of undone changes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from storage.records import MarkKind

ChangeKind = Literal["rating", "mark", "next", "similar", "preferences", "import"]
"""The kinds of changes.

rating: a rating was set or removed.
mark: a mark was put or removed.
next: a card was passed over.
similar: a card was passed over for movies like it, which became the active wish.
preferences: what the person never wants to see was changed.
import: a file was imported. Its ratings and marks are changes that are part of this one.
"""


Passed = Literal["next", "similar"]
"""How a card is passed over: for the next movie, or for movies like it."""


@dataclass(frozen=True, slots=True)
class RatingChange:
    """A change of a rating: the stars before and after it. None means no rating.

    Attributes:
        number: of the stored change, by which it can be undone; None if nothing changed.
    """

    movie_id: int
    before: float | None
    after: float | None
    number: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class UndoneMark:
    """A mark after its change was undone.

    Attributes:
        movie_id: the movie.
        kind: the mark.
        is_marked: whether the movie has the mark now.
    """

    movie_id: int
    kind: MarkKind
    is_marked: bool


@dataclass(frozen=True, slots=True)
class UndoneCard:
    """A card that was passed over, after this was undone: the card has no answer now."""

    movie_id: int


@dataclass(frozen=True, slots=True)
class UndonePreferences:
    """What a person never wants to see, after a change of it was undone.

    Attributes:
        wish: the conditions that hold now, as in `StoredWish`; empty if there are none.
    """

    wish: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UndoneImport:
    """An imported file after its import was undone.

    Attributes:
        movies: the number of movies whose ratings and marks are again as before.
    """

    movies: int


@dataclass(frozen=True, slots=True)
class Undone:
    """A change that was undone.

    Attributes:
        outcome: what is there now. For a rating, the effect of the undo: for an undone thumb up, before=5, after=None.
        is_of_card: whether the change was an answer to a card.
        is_in_place: whether the card of the movie is back in the message in which the undo was asked for.
    """

    outcome: RatingChange | UndoneMark | UndoneCard | UndonePreferences | UndoneImport
    is_of_card: bool = False
    is_in_place: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer about a movie, or a change of the preferences.

    Attributes:
        kind: the kind of the change.
        movie_id: the movie; None for preferences.
        stars: the stars after the change; None unless a rating was set.
        mark: the mark that was put or removed; None for other kinds.
        is_of_card: whether it answered a card.
    """

    kind: ChangeKind
    movie_id: int | None
    stars: float | None = None
    mark: MarkKind | None = None
    is_of_card: bool = True


class ShownCard(NamedTuple):
    """A movie that a message certainly shows.

    Attributes:
        person_id: Telegram user id of the person whose card the message is.
        message_id: the message.
        movie_id: the movie.
    """

    person_id: int
    message_id: int
    movie_id: int
