"""Marks, cards, and answers to cards."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage.changes import Answer, RatingChange, ShownCard
from storage.errors import Conflict
from storage.records import History, Rating, StoredWish
from storage.sql import CardAnswer, Cards, Changes, Database, Marks, People, Ratings, Updates, Wishes
from storage.sql.cards import StoredCard, TappedCard

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
LATER, MINUTE = NOW + timedelta(seconds=1), timedelta(minutes=1)
ANNE, BERT = 2**40 + 1, 2


@pytest.fixture
async def any_database(any_database: Database) -> Database:
    """Each kind of database in turn, with the people Anne and Bert."""
    for person_id in (ANNE, BERT):
        await People(any_database).get_or_create(person_id, "done", NOW)
    return any_database


async def card_and_history(cards: Cards, person_id: int, message_id: int) -> tuple[int | None, History]:
    """Return the movie of a card, and the history of the person."""
    tapped = await cards.tapped(person_id, message_id, NOW - MINUTE)
    return tapped.movie_id, tapped.history


class TestMarks:
    """The marks "unseen", "seen", "later" and "shown"."""

    async def test_put_and_of(self, any_database: Database) -> None:
        """Marks are returned by kind, the oldest first. A movie can have several marks, and people have their own."""
        marks = Marks(any_database)
        await marks.put(ANNE, [9, 2**40], "shown", LATER)
        await marks.put(ANNE, [7], "shown", NOW)
        await marks.put(ANNE, {7}, "later", NOW)
        await marks.put(ANNE, [], "seen", NOW)
        await marks.put(BERT, [1], "seen", NOW)
        marks_of_anne = await marks.of(ANNE)
        assert marks_of_anne == {
            "unseen": {},
            "seen": {},
            "later": {7: NOW},
            "shown": {7: NOW, 9: LATER, 2**40: LATER},
        }
        assert list(marks_of_anne["shown"]) == [7, 9, 2**40]
        assert (await marks.of(BERT))["seen"] == {1: NOW}

    async def test_a_repeated_mark_gets_the_new_time(self, any_database: Database) -> None:
        """Marking again, or twice in one call, leaves one mark with the latest time."""
        marks = Marks(any_database)
        await marks.put(ANNE, [1, 2], "shown", NOW)
        for _ in range(2):
            await marks.put(ANNE, [1, 1], "shown", LATER)
            assert (await marks.of(ANNE))["shown"] == {2: NOW, 1: LATER}

    async def test_remove(self, any_database: Database) -> None:
        """Removing deletes one kind of mark of one movie and person, and returns whether it existed."""
        marks = Marks(any_database)
        for person_id in (ANNE, BERT):
            await marks.put(person_id, [1, 2], "later", NOW)
            await marks.put(person_id, [1], "seen", NOW)
        assert await marks.remove(ANNE, 1, "later", LATER)
        assert not await marks.remove(ANNE, 1, "later", LATER)
        assert await marks.of(ANNE) == {"unseen": {}, "seen": {1: NOW}, "later": {2: NOW}, "shown": {}}
        assert (await marks.of(BERT))["later"] == {1: NOW, 2: NOW}

    async def test_the_same_marks_concurrently(self, replicas: tuple[Database, Database]) -> None:
        """Movies that two replicas mark concurrently in any order are marked once each; one removal returns True."""
        replica_marks = [Marks(database) for database in replicas]
        ascending, descending = range(1, 51), range(50, 0, -1)
        await asyncio.gather(
            *(
                marks.put(ANNE, movie_ids, "shown", NOW)
                for marks in replica_marks
                for movie_ids in (ascending, descending, ascending)
            )
        )
        assert (await replica_marks[0].of(ANNE))["shown"] == dict.fromkeys(ascending, NOW)
        removed = await asyncio.gather(
            *(marks.remove(ANNE, 1, "shown", LATER) for marks in replica_marks for _ in range(4))
        )
        assert removed.count(True) == 1


class TestCards:
    """The movie that a message shows."""

    async def test_a_tap_reads_all_that_counts_for_the_next_card(self, any_database: Database) -> None:
        """One read returns the card, the history, the active wish and the latest answers, each only of its person."""
        cards, changes, wishes = Cards(any_database), Changes(any_database), Wishes(any_database)
        for person_id in (ANNE, BERT):
            await cards.put(person_id, 7, 1, NOW)
        assert await cards.tapped(ANNE, 7, NOW - MINUTE, 9) == TappedCard(
            1, await People(any_database).history(ANNE, NOW - MINUTE), None, [], is_blocked=False
        )
        assert await cards.answer_card(ANNE, 7, CardAnswer(1, 1.0, None, 2), LATER)
        await Ratings(any_database).rate(ANNE, 5, 10 / 3, "stars", LATER)
        await Marks(any_database).add(ANNE, 3, "later", LATER)
        await wishes.put(ANNE, "active", {"genres_any": ["Drama"]}, LATER)
        await wishes.put(ANNE, "lasting", {"genres_none": ["Horror"]}, NOW)
        tapped = await cards.tapped(ANNE, 7, NOW - MINUTE, 4)
        assert tapped == TappedCard(
            2,
            await People(any_database).history(ANNE, NOW - MINUTE),
            StoredWish({"genres_any": ["Drama"]}, LATER),
            [
                Answer("preferences", None, is_of_card=False),
                Answer("mark", 3, None, "later", is_of_card=False),
                Answer("rating", 5, 10 / 3, is_of_card=False),
                Answer("rating", 1, 1.0),
            ],
            is_blocked=False,
        )
        assert tapped.history.stars == {1: 1.0, 5: 10 / 3}
        assert tapped.answers == await changes.last_answers(ANNE, 4)
        assert (await cards.tapped(ANNE, 7, NOW - MINUTE, 1)).answers == tapped.answers[:1]
        assert await cards.tapped(ANNE, 8, NOW - MINUTE) == replace(tapped, movie_id=None, answers=[])
        assert await cards.tapped(BERT, 7, NOW - MINUTE, 4) == TappedCard(
            1, await People(any_database).history(BERT, NOW - MINUTE), None, [], is_blocked=False
        )
        assert await cards.tapped(99, 7, NOW - MINUTE, 4) == TappedCard(None, History(), None, [], is_blocked=False)
        await People(any_database).update(BERT, blocked=True)
        assert [(await cards.tapped(BERT, message, NOW)).is_blocked for message in (7, 8)] == [True, True]

    async def test_the_latest_movie_is_stored(self, any_database: Database) -> None:
        """An edited message shows another movie, repeats change nothing, and a message belongs to one person."""
        cards = Cards(any_database)
        assert await cards.get(ANNE, 7) is None
        await cards.put(ANNE, 7, 1, NOW)
        for _ in range(2):
            await cards.put(ANNE, 7, 2**40, LATER)
        await cards.put(ANNE, 8, 3, NOW)
        assert await cards.get(ANNE, 7) == StoredCard(2**40, None, LATER)
        assert await cards.get(ANNE, 8) == StoredCard(3, None, NOW)
        assert await cards.get(ANNE, 9) is None
        assert await cards.get(BERT, 7) is None

    async def test_the_previous_movie_is_kept_until_the_next_is_confirmed(self, any_database: Database) -> None:
        """Only a confirmation of the present movie of this card removes it, and it may be repeated."""
        cards = Cards(any_database)
        for person_id, message_id in ((ANNE, 7), (ANNE, 8), (BERT, 7)):
            await cards.put(person_id, message_id, 1, NOW)
            await cards.answer_card(person_id, message_id, CardAnswer(1, None, None, 2**40), LATER)
        uncertain, certain = StoredCard(2**40, 1, LATER), StoredCard(2**40, None, LATER)
        updates = Updates(any_database)
        await updates.mark_handled(1, LATER, ShownCard(ANNE, 7, 1))
        await updates.mark_handled(2, LATER, ShownCard(ANNE, 9, 2**40))
        assert await cards.get(ANNE, 7) == uncertain
        for _ in range(2):
            await updates.mark_handled(3, LATER, ShownCard(ANNE, 7, 2**40))
            assert await cards.get(ANNE, 7) == certain
        assert [await cards.get(ANNE, 8), await cards.get(BERT, 7)] == [uncertain] * 2

    async def test_the_same_card_concurrently(self, replicas: tuple[Database, Database]) -> None:
        """A card that two replicas put many times concurrently is stored."""
        await asyncio.gather(*(Cards(database).put(ANNE, 7, 1, NOW) for database in replicas for _ in range(6)))
        assert await Cards(replicas[0]).get(ANNE, 7) == StoredCard(1, None, NOW)


class TestCardAnswers:
    """A tap on a card: the rating, the mark and the next movie."""

    async def test_an_answer_is_stored_as_a_whole(self, any_database: Database) -> None:
        """The rating, the mark and the next movie are stored, for this card and person only."""
        cards, ratings, marks = Cards(any_database), Ratings(any_database), Marks(any_database)
        await cards.put(ANNE, 7, 1, NOW)
        await cards.put(BERT, 7, 1, NOW)
        assert await card_and_history(cards, ANNE, 7) == (1, History(shown=frozenset({1}), latest=(1,)))
        assert await cards.answer_card(ANNE, 7, CardAnswer(1, 5.0, "later", 2**40), LATER)
        assert await card_and_history(cards, ANNE, 7) == (
            2**40,
            History(stars={1: 5.0}, shown=frozenset({1, 2**40}), later=frozenset({1}), latest=(1, 2**40)),
        )
        assert await ratings.of(ANNE) == {1: Rating(1, 5.0, "button", LATER)}
        assert await marks.of(ANNE) == {"unseen": {}, "seen": {}, "later": {1: LATER}, "shown": {1: NOW, 2**40: LATER}}
        assert await card_and_history(cards, BERT, 7) == (1, History(shown=frozenset({1}), latest=(1,)))
        assert await card_and_history(cards, ANNE, 8) == (
            None,
            History(stars={1: 5.0}, shown=frozenset({1, 2**40}), later=frozenset({1}), latest=(1, 2**40)),
        )

    @pytest.mark.parametrize("next_movie_id", [None, 3])
    async def test_an_outdated_answer_changes_nothing(self, any_database: Database, next_movie_id: int | None) -> None:
        """A tap on a movie that the card no longer shows changes no rating, mark or card."""
        cards = Cards(any_database)
        await cards.put(ANNE, 7, 2, NOW)
        assert not await cards.answer_card(ANNE, 7, CardAnswer(1, 5.0, "seen", next_movie_id), LATER)
        assert await card_and_history(cards, ANNE, 7) == (2, History(shown=frozenset({2}), latest=(2,)))

    @pytest.mark.parametrize("next_movie_id", [None, 2])
    async def test_an_unknown_card_is_stored_with_its_answer(
        self, any_database: Database, next_movie_id: int | None
    ) -> None:
        """A message that is not stored becomes a card only on request. A stored card keeps its movie."""
        cards = Cards(any_database)
        answer = CardAnswer(1, 5.0, None, next_movie_id)
        assert not await cards.answer_card(ANNE, 7, answer, NOW)
        assert await cards.get(ANNE, 7) is None
        assert await cards.answer_card(ANNE, 7, replace(answer, adopt=True), NOW)
        expected = StoredCard(1, None, NOW) if next_movie_id is None else StoredCard(2, 1, NOW)
        assert await cards.get(ANNE, 7) == expected
        shown = {1: NOW} if next_movie_id is None else {1: NOW, 2: NOW}
        assert (await Marks(any_database).of(ANNE))["shown"] == shown
        assert not await cards.answer_card(ANNE, 7, CardAnswer(3, 1.0, None, 4, adopt=True), LATER)
        assert await cards.get(ANNE, 7) == expected
        assert list(await Ratings(any_database).of(ANNE)) == [1]

    async def test_an_unknown_card_is_stored_with_its_rating(self, any_database: Database) -> None:
        """A rating leaves a stored card as it is, and stores a message that is not stored as a card of the movie."""
        cards = Cards(any_database)
        await cards.put(ANNE, 7, 1, NOW)
        for message_id, movie_id in ((7, 2), (8, 3)):
            change = await cards.rate(ANNE, message_id, movie_id, 5.0, "reply", LATER)
            assert change == RatingChange(movie_id, None, 5.0)
        assert [await cards.get(ANNE, number) for number in (7, 8)] == [
            StoredCard(1, None, NOW),
            StoredCard(3, None, LATER),
        ]
        assert (await Marks(any_database).of(ANNE))["shown"] == {1: NOW, 3: LATER}
        assert await Ratings(any_database).of(ANNE) == {
            movie_id: Rating(movie_id, 5.0, "reply", LATER) for movie_id in (2, 3)
        }

    async def test_without_a_next_movie_the_card_stays(self, any_database: Database) -> None:
        """The rating is stored, and the message still shows the same movie."""
        cards = Cards(any_database)
        await cards.put(ANNE, 7, 1, NOW)
        assert await cards.answer_card(ANNE, 7, CardAnswer(1, 1.0), LATER)
        assert await card_and_history(cards, ANNE, 7) == (
            1,
            History(stars={1: 1.0}, shown=frozenset({1}), latest=(1,)),
        )

    async def test_a_refused_rating_leaves_the_card(self, any_database: Database) -> None:
        """If the stars are out of range, neither the rating nor the next movie is stored."""
        cards = Cards(any_database)
        await cards.put(ANNE, 7, 1, NOW)
        with pytest.raises(Conflict):
            await cards.answer_card(ANNE, 7, CardAnswer(1, 9.0, None, 2), LATER)
        assert await card_and_history(cards, ANNE, 7) == (1, History(shown=frozenset({1}), latest=(1,)))

    @pytest.mark.parametrize("is_stored", [True, False])
    async def test_the_same_tap_concurrently(self, replicas: tuple[Database, Database], is_stored: bool) -> None:
        """Of concurrent taps at two replicas, each with a different next movie, one is stored."""
        if is_stored:
            await Cards(replicas[0]).put(ANNE, 7, 1, NOW)
        answers = [
            Cards(replicas[number % 2]).answer_card(
                ANNE, 7, CardAnswer(1, 5.0, None, 10 + number, adopt=not is_stored), NOW
            )
            for number in range(8)
        ]
        results = await asyncio.gather(*answers)
        [stored] = [number for number, answer in enumerate(results) if answer is not None]
        shown = 10 + stored
        assert await card_and_history(Cards(replicas[1]), ANNE, 7) == (
            shown,
            History(stars={1: 5.0}, shown=frozenset({1, shown}), latest=(1, shown)),
        )
