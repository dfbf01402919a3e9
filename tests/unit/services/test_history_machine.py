"""Random sequences of what a person does, compared with a model in plain Python."""

import asyncio
import os
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import cast

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import Table, delete

from recsys.services.cards import NOTHING_WISHED, NextCard, OutdatedCard
from recsys.services.conversation import SHOWN_AGAIN_AFTER
from recsys.services.memory import TakenBack
from recsys.services.wishes import WISH_ENDS_AFTER
from recsys.text.wishes import Wish
from storage.changes import Passed
from storage.migrations import migrate
from storage.records import History, MarkKind
from storage.sql import Catalogue, Database, Marks, People
from storage.sql.models import CardRow
from tests.unit.services.expected_history import Expected, UndoableChange
from tests.unit.services.helpers import ANN, MOVIES, Clock, confirm_card, open_conversation

MESSAGE, UNKNOWN_MESSAGE = 100, 101
IDS = [movie.movie_id for movie in MOVIES[:5]]
"""Few movies, so that the same movie is rated, marked and shown again and again."""

ANSWERS: dict[str, tuple[float | None, MarkKind | None, Passed | None]] = {
    "like": (5.0, None, None),
    "dislike": (1.0, None, None),
    "seen": (None, "seen", None),
    "later": (None, "later", None),
    "next": (None, None, "next"),
    "similar": (None, None, "similar"),
}
"""Button of a card -> the rating and the mark that it gives, or how it passes the card over."""

BANS = [Wish(), Wish(genres_none=("Horror",)), Wish(genres_none=("War",), people_none=("Ed Wood",))]
"""What the person never wants to see; no movie of the catalogue is left out."""

_CARDS = cast(Table, CardRow.__table__)
MOVIE_IDS = st.sampled_from(IDS)
STARS = st.sampled_from([None, 1.0, 3.0, 5.0])


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
    """One person who rates, marks, bans, answers cards, undoes all of that, and is forgotten.

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
        self._update_id = 0

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

    def _has_answers(self) -> bool:
        return self._expected is not None and bool(self._expected.numbers)

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
        """The person undoes the latest change. A repeated update undoes no other one."""
        expected = self._person.undo()
        self._update_id += 1
        for _ in range(2):
            taken_back = self._runner.run(self._conversation.memory.undo(ANN, update_id=self._update_id))
            self._compare(taken_back, expected)

    @precondition(_has_answers)
    @rule(data=st.data())
    def tap_undo(self, data: st.DataObject) -> None:
        """The person taps an undo button of the card, which may be an old one. The answered movie comes back."""
        number = data.draw(st.sampled_from(sorted(self._person.numbers)))
        person, now = self._person, self._clock.now
        expected = person.undo(person.numbers[number])
        taken_back = self._runner.run(self._conversation.memory.undo(ANN, number, message_id=MESSAGE))
        self._compare(taken_back, expected)
        if expected is None or expected.movie_id is None or person.card is None or person.on_screen is None:
            return
        assert taken_back is not None
        assert taken_back.is_in_place
        if person.card != expected.movie_id:
            person.marks["shown"].pop(person.card, None)
            person.marks["shown"][expected.movie_id] = now
            person.card = expected.movie_id
            on_card = self._runner.run(self._conversation.movie_on_card(ANN, MESSAGE))
            assert on_card is not None
            assert on_card.movie_id == person.on_screen
            self._runner.run(confirm_card(self._database, MESSAGE, expected.movie_id))
            person.on_screen = expected.movie_id

    @precondition(_is_there)
    @rule(preferences=st.sampled_from(BANS))
    def ban(self, preferences: Wish) -> None:
        """The person says what they never want to see."""
        self._runner.run(self._conversation.set_preferences(ANN, preferences))
        self._person.prefer(preferences)

    @precondition(_is_there)
    @rule(movie_id=MOVIE_IDS, kind=st.sampled_from(["seen", "unseen", "later"]))
    def say_seen_or_not(self, movie_id: int, kind: MarkKind) -> None:
        """The person says in words that they have seen a movie or not, or keeps it for later."""
        assert self._runner.run(self._conversation.mark(ANN, movie_id, kind))
        self._person.mark(movie_id, kind, self._clock.now)

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
        was_there = movie_id in self._person.marks["later"]
        if was_there:
            self._person.mark(movie_id, "later", None)
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
            assert (
                set(IDS)
                <= self._person.ratings.keys() | self._person.marks["seen"].keys() | self._person.marks["later"].keys()
            )

    @precondition(_has_card)
    @rule(answer=st.sampled_from(sorted(ANSWERS)), is_edited=st.booleans())
    def answer_card(self, answer: str, is_edited: bool) -> None:
        """The person taps a button of the card, which then shows the next movie, unless editing the message fails."""
        stars, mark, passed = ANSWERS[answer]
        movie_id, now = self._person.card, self._clock.now
        assert movie_id is not None
        wish = Wish(like=(movie_id,)) if passed == "similar" else NOTHING_WISHED
        answering = self._conversation.answer_card(ANN, MESSAGE, movie_id, stars, mark, wish, adopt=True, passed=passed)
        outcome = self._runner.run(answering)
        assert isinstance(outcome, NextCard)
        if stars is not None:
            self._person.rate(movie_id, stars, now, on_card=True, is_answer=outcome.card is not None)
        if mark is not None:
            self._person.mark(movie_id, mark, now, on_card=True)
        if passed is not None and outcome.card is not None:
            self._person.pass_over(movie_id, passed, now)
        elif passed == "similar":
            self._person.wish = wish, now
        if outcome.change is not None:
            self._person.numbers[outcome.change] = self._person.changes[-1]
        if self._person.on_screen is None:
            self._person.marks["shown"][movie_id] = now
        history = self._person.history(now)
        self._person.on_screen = movie_id
        if outcome.card is not None:
            next_movie_id = outcome.card.movie.movie_id
            self._expect_card(next_movie_id, history)
            if is_edited:
                self._runner.run(confirm_card(self._database, MESSAGE, next_movie_id))
                self._person.on_screen = next_movie_id
        else:
            assert set(IDS) <= history.stars.keys() | history.seen | history.later

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
        assert change == self._person.rate(movie_id, stars, now, on_card=True)
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
            assert self._person.numbers.get(outcome.change or 0) in (None, *self._person.changes)
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
        is_active = expected.wish is not None and now - expected.wish[1] < WISH_ENDS_AFTER
        active = self._runner.run(self._conversation.active_wish(ANN))
        assert active == (expected.wish[0] if expected.wish is not None and is_active else None)
        movie = self._runner.run(self._conversation.movie_on_card(ANN, MESSAGE))
        assert (None if movie is None else movie.movie_id) == expected.on_screen

    def _compare(self, taken_back: TakenBack | None, expected: UndoableChange | None) -> None:
        """Check what an undo says, and that it has the card of an answer."""
        assert (None if taken_back is None else taken_back.outcome) == (None if expected is None else expected.told)
        if taken_back is not None and expected is not None:
            card = None if taken_back.card is None else taken_back.card.movie.movie_id
            assert card == (expected.movie_id if expected.is_of_card else None)

    def _expect_card(self, movie_id: int, history: History) -> None:
        """Check that a card is allowed after this history, and note that it is shown."""
        allowed = set(IDS) - history.stars.keys() - history.seen - history.later
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
