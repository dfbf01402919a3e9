"""The values of cards: what the use cases about cards return, and the profiles from which movies are chosen."""

from dataclasses import dataclass, replace
from datetime import datetime

from recsys.profile import Profile
from recsys.serving.explain import Reason
from recsys.text.wishes import Wish
from storage.records import History, MarkKind, Movie

NOTHING_WISHED = Wish()


@dataclass(frozen=True, slots=True)
class Card:
    """One movie to show.

    Attributes:
        movie: with its metadata.
        reason: why the movie is recommended.
        because: the movie that the reason names; None if it names none.
        first_part: the first earlier part of the series that the person has neither rated nor seen; None for none.
        model_missing: no model was available, and the movie comes from the popularity fallback.
    """

    movie: Movie
    reason: Reason
    because: Movie | None
    model_missing: bool = False
    first_part: Movie | None = None


@dataclass(frozen=True, slots=True)
class NextCard:
    """The outcome of an answered card.

    Attributes:
        card: replaces the answered card; None if no movie is left.
    """

    card: Card | None


@dataclass(frozen=True, slots=True)
class OutdatedCard:
    """The outcome of a tap on a movie that its message no longer stands for; nothing was stored.

    Attributes:
        card: the present card of the message.
        chosen_at: when this card was chosen for the message.
        is_confirmed: whether the message showed this card after it was chosen. If not, editing it may have failed.
        is_rated: whether the movie that was tapped is rated.
    """

    card: Card
    chosen_at: datetime
    is_confirmed: bool
    is_rated: bool


def profile_of(history: History) -> Profile:
    """Return the profile that a history contains."""
    return Profile(history.gender, history.age, history.occupation, history.stars, history.unseen)


def with_answer(history: History, movie_id: int, stars: float | None, mark: MarkKind | None) -> History:
    """Return the history as it will be once the answer to a card is stored."""
    rated = history.stars if stars is None else history.stars | {movie_id: stars}
    return replace(
        history,
        stars=rated,
        unseen=history.unseen - rated.keys(),
        seen=history.seen | {movie_id} if mark == "seen" else history.seen,
        shown=history.shown | {movie_id},
        latest=(*(shown for shown in history.latest if shown != movie_id), movie_id),
    )
