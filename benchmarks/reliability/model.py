"""The plain model: what a correct bot has stored of a person after everything that the person did."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from benchmarks.reliability.record import Action, Kind

KEPT_MARKS = ("seen", "later")
"""Marks of a movie that stay until they are undone."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a rating or a mark, or a card that was passed over.

    Attributes:
        movie_id: the movie.
        before: the stars before; None for no rating.
        after: the stars after; None for no rating.
        kind: "rating", "seen", "later", "next" or "similar".
        is_undone: whether the change was undone later.
        update_id: the update that made the change; 0 if it is read from the database, which does not store it.
        undone_by: the update that undid the change; 0 for none or an unknown one.
        is_answer: whether a button of a card made the change, and another card followed.
        was_marked: whether the movie had the mark before.
    """

    movie_id: int
    before: float | None
    after: float | None
    kind: str = "rating"
    is_undone: bool = False
    update_id: int = 0
    undone_by: int = 0
    is_answer: bool = False
    was_marked: bool = False


@dataclass(slots=True)
class State:
    """The stored state of a person.

    Attributes:
        ratings: movie id -> stars.
        changes: all changes, the oldest first.
        marks: (kind, movie id) of the marks "seen" and "later".
        profile: column -> value, of the questions that were answered.
    """

    ratings: dict[int, float] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    marks: set[tuple[str, int]] = field(default_factory=set)
    profile: dict[str, str | int | None] = field(default_factory=dict)


def replay(actions: Iterable[Action]) -> State:
    """Return the state after a person's actions, each of which counts once.

    A card is answered once for each movie that it shows: a second tap on the same movie stores nothing. If no movie is
    left, the card stays as it is: it can be answered again, and passing it over stores nothing.

    Args:
        actions: of one person, in the order of their updates.
    """
    state = State()
    answered: set[tuple[int, int]] = set()
    for action in actions:
        match action.kind:
            case Kind.QUESTION if action.profile is not None:
                column, value = action.profile
                state.profile[column] = value
            case Kind.CARD if (card := (action.message_id, action.movie_id)) not in answered:
                if action.is_followed:
                    answered.add(card)
                if action.stars is not None:
                    _rate(state, action, is_answer=action.is_followed)
                elif action.is_followed or action.mark in KEPT_MARKS:
                    _mark(state, action)
            case Kind.TITLE | Kind.TYPED | Kind.REACTION | Kind.REPLY:
                _rate(state, action)
            case Kind.UNDO:
                _undo(state, action, _latest(state))
            case Kind.UNDO_BUTTON:
                answered.discard((action.message_id, action.movie_id))
                _undo(state, action, _answer_of(state, action.movie_id))
            case _:
                pass
    return state


def _rate(state: State, action: Action, *, is_answer: bool = False) -> None:
    before = state.ratings.get(action.movie_id)
    if before == action.stars and not is_answer:
        return
    change = Change(action.movie_id, before, action.stars, update_id=action.update_id, is_answer=is_answer)
    state.changes.append(change)
    _put(state, action.movie_id, action.stars)


def _mark(state: State, action: Action) -> None:
    mark = (action.mark, action.movie_id)
    was_marked = mark in state.marks
    change = Change(action.movie_id, None, None, action.mark, update_id=action.update_id, is_answer=True)
    state.changes.append(replace(change, was_marked=was_marked))
    if action.mark in KEPT_MARKS:
        state.marks.add(mark)


def _latest(state: State) -> int | None:
    """Return the position of the latest change that is not undone."""
    places = reversed(range(len(state.changes)))
    return next((place for place in places if not state.changes[place].is_undone), None)


def _answer_of(state: State, movie_id: int) -> int | None:
    """Return the position of the last answer to a movie; None if it is undone, or if another change followed it."""
    changes = [(place, change) for place, change in enumerate(state.changes) if change.movie_id == movie_id]
    place, answer = next(((place, change) for place, change in reversed(changes) if change.is_answer), (None, None))
    if answer is None or answer.is_undone:
        return None
    is_superseded = any(not change.is_undone for later, change in changes if place is not None and later > place)
    return None if is_superseded else place


def _undo(state: State, action: Action, place: int | None) -> None:
    if place is None:
        return
    change = state.changes[place]
    state.changes[place] = replace(change, is_undone=True, undone_by=action.update_id)
    if change.kind == "rating":
        _put(state, change.movie_id, change.before)
    elif not change.was_marked:
        state.marks.discard((change.kind, change.movie_id))


def _put(state: State, movie_id: int, stars: float | None) -> None:
    if stars is None:
        state.ratings.pop(movie_id, None)
    else:
        state.ratings[movie_id] = stars
