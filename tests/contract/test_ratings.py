"""Ratings and the history of their changes: repeats, undo, order and concurrency."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.changes import RatingChange
from storage.errors import Conflict, NotFound
from storage.records import Movie, Rating
from storage.sql import Cards, Catalogue, Changes, Database, Marks, People, Ratings, Wishes

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
ANNE, BERT = 2**40 + 1, 2
LONG_ID = 2**40


def at(second: int) -> datetime:
    """Return the time this many seconds after NOW."""
    return NOW + timedelta(seconds=second)


@pytest.fixture
async def ratings(any_database: Database) -> Ratings:
    """The ratings, with the people Anne and Bert, who have rated nothing."""
    for person_id in (ANNE, BERT):
        await People(any_database).get_or_create(person_id, "done", NOW)
    return Ratings(any_database)


async def undo(database: Database, person_id: int, now: datetime) -> RatingChange | None:
    """Undo the last change, and return its effect on the rating."""
    undone = await Changes(database).undo(person_id, now)
    return undone.outcome if undone is not None and isinstance(undone.outcome, RatingChange) else None


async def history(database: Database, person_id: int) -> list[tuple[int, float | None, float | None, bool]]:
    """Return (movie id, before, after, whether it is undone) of every change, the oldest first."""
    changes = (await People(database).export(person_id))["changes"]
    return [
        (change["movie_id"], change["before_stars"], change["after_stars"], change["undone_at"] is not None)
        for change in changes
    ]


class TestRate:
    """Setting and removing ratings."""

    async def test_rate_again_and_remove(self, any_database: Database, ratings: Ratings) -> None:
        """Each change returns the stars before and after. The history has all changes, the rating the latest values."""
        assert await ratings.rate(ANNE, LONG_ID, 5.0, "button", at(0)) == RatingChange(LONG_ID, None, 5.0)
        assert await ratings.rate(ANNE, LONG_ID, 3.3, "stars", at(1)) == RatingChange(LONG_ID, 5.0, 3.3)
        assert await ratings.of(ANNE) == {LONG_ID: Rating(LONG_ID, 3.3, "stars", at(1))}
        assert await ratings.rate(ANNE, LONG_ID, None, "button", at(2)) == RatingChange(LONG_ID, 3.3, None)
        assert await ratings.of(ANNE) == {}
        assert await history(any_database, ANNE) == [
            (LONG_ID, None, 5.0, False),
            (LONG_ID, 5.0, 3.3, False),
            (LONG_ID, 3.3, None, False),
        ]

    async def test_a_repeat_is_no_change(self, any_database: Database, ratings: Ratings) -> None:
        """Setting the same stars, or removing a missing rating, changes neither the rating nor the history."""
        assert await ratings.rate(ANNE, 1, None, "button", at(0)) == RatingChange(1, None, None)
        await ratings.rate(ANNE, 1, 5.0, "button", at(1))
        assert await ratings.rate(ANNE, 1, 5.0, "reaction", at(2)) == RatingChange(1, 5.0, 5.0)
        assert await ratings.of(ANNE) == {1: Rating(1, 5.0, "button", at(1))}
        assert await history(any_database, ANNE) == [(1, None, 5.0, False)]

    async def test_a_rating_removes_the_unseen_mark(self, any_database: Database, ratings: Ratings) -> None:
        """A rating, even a repeated one, removes the "unseen" mark of this movie and person only."""
        marks = Marks(any_database)
        for person_id in (ANNE, BERT):
            await marks.put(person_id, [1, 2], "unseen", at(0))
            await marks.put(person_id, [1], "later", at(0))
        await ratings.rate(ANNE, 1, None, "button", at(1))
        assert (await marks.of(ANNE))["unseen"] == {1: at(0), 2: at(0)}
        await ratings.rate(ANNE, 1, 5.0, "button", at(1))
        assert await marks.of(ANNE) == {"unseen": {2: at(0)}, "seen": {}, "later": {1: at(0)}, "shown": {}}
        await marks.put(ANNE, [1], "unseen", at(2))
        await ratings.rate(ANNE, 1, 5.0, "button", at(3))
        assert (await marks.of(ANNE))["unseen"] == {2: at(0)}
        assert (await marks.of(BERT))["unseen"] == {1: at(0), 2: at(0)}

    @pytest.mark.parametrize("stars", [0.5, 5.5, -1.0])
    async def test_stars_out_of_range_are_refused(self, any_database: Database, ratings: Ratings, stars: float) -> None:
        """Stars that are out of range change nothing, including marks and history."""
        await Marks(any_database).put(ANNE, [1], "unseen", at(0))
        with pytest.raises(Conflict):
            await ratings.rate(ANNE, 1, stars, "stars", at(1))
        assert await ratings.of(ANNE) == {}
        assert await history(any_database, ANNE) == []
        assert (await Marks(any_database).of(ANNE))["unseen"] == {1: at(0)}

    async def test_an_unknown_person(self, any_database: Database, ratings: Ratings) -> None:
        """An unknown person cannot rate, and has no ratings."""
        with pytest.raises(NotFound):
            await ratings.rate(99, 1, 5.0, "button", NOW)
        assert await ratings.of(99) == {}
        assert await undo(any_database, 99, NOW) is None

    async def test_the_same_thumb_concurrently(self, replicas: tuple[Database, Database]) -> None:
        """A thumb that two replicas store many times concurrently is one change, made by one call."""
        await People(replicas[0]).get_or_create(ANNE, "done", NOW)
        thumbs = [Ratings(database).rate(ANNE, 1, 5.0, "button", NOW) for database in replicas for _ in range(6)]
        changes = await asyncio.gather(*thumbs)
        assert sorted(changes, key=str) == sorted(
            [RatingChange(1, None, 5.0), *[RatingChange(1, 5.0, 5.0)] * 11], key=str
        )
        assert await history(replicas[1], ANNE) == [(1, None, 5.0, False)]

    async def test_many_thumbs_concurrently(self, replicas: tuple[Database, Database]) -> None:
        """Different stars for the same movies from two replicas are all stored, and the history is one chain."""
        stores = [Ratings(database) for database in replicas]
        for person_id in (ANNE, BERT):
            await People(replicas[0]).get_or_create(person_id, "done", NOW)
        thumbs = [
            stores[second % 2].rate(person_id, movie_id, 1.0 + second % 5, "button", at(second))
            for second in range(10)
            for movie_id in (1, 2)
            for person_id in (ANNE, BERT)
        ]
        await asyncio.gather(*thumbs)
        for person_id in (ANNE, BERT):
            rated = await stores[0].of(person_id)
            for movie_id in (1, 2):
                chain = [change for change in await history(replicas[0], person_id) if change[0] == movie_id]
                ends = [before for _, before, _, _ in chain] + [rated[movie_id].stars]
                assert ends == [None, *(after for _, _, after, _ in chain)]


class TestUndo:
    """Undoing changes."""

    async def test_several_changes(self, any_database: Database, ratings: Ratings) -> None:
        """Each undo reverts one more change, including a removal, and restores stars, source and time."""
        await ratings.rate(ANNE, 1, 5.0, "onboarding", at(0))
        await ratings.rate(ANNE, 2, 1.0, "reaction", at(1))
        await ratings.rate(ANNE, 1, 2.5, "stars", at(2))
        await ratings.rate(ANNE, 1, None, "button", at(3))
        first, first_lower = Rating(1, 5.0, "onboarding", at(0)), Rating(1, 2.5, "stars", at(2))
        second = Rating(2, 1.0, "reaction", at(1))
        for change, remaining in [
            (RatingChange(1, None, 2.5), [second, first_lower]),
            (RatingChange(1, 2.5, 5.0), [first, second]),
            (RatingChange(2, 1.0, None), [first]),
            (RatingChange(1, 5.0, None), []),
            (None, []),
            (None, []),
        ]:
            assert await undo(any_database, ANNE, at(9)) == change
            assert list((await ratings.of(ANNE)).values()) == remaining
        assert [undone for *_, undone in await history(any_database, ANNE)] == [True] * 4

    async def test_without_history(self, any_database: Database, ratings: Ratings) -> None:
        """Without history there is nothing to undo, and changes of other people remain."""
        await ratings.rate(BERT, 1, 5.0, "button", at(0))
        assert await undo(any_database, ANNE, at(1)) is None
        assert list(await ratings.of(BERT)) == [1]

    async def test_a_change_after_an_undo(self, any_database: Database, ratings: Ratings) -> None:
        """After a new change, undo reverts the new change first, then those before the undone change."""
        await ratings.rate(ANNE, 1, 5.0, "button", at(0))
        await ratings.rate(ANNE, 2, 5.0, "button", at(1))
        await undo(any_database, ANNE, at(2))
        await ratings.rate(ANNE, 3, 1.0, "button", at(3))
        assert await undo(any_database, ANNE, at(4)) == RatingChange(3, 1.0, None)
        assert await undo(any_database, ANNE, at(5)) == RatingChange(1, 5.0, None)
        assert await undo(any_database, ANNE, at(6)) is None

    async def test_the_unseen_mark_is_restored(self, any_database: Database, ratings: Ratings) -> None:
        """Undoing a thumb restores the "unseen" mark with its time. A newer mark does not change."""
        marks = Marks(any_database)
        await marks.put(ANNE, [1, 2], "unseen", at(0))
        await ratings.rate(ANNE, 1, 5.0, "button", at(1))
        await ratings.rate(ANNE, 2, 5.0, "button", at(1))
        await marks.put(ANNE, [2], "unseen", at(2))
        await undo(any_database, ANNE, at(3))
        await undo(any_database, ANNE, at(3))
        assert (await marks.of(ANNE))["unseen"] == {1: at(0), 2: at(2)}

    async def test_concurrent_undos(self, replicas: tuple[Database, Database]) -> None:
        """Concurrent undos from two replicas revert each change once."""
        await People(replicas[0]).get_or_create(ANNE, "done", NOW)
        for movie_id in range(5):
            await Ratings(replicas[0]).rate(ANNE, movie_id, 5.0, "button", at(movie_id))
        undos = [undo(database, ANNE, at(9)) for database in replicas for _ in range(4)]
        changes = await asyncio.gather(*undos)
        assert sorted(change.movie_id for change in changes if change is not None) == [0, 1, 2, 3, 4]
        assert await Ratings(replicas[1]).of(ANNE) == {}


class TestReading:
    """Order and pages."""

    async def test_pages_newest_first(self, ratings: Ratings) -> None:
        """`of` is sorted oldest first, pages newest first, without gaps and repeats, even for equal times."""
        for movie_id, second in [(5, 2), (3, 0), (4, 1), (8, 1), (1, 3)]:
            await ratings.rate(ANNE, movie_id, 4.0, "import", at(second))
        await ratings.rate(BERT, 7, 4.0, "import", at(0))
        assert list(await ratings.of(ANNE)) == [3, 4, 8, 5, 1]
        pages = [await ratings.page(ANNE, offset, 2) for offset in (0, 2, 4, 6)]
        assert [[rating.movie_id for rating in page] for page in pages] == [[1, 5], [8, 4], [3], []]
        assert await ratings.page(ANNE, 4, 2) == [Rating(3, 4.0, "import", at(0))]
        assert [await ratings.count(person_id) for person_id in (ANNE, BERT, 99)] == [5, 1, 0]


@dataclass
class Model:
    """A model of the tables in memory, which stores a full copy of each changed rating."""

    ratings: dict[int, Rating] = field(default_factory=dict)
    unseen: dict[int, datetime] = field(default_factory=dict)
    changes: list[tuple[int, Rating | None, datetime | None]] = field(default_factory=list)

    def rate(self, movie_id: int, stars: float | None, now: datetime) -> None:
        """Do the same as `Ratings.rate`."""
        before = self.ratings.get(movie_id)
        unseen_at = None if stars is None else self.unseen.pop(movie_id, None)
        if stars == (before.stars if before else None):
            return
        self.changes.append((movie_id, before, unseen_at))
        self._put(movie_id, None if stars is None else Rating(movie_id, stars, "button", now))

    def undo(self) -> None:
        """Do the same as `Ratings.undo`."""
        if self.changes:
            movie_id, before, unseen_at = self.changes.pop()
            self._put(movie_id, before)
            if unseen_at is not None:
                self.unseen.setdefault(movie_id, unseen_at)

    def _put(self, movie_id: int, rating: Rating | None) -> None:
        self.ratings.pop(movie_id, None)
        if rating is not None:
            self.ratings[movie_id] = rating


_MOVIE_IDS = st.integers(1, 2)
_STARS = st.sampled_from([None, 1.0, 3.5, 5.0])
_ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("rate"), _MOVIE_IDS, _STARS),
        st.tuples(st.just("unseen"), _MOVIE_IDS, st.none()),
        st.tuples(st.just("undo"), st.none(), st.none()),
    ),
    min_size=6,
    max_size=14,
)
_NEXT_PERSON = count(1000)


# Every example uses a new person, so that the examples can share one database. Databases may be slow: no deadline.
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions=_ACTIONS)
async def test_any_sequence_equals_the_model(
    any_database: Database, actions: list[tuple[str, int, float | None]]
) -> None:
    """After any ratings, marks and undos the ratings and "unseen" marks equal those of the model."""
    person_id = next(_NEXT_PERSON)
    await People(any_database).get_or_create(person_id, "done", NOW)
    ratings, marks, model = Ratings(any_database), Marks(any_database), Model()
    for second, (action, movie_id, stars) in enumerate(actions):
        if action == "rate":
            await ratings.rate(person_id, movie_id, stars, "button", at(second))
            model.rate(movie_id, stars, at(second))
        elif action == "unseen":
            await marks.put(person_id, [movie_id], "unseen", at(second))
            model.unseen[movie_id] = at(second)
        else:
            await undo(any_database, person_id, at(second))
            model.undo()
    assert await ratings.of(person_id) == model.ratings
    assert (await marks.of(person_id))["unseen"] == model.unseen


class TestMergedMovies:
    """An import that merges two movies moves what people said about the one that has gone."""

    BEFORE = (Movie(3, "Chasing Amy", 1997), Movie(9, "chasing amy", 1997), Movie(5, "Alone", 1980))

    async def test_everything_moves_to_the_movie_that_stays(self, any_database: Database, ratings: Ratings) -> None:
        """Ratings, marks, cards and wishes are of the other movie, whose own ratings and marks stay."""
        catalogue, marks = Catalogue(any_database), Marks(any_database)
        cards, wishes = Cards(any_database), Wishes(any_database)
        await catalogue.replace(self.BEFORE)
        await ratings.rate(ANNE, 9, 5.0, "button", at(1))
        await ratings.rate(ANNE, 5, 2.0, "button", at(2))
        await marks.put(ANNE, [9, 5], "later", at(3))
        await marks.put(BERT, [3, 9], "seen", at(3))
        await cards.put(ANNE, 70, 9, at(4))
        await wishes.put(ANNE, "lasting", {"unlike": [9, 5], "year_from": 1990}, at(5))

        for _ in range(2):
            await catalogue.replace([self.BEFORE[0], self.BEFORE[2]], {9: 3})
            assert await ratings.of(ANNE) == {
                3: Rating(3, 5.0, "button", at(1)),
                5: Rating(5, 2.0, "button", at(2)),
            }
            assert sorted((await marks.of(ANNE))["later"]) == [3, 5]
            assert list((await marks.of(BERT))["seen"]) == [3]
            shown = await cards.get(ANNE, 70)
            assert shown is not None
            assert shown.movie_id == 3
            stored = await wishes.get(ANNE, "lasting")
            assert stored is not None
            assert stored.wish == {"unlike": [3, 5], "year_from": 1990}

    async def test_of_two_ratings_the_later_stays_and_its_undo_leads_to_the_earlier(
        self, any_database: Database, ratings: Ratings
    ) -> None:
        """Both orders: the movie that goes was rated first, or last."""
        catalogue = Catalogue(any_database)
        await catalogue.replace(self.BEFORE)
        await ratings.rate(ANNE, 9, 5.0, "button", at(1))
        await ratings.rate(ANNE, 3, 2.0, "stars", at(2))
        await ratings.rate(BERT, 3, 4.0, "button", at(1))
        await ratings.rate(BERT, 9, 1.0, "stars", at(2))
        await catalogue.replace([self.BEFORE[0], self.BEFORE[2]], {9: 3})
        assert await ratings.of(ANNE) == {3: Rating(3, 2.0, "stars", at(2))}
        assert await ratings.of(BERT) == {3: Rating(3, 1.0, "stars", at(2))}
        assert await undo(any_database, ANNE, at(3)) == RatingChange(3, 2.0, 5.0)
        assert await undo(any_database, BERT, at(3)) == RatingChange(3, 1.0, 4.0)
        assert await ratings.of(ANNE) == {3: Rating(3, 5.0, "button", at(1))}
        assert await ratings.of(BERT) == {3: Rating(3, 4.0, "button", at(1))}

    async def test_an_id_that_was_another_movie_keeps_its_ratings(
        self, any_database: Database, ratings: Ratings
    ) -> None:
        """The catalogue before was of another data set, in which the id had another title."""
        catalogue = Catalogue(any_database)
        await catalogue.replace([Movie(9, "Something Else", 1997)])
        await ratings.rate(ANNE, 9, 5.0, "button", at(1))
        await catalogue.replace([self.BEFORE[0]], {9: 3})
        assert list(await ratings.of(ANNE)) == [9]
