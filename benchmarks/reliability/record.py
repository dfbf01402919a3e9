"""The actions of simulated people, the times of their answers, and the findings of the judge."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """A kind of action of a person.

    Attributes:
        QUESTION: answer a question about the person.
        TITLE: set the answer for a title on the titles page.
        CARD: tap a button of a card.
        TYPED: rate a movie by /rate.
        REACTION: react to a card with a thumb.
        REPLY: reply to a card with a thumb.
        UNDO: undo the last change by /undo.
        UNDO_BUTTON: undo the last answer to a card by the button, unless its movie was changed again since.
        OTHER: anything that stores no answer, such as a wish.
    """

    QUESTION = "question"
    TITLE = "title"
    CARD = "card"
    TYPED = "typed"
    REACTION = "reaction"
    REPLY = "reply"
    UNDO = "undo"
    UNDO_BUTTON = "undo button"
    OTHER = "other"


@dataclass(slots=True)
class Action:
    """Something that a person did, which is one update for the bot.

    Attributes:
        update_id: Telegram's id of the update.
        person_id: who did it.
        kind: what it was.
        asked_at: when it was done, in seconds of `time.monotonic`.
        answered_at: when the answer was on the screen; None if there was none.
        message_id: the card that was tapped.
        movie_id: the movie that was answered, as the screen showed it, or whose answer is undone.
        stars: the rating that the answer gives; None to remove the rating, or if `mark` is set.
        mark: "seen" or "later", if the answer marks the movie; "next" or "similar", if it passes the movie over.
        profile: the column of the profile and the value, for a question.
        is_owed: whether an answer is owed; it is not while Telegram has a fault.
        is_apologised: whether the person got an apology.
        is_followed: whether a card followed on a tap; not if no movie was left for the wish.
    """

    update_id: int
    person_id: int
    kind: Kind
    asked_at: float = 0.0
    answered_at: float | None = None
    message_id: int = 0
    movie_id: int = 0
    stars: float | None = None
    mark: str = ""
    profile: tuple[str, str | int | None] | None = None
    is_owed: bool = True
    is_apologised: bool = False
    is_followed: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise, without anything that identifies a person.

    Attributes:
        promise: which promise is broken.
        update_id: the update that the finding concerns; None if it concerns none.
        detail: what a developer needs to find the cause.
        case: what was tried; empty in a trial of kills.
    """

    promise: str
    update_id: int | None
    detail: str
    case: str = ""

    def __str__(self) -> str:
        case = f"{self.case}: " if self.case else ""
        update = "" if self.update_id is None else f"update {self.update_id}, "
        return f"{case}{self.promise}: {update}{self.detail}"


def longest_wait(action: Action, up: Iterable[tuple[float, float]]) -> float:
    """Return the longest period, in seconds, in which an action waited for its answer while the bot was running.

    Args:
        action: an action that was answered.
        up: the periods in which the bot was running, in seconds of `time.monotonic`.
    """
    if action.answered_at is None:
        raise ValueError(f"update {action.update_id} was not answered")
    return max((min(action.answered_at, end) - max(action.asked_at, start) for start, end in up), default=0.0)
