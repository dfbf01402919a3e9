"""Marks, cards and what taps do to them, and updates that come again."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from storage.errors import Conflict
from storage.records import History, Rating
from storage.sql import CardAnswer, Cards, ClaimResult, Database, Marks, People, Ratings, Updates

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
LATER, MINUTE = NOW + timedelta(seconds=1), timedelta(minutes=1)
ANNE, BERT = 2**40 + 1, 2


@pytest.fixture
async def any_database(any_database: Database) -> Database:
    """Every kind of database in turn, which knows Anne and Bert."""
    for person_id in (ANNE, BERT):
        await People(any_database).get_or_create(person_id, "done", NOW)
    return any_database


class TestMarks:
    """Unseen, seen, later, shown."""

    async def test_put_and_of(self, any_database: Database) -> None:
        """Marks come by kind, the oldest first; a movie can have several; everybody has their own."""
        marks = Marks(any_database)
        await marks.put(ANNE, [9, 2**40], "shown", LATER)
        await marks.put(ANNE, [7], "shown", NOW)
        await marks.put(ANNE, {7}, "later", NOW)
        await marks.put(ANNE, [], "seen", NOW)
        await marks.put(BERT, [1], "seen", NOW)
        found = await marks.of(ANNE)
        assert found == {
            "unseen": {},
            "seen": {},
            "later": {7: NOW},
            "shown": {7: NOW, 9: LATER, 2**40: LATER},
        }
        assert list(found["shown"]) == [7, 9, 2**40]
        assert (await marks.of(BERT))["seen"] == {1: NOW}

    async def test_a_repeat_has_the_new_time(self, any_database: Database) -> None:
        """Marking again, and a movie twice in one call, leave one mark with the latest time."""
        marks = Marks(any_database)
        await marks.put(ANNE, [1, 2], "shown", NOW)
        for _ in range(2):
            await marks.put(ANNE, [1, 1], "shown", LATER)
            assert (await marks.of(ANNE))["shown"] == {2: NOW, 1: LATER}

    async def test_remove(self, any_database: Database) -> None:
        """Removing takes one kind of mark of one movie of one person, and says whether it was there."""
        marks = Marks(any_database)
        for person_id in (ANNE, BERT):
            await marks.put(person_id, [1, 2], "later", NOW)
            await marks.put(person_id, [1], "seen", NOW)
        assert await marks.remove(ANNE, 1, "later")
        assert not await marks.remove(ANNE, 1, "later")
        assert await marks.of(ANNE) == {"unseen": {}, "seen": {1: NOW}, "later": {2: NOW}, "shown": {}}
        assert (await marks.of(BERT))["later"] == {1: NOW, 2: NOW}

    async def test_the_same_marks_at_once(self, replicas: tuple[Database, Database]) -> None:
        """Many movies marked in any order on two replicas at once are each marked once; one removal counts."""
        everybody = [Marks(database) for database in replicas]
        forth, back = range(1, 51), range(50, 0, -1)
        await asyncio.gather(
            *(marks.put(ANNE, movie_ids, "shown", NOW) for marks in everybody for movie_ids in (forth, back, forth))
        )
        assert (await everybody[0].of(ANNE))["shown"] == dict.fromkeys(forth, NOW)
        removed = await asyncio.gather(*(marks.remove(ANNE, 1, "shown") for marks in everybody for _ in range(4)))
        assert removed.count(True) == 1


class TestCards:
    """Which message shows which movie."""

    async def test_the_latest_movie_counts(self, any_database: Database) -> None:
        """A message that is edited shows another movie; repeats change nothing; a message is one person's."""
        cards = Cards(any_database)
        assert await cards.movie_of(ANNE, 7) is None
        await cards.put(ANNE, 7, 1, NOW)
        for _ in range(2):
            await cards.put(ANNE, 7, 2**40, LATER)
        await cards.put(ANNE, 8, 3, NOW)
        assert [await cards.movie_of(ANNE, message_id) for message_id in (7, 8, 9)] == [2**40, 3, None]
        assert await cards.movie_of(BERT, 7) is None

    async def test_the_same_card_at_once(self, replicas: tuple[Database, Database]) -> None:
        """A card put by two replicas many times at once is there."""
        await asyncio.gather(*(Cards(database).put(ANNE, 7, 1, NOW) for database in replicas for _ in range(6)))
        assert await Cards(replicas[0]).movie_of(ANNE, 7) == 1


class TestTurns:
    """A tap on a card: what it says, and what the card shows next."""

    async def test_all_of_it_is_one_step(self, any_database: Database) -> None:
        """The rating, the mark and the next movie are there, of this card and this person alone."""
        cards, ratings, marks = Cards(any_database), Ratings(any_database), Marks(any_database)
        await cards.put(ANNE, 7, 1, NOW)
        await cards.put(BERT, 7, 1, NOW)
        assert await cards.card_and_history(ANNE, 7, NOW - MINUTE) == (1, History(shown=frozenset({1})))
        assert await cards.answer_card(ANNE, 7, CardAnswer(1, 5.0, "later", 2**40), LATER)
        assert await cards.card_and_history(ANNE, 7, NOW - MINUTE) == (
            2**40,
            History(stars={1: 5.0}, shown=frozenset({1, 2**40})),
        )
        assert await ratings.of(ANNE) == {1: Rating(1, 5.0, "button", LATER)}
        assert await marks.of(ANNE) == {"unseen": {}, "seen": {}, "later": {1: LATER}, "shown": {1: NOW, 2**40: LATER}}
        assert await cards.card_and_history(BERT, 7, NOW - MINUTE) == (1, History(shown=frozenset({1})))
        assert await cards.card_and_history(ANNE, 8, NOW - MINUTE) == (None, History())

    @pytest.mark.parametrize("next_movie_id", [None, 3])
    async def test_a_card_that_shows_another_movie_is_left_alone(
        self, any_database: Database, next_movie_id: int | None
    ) -> None:
        """Nothing is rated, marked or shown for a tap on what was there before."""
        cards = Cards(any_database)
        await cards.put(ANNE, 7, 2, NOW)
        assert not await cards.answer_card(ANNE, 7, CardAnswer(1, 5.0, "seen", next_movie_id), LATER)
        assert await cards.card_and_history(ANNE, 7, NOW - MINUTE) == (2, History(shown=frozenset({2})))

    async def test_where_nothing_is_left_the_card_stays(self, any_database: Database) -> None:
        """What was said counts, and the message shows the same movie still."""
        cards = Cards(any_database)
        await cards.put(ANNE, 7, 1, NOW)
        assert await cards.answer_card(ANNE, 7, CardAnswer(1, 1.0), LATER)
        assert await cards.card_and_history(ANNE, 7, NOW - MINUTE) == (1, History(stars={1: 1.0}, shown=frozenset({1})))

    async def test_what_is_refused_leaves_the_card(self, any_database: Database) -> None:
        """Stars out of their range: neither they nor the next movie are there."""
        cards = Cards(any_database)
        await cards.put(ANNE, 7, 1, NOW)
        with pytest.raises(Conflict):
            await cards.answer_card(ANNE, 7, CardAnswer(1, 9.0, None, 2), LATER)
        assert await cards.card_and_history(ANNE, 7, NOW - MINUTE) == (1, History(shown=frozenset({1})))

    async def test_the_same_tap_at_once(self, replicas: tuple[Database, Database]) -> None:
        """Of many at two replicas, each with another movie to show next, one turns the card."""
        await Cards(replicas[0]).put(ANNE, 7, 1, NOW)
        turns = [
            Cards(replicas[number % 2]).answer_card(ANNE, 7, CardAnswer(1, 5.0, None, 10 + number), NOW)
            for number in range(8)
        ]
        turned = await asyncio.gather(*turns)
        assert turned.count(True) == 1
        shown = 10 + turned.index(True)
        assert await Cards(replicas[1]).card_and_history(ANNE, 7, NOW - MINUTE) == (
            shown,
            History(stars={1: 5.0}, shown=frozenset({1, shown})),
        )


class TestUpdates:
    """Updates that come again."""

    async def test_the_end_of_one_and_the_beginning_of_others_at_once(self, any_database: Database) -> None:
        """Each gets its own answer, also where one of those that share a transaction had come before."""
        updates = Updates(any_database)
        await asyncio.gather(*(updates.claim(update_id, NOW, MINUTE) for update_id in (1, 2, 3)))
        await updates.mark_handled(1, NOW)
        assert await asyncio.gather(
            updates.claim(4, NOW, MINUTE),  # This one goes alone, the others meanwhile gather.
            updates.claim(1, LATER, MINUTE),
            updates.mark_handled(2, LATER),
            updates.claim(3, LATER, MINUTE),
            *(updates.claim(5, LATER, MINUTE) for _ in range(2)),
        ) == [ClaimResult.NEW, ClaimResult.DONE, None, ClaimResult.BUSY, ClaimResult.NEW, ClaimResult.BUSY]
        assert await updates.claim(2, LATER, MINUTE) is ClaimResult.DONE

    async def test_new_once_and_then_done(self, any_database: Database) -> None:
        """An update that was handled is done, whenever it comes again."""
        updates = Updates(any_database)
        assert await updates.claim(2**40, NOW, MINUTE) is ClaimResult.NEW
        await updates.mark_handled(2**40, NOW)
        assert [await updates.claim(2**40, now, MINUTE) for now in (NOW, LATER)] == [ClaimResult.DONE, ClaimResult.DONE]
        assert await updates.claim(2, NOW, MINUTE) is ClaimResult.NEW

    async def test_who_died_over_it_is_followed_by_another(self, any_database: Database) -> None:
        """Busy while the lease lasts; then new for one, and busy again for the next."""
        updates = Updates(any_database)
        times = [NOW, NOW + MINUTE / 2, NOW + MINUTE, NOW + MINUTE]
        claims = [await updates.claim(5, now, MINUTE) for now in times]
        assert claims == [ClaimResult.NEW, ClaimResult.BUSY, ClaimResult.NEW, ClaimResult.BUSY]
        assert await updates.claim(5, NOW + MINUTE, timedelta(0)) is ClaimResult.NEW

    async def test_at_once(self, replicas: tuple[Database, Database]) -> None:
        """Of an update that two replicas get many times at once one is the first, and one again after the lease."""
        for now in (NOW, NOW + MINUTE):
            claims = [Updates(database).claim(5, now, MINUTE) for database in replicas for _ in range(8)]
            assert (await asyncio.gather(*claims)).count(ClaimResult.NEW) == 1

    async def test_forget_before(self, any_database: Database) -> None:
        """What came before the time is forgotten, what came then or later is not."""
        updates = Updates(any_database)
        for update_id, now in ((1, NOW), (2, LATER)):
            await updates.claim(update_id, now, MINUTE)
            await updates.mark_handled(update_id, now)
        for _ in range(2):
            await updates.delete_before(LATER)
        assert [await updates.claim(update_id, LATER, MINUTE) for update_id in (1, 2)] == [
            ClaimResult.NEW,
            ClaimResult.DONE,
        ]
