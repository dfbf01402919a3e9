"""The values of cards: what the use cases about cards return, and the profiles from which movies are chosen."""

from dataclasses import dataclass, replace
from datetime import datetime

from recsys.profile import Profile
from recsys.services.stuck import Stuck
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
        is_age_unknown: the movie is for somebody under 18, and the age that it suits is unknown.
        age_from: the age from which the certificate allows the movie, if the person is younger; None otherwise.
    """

    movie: Movie
    reason: Reason
    because: Movie | None
    model_missing: bool = False
    first_part: Movie | None = None
    is_age_unknown: bool = False
    age_from: int | None = None


@dataclass(frozen=True, slots=True)
class NextCard:
    """The outcome of an answered card.

    Attributes:
        card: replaces the answered card; None if no movie is left.
        change: the number of the answer, by which it can be undone; None if there is nothing to undo.
        stuck: the clusters to offer, if several cards in a row did not please and it is time to ask; else None.
        is_far: whether the card comes from far away therefore.
        wish: the wish that the card fulfils.
    """

    card: Card | None
    change: int | None = None
    stuck: Stuck | None = None
    is_far: bool = False
    wish: Wish = NOTHING_WISHED


@dataclass(frozen=True, slots=True)
class OutdatedCard:
    """The outcome of a tap on a movie that the card's message no longer shows; nothing was stored.

    Attributes:
        card: the present card of the message.
        chosen_at: when this card was chosen for the message.
        is_confirmed: whether the message showed this card after it was chosen. If not, editing it may have failed.
        change: the number of the last answer to the movie that was tapped; None if it has none.
        wish: the wish that the card fulfils.
    """

    card: Card
    chosen_at: datetime
    is_confirmed: bool
    change: int | None
    wish: Wish = NOTHING_WISHED


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
        later=history.later | {movie_id} if mark == "later" else history.later,
        shown=history.shown | {movie_id},
        latest=(*(shown for shown in history.latest if shown != movie_id), movie_id),
    )
