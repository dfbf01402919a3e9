"""The plain model: what a correct bot has stored of a person after everything that the person did."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from benchmarks.reliability.record import Action, Kind


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a rating.

    Attributes:
        movie_id: the movie.
        before: the stars before; None for no rating.
        after: the stars after; None for no rating.
        is_undone: whether the change was undone later.
        update_id: the update that made the change; 0 if it is read from the database, which does not store it.
        undone_by: the update that undid the change; 0 for none or an unknown one.
    """

    movie_id: int
    before: float | None
    after: float | None
    is_undone: bool = False
    update_id: int = 0
    undone_by: int = 0


@dataclass(slots=True)
class State:
    """The stored state of a person.

    Attributes:
        ratings: movie id -> stars.
        changes: all changes of ratings, the oldest first.
        marks: (kind, movie id) of the marks "seen" and "later".
        profile: column -> value, of the questions that were answered.
    """

    ratings: dict[int, float] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    marks: set[tuple[str, int]] = field(default_factory=set)
    profile: dict[str, str | int | None] = field(default_factory=dict)


def replay(actions: Iterable[Action]) -> State:
    """Return the state after a person's actions, each of which counts once.

    A card is answered once for each movie that it shows: a second tap on the same movie stores nothing.

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
                answered.add(card)
                if action.stars is not None:
                    _rate(state, action)
                elif action.mark:
                    state.marks.add((action.mark, action.movie_id))
            case Kind.TITLE | Kind.TYPED | Kind.REACTION | Kind.REPLY:
                _rate(state, action)
            case Kind.UNDO | Kind.UNDO_BUTTON:
                _undo(state, action)
            case _:
                pass
    return state


def _rate(state: State, action: Action) -> None:
    before = state.ratings.get(action.movie_id)
    if before == action.stars:
        return
    state.changes.append(Change(action.movie_id, before, action.stars, update_id=action.update_id))
    _put(state, action.movie_id, action.stars)


def _undo(state: State, action: Action) -> None:
    latest = next((place for place, change in reversed(list(enumerate(state.changes))) if not change.is_undone), None)
    if latest is None:
        return
    change = state.changes[latest]
    if action.kind is Kind.UNDO_BUTTON and change.movie_id != action.movie_id:
        return
    state.changes[latest] = replace(change, is_undone=True, undone_by=action.update_id)
    _put(state, change.movie_id, change.before)


def _put(state: State, movie_id: int, stars: float | None) -> None:
    if stars is None:
        state.ratings.pop(movie_id, None)
    else:
        state.ratings[movie_id] = stars
