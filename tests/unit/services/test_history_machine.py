"""Random sequences of what a person does, compared with a model in plain Python."""

import asyncio
import os
import tempfile
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Table, delete

from recsys.services.cards import NextCard, OutdatedCard
from recsys.services.conversation import SHOWN_AGAIN_AFTER
from storage.migrations import migrate
from storage.records import History, MarkKind, RatingChange
from storage.sql import Catalogue, Database, Marks, People
from storage.sql.models import CardRow
from storage.sql.people import LATEST
from tests.unit.services.helpers import ANN, MOVIES, Clock, open_conversation

MESSAGE, UNKNOWN_MESSAGE = 100, 101
IDS = [movie.movie_id for movie in MOVIES[:5]]
"""Few movies, so that the same movie is rated, marked and shown again and again."""

ANSWERS: dict[str, tuple[float | None, MarkKind | None]] = {
    "like": (5.0, None),
    "dislike": (1.0, None),
    "seen": (None, "seen"),
    "later": (None, "later"),
    "skip": (None, None),
}
"""Button of a card -> the rating and the mark that it gives."""

_CARDS = cast(Table, CardRow.__table__)
MOVIE_IDS = st.sampled_from(IDS)
STARS = st.sampled_from([None, 1.0, 3.0, 5.0])


@dataclass(frozen=True)
class UndoableChange:
    """A rating change with what undo restores: the rating and its time, and the time of the "unseen" mark."""

    movie_id: int
    before: tuple[float, datetime] | None
    after: float | None
    unseen_at: datetime | None


@dataclass
class Expected:
    """What should be stored about a person.

    Attributes:
        ratings: movie id -> stars and time.
        changes: the rating changes that are not undone, the latest last.
        marks: kind -> movie id -> time.
        card: the movie that is, or was, stored for the person's message; None before the first card.
        on_screen: the movie that the message shows; another one if editing the message failed. None if nothing is
            stored for the message; then the message shows `card`.
    """

    ratings: dict[int, tuple[float, datetime]] = field(default_factory=dict)
    changes: list[UndoableChange] = field(default_factory=list)
    marks: dict[MarkKind, dict[int, datetime]] = field(
        default_factory=lambda: {"unseen": {}, "seen": {}, "later": {}, "shown": {}}
    )
    card: int | None = None
    on_screen: int | None = None

    def stars_of(self, movie_id: int) -> float | None:
        """Return the stars of a movie; None if it is not rated."""
        return self.ratings[movie_id][0] if movie_id in self.ratings else None

    def rate(self, movie_id: int, stars: float | None, now: datetime) -> RatingChange:
        """Set or remove a rating. A rating removes the "unseen" mark; equal stars are no change."""
        before = self.stars_of(movie_id)
        unseen_at = None if stars is None else self.marks["unseen"].pop(movie_id, None)
        if stars != before:
            self.changes.append(UndoableChange(movie_id, self.ratings.get(movie_id), stars, unseen_at))
            self._put(movie_id, None if stars is None else (stars, now))
        return RatingChange(movie_id, before, stars)

    def undo(self) -> RatingChange | None:
        """Restore the rating and the "unseen" mark from before the latest change."""
        if not self.changes:
            return None
        change = self.changes.pop()
        self._put(change.movie_id, change.before)
        if change.unseen_at is not None:
            self.marks["unseen"].setdefault(change.movie_id, change.unseen_at)
        return RatingChange(change.movie_id, change.after, None if change.before is None else change.before[0])

    def history(self, now: datetime) -> History:
        """Return the history that recommendations are made of."""
        ordered = sorted(self.ratings, key=lambda movie_id: (self.ratings[movie_id][1], movie_id))
        shown = [movie_id for movie_id, at in self.marks["shown"].items() if at > now - SHOWN_AGAIN_AFTER]
        return History(
            stars={movie_id: self.ratings[movie_id][0] for movie_id in ordered},
            unseen=frozenset(self.marks["unseen"]),
            seen=frozenset(self.marks["seen"]),
            shown=frozenset(shown),
            latest=tuple(sorted(shown, key=lambda movie_id: (self.marks["shown"][movie_id], movie_id))[-LATEST:]),
        )

    def _put(self, movie_id: int, rating: tuple[float, datetime] | None) -> None:
        if rating is None:
            self.ratings.pop(movie_id, None)
        else:
            self.ratings[movie_id] = rating


@cache
def migrated_file() -> bytes:
    """The content of a SQLite file with the tables and the catalogue, made once."""

    async def make(url: str) -> None:
        await migrate(url)
        async with Database(url) as database:
            await Catalogue(database).replace(MOVIES[:5])

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "template.db"
        asyncio.run(make(f"sqlite+aiosqlite:///{file}"))
        return file.read_bytes()


class HistoryMachine(RuleBasedStateMachine):
    """One person who rates, undoes, answers cards, and is forgotten.

    Every rule acts on the use cases and on the model. Each machine has a database and an event loop of its own.
    """

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        file = Path(self._folder.name) / "reelmate.db"
        file.write_bytes(migrated_file())
        self._database = Database(f"sqlite+aiosqlite:///{file}")
        self._runner = asyncio.Runner()
        self._runner.run(self._database.open())
        self._clock = Clock()
        self._conversation = open_conversation(self._database, self._clock, MOVIES[:5])
        self._expected: Expected | None = None

    def teardown(self) -> None:
        """Close the database and the event loop, and delete the file."""
        self._runner.run(self._database.close())
        self._runner.close()
        self._folder.cleanup()

    @property
    def _person(self) -> Expected:
        assert self._expected is not None
        return self._expected

    def _is_there(self) -> bool:
        return self._expected is not None

    def _has_card(self) -> bool:
        return self._expected is not None and self._expected.card is not None

    @initialize()
    def arrive(self) -> None:
        """The person writes to the bot for the first time."""
        self._runner.run(self._conversation.get_or_create_person(ANN, "ready"))
        self._expected = Expected()

    @precondition(lambda self: not self._is_there())
    @rule()
    def come_back(self) -> None:
        """A person who was forgotten begins with nothing."""
        self.arrive()

    @precondition(_is_there)
    @rule(movie_id=MOVIE_IDS, stars=STARS)
    def rate(self, movie_id: int, stars: float | None) -> None:
        """The person rates a movie, or removes its rating."""
        change = self._runner.run(self._conversation.rate(ANN, movie_id, stars, "stars"))
        assert change == self._person.rate(movie_id, stars, self._clock.now)

    @precondition(_is_there)
    @rule()
    def undo(self) -> None:
        """The person undoes the latest change."""
        assert self._runner.run(self._conversation.undo(ANN)) == self._person.undo()

    @precondition(_is_there)
    @rule(movie_id=MOVIE_IDS)
    def undo_if_latest(self, movie_id: int) -> None:
        """The person taps a button that undoes the change of one movie."""
        changes = self._person.changes
        expected = self._person.undo() if changes and changes[-1].movie_id == movie_id else None
        assert self._runner.run(self._conversation.undo(ANN, movie_id)) == expected

    @precondition(_is_there)
    @rule(page=st.lists(MOVIE_IDS, max_size=3, unique=True))
    def leave_titles_untouched(self, page: list[int]) -> None:
        """The person goes on to the next page of titles without rating these."""
        self._runner.run(self._conversation.titles_page(ANN, page))
        untouched = [movie_id for movie_id in page if movie_id not in self._person.ratings]
        self._person.marks["unseen"] |= dict.fromkeys(untouched, self._clock.now)

    @precondition(_is_there)
    @rule(movie_id=MOVIE_IDS)
    def take_off_the_watchlist(self, movie_id: int) -> None:
        """The person removes a movie from the watchlist."""
        was_there = self._person.marks["later"].pop(movie_id, None) is not None
        assert self._runner.run(self._conversation.unmark(ANN, movie_id, "later")) == was_there

    @precondition(_is_there)
    @rule()
    def show_card(self) -> None:
        """The bot sends a card, in place of the one before."""
        cards = self._runner.run(self._conversation.next_cards(ANN))
        if cards:
            movie_id = cards[0].movie.movie_id
            self._runner.run(self._conversation.record_card(ANN, MESSAGE, movie_id))
            self._expect_card(movie_id, self._person.history(self._clock.now))
            self._person.on_screen = movie_id
        else:
            assert set(IDS) <= self._person.ratings.keys() | self._person.marks["seen"].keys()

    @precondition(_has_card)
    @rule(answer=st.sampled_from(sorted(ANSWERS)), is_edited=st.booleans())
    def answer_card(self, answer: str, is_edited: bool) -> None:
        """The person taps a button of the card, which then shows the next movie, unless editing the message fails."""
        stars, mark = ANSWERS[answer]
        movie_id, now = self._person.card, self._clock.now
        assert movie_id is not None
        outcome = self._runner.run(self._conversation.answer_card(ANN, MESSAGE, movie_id, stars, mark, adopt=True))
        assert isinstance(outcome, NextCard)
        if stars is not None:
            self._person.rate(movie_id, stars, now)
        if mark is not None:
            self._person.marks[mark][movie_id] = now
        if self._person.on_screen is None:
            self._person.marks["shown"][movie_id] = now
        history = self._person.history(now)
        self._person.on_screen = movie_id
        if outcome.card is not None:
            next_movie_id = outcome.card.movie.movie_id
            self._expect_card(next_movie_id, history)
            if is_edited:
                self._runner.run(self._conversation.confirm_card(ANN, MESSAGE, next_movie_id))
                self._person.on_screen = next_movie_id
        else:
            assert set(IDS) <= history.stars.keys() | history.seen

    @precondition(_has_card)
    @rule()
    def lose_card(self) -> None:
        """The row of the card is deleted because it is old; the next tap or reply stores the card again."""
        self._runner.run(self._database.write(lambda connection: connection.execute(delete(_CARDS))))
        self._person.card = self._person.on_screen or self._person.card
        self._person.on_screen = None

    @precondition(_has_card)
    @rule(stars=st.sampled_from([1.0, 5.0]))
    def reply_to_card(self, stars: float) -> None:
        """The person replies to the card with a thumb; Telegram says which movie it shows."""
        movie_id, now = self._person.on_screen or self._person.card, self._clock.now
        assert movie_id is not None
        change = self._runner.run(self._conversation.rate_card(ANN, MESSAGE, stars, "reply", movie_id))
        assert change == self._person.rate(movie_id, stars, now)
        if self._person.on_screen is None:
            self._person.marks["shown"][movie_id] = now
            self._person.on_screen = movie_id

    @precondition(_has_card)
    @rule(movie_id=MOVIE_IDS)
    def tap_an_outdated_card(self, movie_id: int) -> None:
        """A tap that comes too late, and one on a message that is no card, change nothing."""
        if movie_id != self._person.card and self._person.on_screen is not None:
            outcome = self._runner.run(self._conversation.answer_card(ANN, MESSAGE, movie_id, 5.0))
            assert isinstance(outcome, OutdatedCard)
            assert outcome.card.movie.movie_id == self._person.card
            assert outcome.is_rated == (movie_id in self._person.ratings)
            if self._person.on_screen != self._person.card:
                assert not outcome.is_confirmed
        assert self._runner.run(self._conversation.answer_card(ANN, UNKNOWN_MESSAGE, movie_id, 5.0)) is None

    @rule(duration=st.sampled_from([timedelta(seconds=1), timedelta(days=1), SHOWN_AGAIN_AFTER]))
    def wait(self, duration: timedelta) -> None:
        """Time passes."""
        self._clock.now += duration

    @precondition(_is_there)
    @rule()
    def forget(self) -> None:
        """The person's data is deleted."""
        self._runner.run(self._conversation.forget(ANN))
        self._expected = None

    @invariant()
    def stored_history_is_as_expected(self) -> None:
        """The history, the order of the ratings, the watchlist and the card are those of the model."""
        expected, now = self._expected or Expected(), self._clock.now
        history = self._runner.run(People(self._database).history(ANN, now - SHOWN_AGAIN_AFTER))
        assert history == expected.history(now)
        assert list(history.stars) == list(expected.history(now).stars)
        assert self._runner.run(Marks(self._database).of(ANN)) == expected.marks
        movie = self._runner.run(self._conversation.movie_on_card(ANN, MESSAGE))
        assert (None if movie is None else movie.movie_id) == expected.on_screen

    def _expect_card(self, movie_id: int, history: History) -> None:
        """Check that a card is allowed after this history, and note that it is shown."""
        allowed = set(IDS) - history.stars.keys() - history.seen
        assert movie_id in (allowed - history.shown or allowed)
        self._person.card = movie_id
        self._person.marks["shown"][movie_id] = self._clock.now


TestHistory = HistoryMachine.TestCase
TestHistory.settings = settings(
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    # A slow disk is no reason to fail.
    suppress_health_check=[HealthCheck.too_slow],
)
