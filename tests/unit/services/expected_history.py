"""What a plain model expects to be stored after everything that a person did."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from recsys.services.cards import NOTHING_WISHED
from recsys.services.conversation import SHOWN_AGAIN_AFTER
from recsys.services.wishes import stored_wish
from recsys.text.wishes import Wish
from storage.changes import Passed, RatingChange, UndoneCard, UndoneMark, UndonePreferences
from storage.records import History, MarkKind
from storage.sql.history import LATEST

Told = RatingChange | UndoneMark | UndoneCard | UndonePreferences
"""What an undo says."""


@dataclass(frozen=True)
class UndoableChange:
    """A change with what its undo restores.

    Attributes:
        movie_id: the movie; None for the preferences.
        told: what the undo says.
        is_of_card: whether the change answered the person's card.
        restore: restores what was there before.
    """

    movie_id: int | None
    told: Told
    is_of_card: bool
    restore: Callable[[], None]


@dataclass
class Expected:
    """What should be stored about a person.

    Attributes:
        ratings: movie id -> stars and time.
        changes: the changes that are not undone, the latest last.
        numbers: the numbers of answers to the card -> the change.
        preferences: what the person never wants to see.
        wish: the last active wish, and when it was said.
        marks: kind -> movie id -> time.
        card: the movie that is, or was, stored for the person's message; None before the first card.
        on_screen: the movie that the message shows; another one if editing the message failed. None if nothing is
            stored for the message; then the message shows `card`.
    """

    ratings: dict[int, tuple[float, datetime]] = field(default_factory=dict)
    changes: list[UndoableChange] = field(default_factory=list)
    numbers: dict[int, UndoableChange] = field(default_factory=dict)
    preferences: Wish = NOTHING_WISHED
    wish: tuple[Wish, datetime] | None = None
    marks: dict[MarkKind, dict[int, datetime]] = field(
        default_factory=lambda: {"unseen": {}, "seen": {}, "later": {}, "shown": {}}
    )
    card: int | None = None
    on_screen: int | None = None

    def stars_of(self, movie_id: int) -> float | None:
        """Return the stars of a movie; None if it is not rated."""
        return self.ratings[movie_id][0] if movie_id in self.ratings else None

    def rate(
        self, movie_id: int, stars: float | None, now: datetime, *, on_card: bool = False, is_answer: bool = False
    ) -> RatingChange:
        """Set or remove a rating. A rating removes the "unseen" mark; equal stars are a change on a card only."""
        before, stars_before = self.ratings.get(movie_id), self.stars_of(movie_id)
        unseen_at = None if stars is None else self.marks["unseen"].pop(movie_id, None)

        def restore() -> None:
            self._put(movie_id, before)
            if unseen_at is not None:
                self.marks["unseen"].setdefault(movie_id, unseen_at)

        if stars != stars_before:
            self._put(movie_id, None if stars is None else (stars, now))
        if stars != stars_before or is_answer:
            told = RatingChange(movie_id, stars, stars_before)
            self.changes.append(UndoableChange(movie_id, told, on_card, restore))
        return RatingChange(movie_id, stars_before, stars)

    def mark(self, movie_id: int, kind: MarkKind, now: datetime | None, *, on_card: bool = False) -> None:
        """Put a mark, or remove it if there is no time."""
        before = self.marks[kind].get(movie_id)

        def put(marked_at: datetime | None) -> None:
            self.marks[kind].pop(movie_id, None)
            if marked_at is not None:
                self.marks[kind][movie_id] = marked_at

        told = UndoneMark(movie_id, kind, is_marked=before is not None)
        self.changes.append(UndoableChange(movie_id, told, on_card, lambda: put(before)))
        put(now)

    def pass_over(self, movie_id: int, passed: Passed, now: datetime) -> None:
        """Pass over a card. With "similar" its movie becomes the wish."""
        before = self.wish

        def restore() -> None:
            if passed == "similar" and self.wish is not None and self.wish[1] == now:
                self.wish = before

        self.changes.append(UndoableChange(movie_id, UndoneCard(movie_id), True, restore))
        if passed == "similar":
            self.wish = Wish(like=(movie_id,)), now

    def prefer(self, preferences: Wish) -> None:
        """Change what the person never wants to see; the same again is no change."""
        before = self.preferences
        if preferences != before:
            told = UndonePreferences(json.loads(json.dumps(stored_wish(before))))

            def restore() -> None:
                self.preferences = before

            self.changes.append(UndoableChange(None, told, False, restore))
            self.preferences = preferences

    def undo(self, change: UndoableChange | None = None) -> UndoableChange | None:
        """Undo the latest change, or a change that was neither undone nor superseded, and return it."""
        if change is None:
            change = self.changes[-1] if self.changes else None
        if change is None or change not in self.changes:
            return None
        since = self.changes[self.changes.index(change) + 1 :]
        if any(later.movie_id == change.movie_id for later in since):
            return None
        self.changes.remove(change)
        change.restore()
        return change

    def history(self, now: datetime) -> History:
        """Return the history that recommendations are made of."""
        ordered = sorted(self.ratings, key=lambda movie_id: (self.ratings[movie_id][1], movie_id))
        shown = [movie_id for movie_id, at in self.marks["shown"].items() if at > now - SHOWN_AGAIN_AFTER]
        return History(
            stars={movie_id: self.ratings[movie_id][0] for movie_id in ordered},
            unseen=frozenset(self.marks["unseen"]),
            seen=frozenset(self.marks["seen"]),
            later=frozenset(self.marks["later"]),
            shown=frozenset(shown),
            latest=tuple(sorted(shown, key=lambda movie_id: (self.marks["shown"][movie_id], movie_id))[-LATEST:]),
            preferences=json.loads(json.dumps(stored_wish(self.preferences))),
        )

    def _put(self, movie_id: int, rating: tuple[float, datetime] | None) -> None:
        if rating is None:
            self.ratings.pop(movie_id, None)
        else:
            self.ratings[movie_id] = rating
