"""The people: their step, what they told, all that is kept of them, and that it goes when they want it to."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage.errors import Conflict, NotFound
from storage.records import History, Person
from storage.sql import Announcements, CardAnswer, Cards, Database, Marks, People, Ratings, Updates
from storage.sql.models import Base

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
ANNE, BERT, ADMIN = 2**40 + 1, 2, 3
NEW_ANNE = Person(ANNE, "greeted", None, None, None, consent=False, notify=False, blocked=False, created_at=NOW)


async def rows_of(database: Database, person_id: int) -> dict[str, int]:
    """How many rows each table that has a person_id holds of a person."""
    async with database.reading() as connection:
        return {
            table.name: (
                await connection.execute(
                    select(func.count()).select_from(table).where(table.columns["person_id"] == person_id)
                )
            ).scalar_one()
            for table in Base.metadata.sorted_tables
            if "person_id" in table.columns
        }


async def live_a_little(database: Database, person_id: int, message_id: int = 7) -> None:
    """Leave something of a person in every table."""
    await People(database).get_or_create(person_id, "greeted", NOW)
    await People(database).move(person_id, "greeted", "rating", gender="F", age=25)
    await Marks(database).put(person_id, [1, 3], "unseen", NOW)
    await Marks(database).put(person_id, [5], "later", LATER)
    await Ratings(database).rate(person_id, 1, 5.0, "button", NOW)
    await Ratings(database).rate(person_id, 2, 3.5, "stars", LATER)
    await Ratings(database).undo(person_id, LATER)
    await Cards(database).put(person_id, message_id, 1, NOW)
    await People(database).update(person_id, notify=True)
    announcements = Announcements(database)
    await announcements.start(await announcements.draft("Hello", ADMIN, NOW), None)
    await People(database).update(person_id, notify=False)


class TestPeople:
    """Who they are and where in the onboarding."""

    async def test_what_they_said_is_one_read(self, any_database: Database) -> None:
        """Ratings of this person alone, the oldest first, and marks but those of long ago; of nobody, nothing."""
        people = People(any_database)
        await people.get_or_create(BERT, "greeted", NOW)
        assert [await people.history(person_id, NOW) for person_id in (ANNE, BERT)] == [History(), History()]
        await live_a_little(any_database, ANNE)
        await Ratings(any_database).rate(ANNE, 9, 2.0, "stars", NOW - timedelta(days=1))
        await Marks(any_database).put(ANNE, [6], "seen", NOW)
        await Marks(any_database).put(ANNE, [2**40], "shown", LATER)
        said = await people.history(ANNE, NOW)
        assert said == History("F", 25, None, {9: 2.0, 1: 5.0}, frozenset({3}), frozenset({6}), frozenset({2**40}))
        assert list(said.stars) == [9, 1]
        assert (await people.history(ANNE, NOW - timedelta(seconds=1))).shown == {1, 2**40}

    async def test_ensure_makes_a_person_once(self, any_database: Database) -> None:
        """A newcomer is made with nothing told and no consent; the second time changes nothing."""
        people = People(any_database)
        assert await people.get(ANNE) is None
        assert await people.get_or_create(ANNE, "greeted", NOW) == NEW_ANNE
        assert await people.get_or_create(ANNE, "another", LATER) == NEW_ANNE
        assert await people.get(ANNE) == NEW_ANNE
        await people.get_or_create(BERT, "greeted", NOW)
        assert await people.count() == 2

    async def test_two_replicas_make_the_same_person(self, replicas: tuple[Database, Database]) -> None:
        """Of many who meet a newcomer at once none fails, all get the same person, and there is one."""
        everybody = [People(database) for database in replicas]
        times = [NOW + timedelta(seconds=second) for second in range(6)]
        made = await asyncio.gather(
            *(people.get_or_create(ANNE, "greeted", now) for now in times for people in everybody)
        )
        assert set(made) == {await everybody[0].get(ANNE)}
        assert await everybody[1].count() == 1

    async def test_move_keeps_what_was_answered(self, any_database: Database) -> None:
        """A move sets the step and what it names, None too, and leaves everything else."""
        people = People(any_database)
        await people.get_or_create(ANNE, "greeted", NOW)
        assert await people.move(ANNE, "greeted", "gender", age=25, occupation=20)
        assert await people.move(ANNE, "gender", "gender", gender="F")
        assert await people.move(ANNE, "gender", "rating", age=None)
        expected = Person(ANNE, "rating", "F", None, 20, consent=False, notify=False, blocked=False, created_at=NOW)
        assert await people.get(ANNE) == expected

    async def test_a_stale_move_changes_nothing(self, any_database: Database) -> None:
        """A move from a step that the person has left is refused, its answer with it; so is an unknown person's."""
        people = People(any_database)
        await people.get_or_create(ANNE, "rating", NOW)
        before = await people.get(ANNE)
        assert not await people.move(ANNE, "greeted", "age", gender="M")
        assert await people.get(ANNE) == before
        assert not await people.move(BERT, "greeted", "age")
        assert await people.get(BERT) is None

    async def test_one_of_many_moves_wins(self, replicas: tuple[Database, Database]) -> None:
        """Of the same step answered differently on two replicas at once, one answer counts, whole."""
        everybody = [People(database) for database in replicas]
        await everybody[0].get_or_create(ANNE, "age", NOW)
        ages = range(18, 26)
        moved = await asyncio.gather(*(everybody[age % 2].move(ANNE, "age", f"after {age}", age=age) for age in ages))
        (winner,) = [age for age, won in zip(ages, moved, strict=True) if won]
        person = await everybody[0].get(ANNE)
        assert person is not None
        assert (person.step, person.age) == (f"after {winner}", winner)

    async def test_set_changes_what_it_names(self, any_database: Database) -> None:
        """Settings change one by one, repeats and people who are not known change nothing."""
        people = People(any_database)
        await people.get_or_create(ANNE, "greeted", NOW)
        for _ in range(2):
            await people.update(ANNE, consent=True, gender="M", age=56)
            await people.update(ANNE, notify=True)
        await people.update(ANNE, age=None, blocked=True)
        await people.update(ANNE)
        await people.update(BERT, blocked=True)
        expected = Person(ANNE, "greeted", "M", None, None, consent=True, notify=True, blocked=True, created_at=NOW)
        assert await people.get(ANNE) == expected
        assert await people.get(BERT) is None

    async def test_values_out_of_range_are_refused(self, any_database: Database) -> None:
        """What would fail every recommendation of a person is not stored, and the step stays with it."""
        people = People(any_database)
        await people.get_or_create(ANNE, "greeted", NOW)
        with pytest.raises(Conflict):
            await people.move(ANNE, "greeted", "gender", age=121)
        with pytest.raises(Conflict):
            await people.update(ANNE, occupation=21)
        with pytest.raises(Conflict):
            await people.update(ANNE, gender="X")  # type: ignore[arg-type]
        assert await people.get(ANNE) == NEW_ANNE


class TestExport:
    """All of a person's data."""

    async def test_all_is_there_and_json(self, any_database: Database) -> None:
        """The export has profile, ratings, every change with the undone ones, marks and cards, and nobody else's."""
        await live_a_little(any_database, ANNE)
        await live_a_little(any_database, BERT, message_id=8)
        now, later = "2026-03-04T05:06:07.890123+00:00", "2026-03-04T05:06:08.890123+00:00"
        nothing_before = {"before_stars": None, "before_source": None, "before_rated_at": None}
        expected = {
            "profile": {
                "person_id": ANNE,
                "step": "rating",
                "gender": "F",
                "age": 25,
                "occupation": None,
                "consent": False,
                "notify": False,
                "blocked": False,
                "created_at": now,
            },
            "ratings": [{"movie_id": 1, "stars": 5.0, "source": "button", "rated_at": now}],
            "rating_changes": [
                {
                    "number": 1,
                    "movie_id": 1,
                    **nothing_before,
                    "after_stars": 5.0,
                    "source": "button",
                    "changed_at": now,
                    "unseen_at": now,
                    "undone_at": None,
                },
                {
                    "number": 2,
                    "movie_id": 2,
                    **nothing_before,
                    "after_stars": 3.5,
                    "source": "stars",
                    "changed_at": later,
                    "unseen_at": None,
                    "undone_at": later,
                },
            ],
            "marks": [
                {"kind": "later", "movie_id": 5, "marked_at": later},
                {"kind": "shown", "movie_id": 1, "marked_at": now},
                {"kind": "unseen", "movie_id": 3, "marked_at": now},
            ],
            "cards": [{"message_id": 7, "movie_id": 1, "shown_at": now}],
            "deliveries": [{"job_id": 1, "status": "waiting", "begun_at": None, "ended_at": None}],
        }
        exported = await People(any_database).export(ANNE)
        assert json.loads(json.dumps(exported)) == expected

    async def test_it_holds_what_forget_deletes(self, any_database: Database) -> None:
        """No table that holds something of a person is missing in their export."""
        await live_a_little(any_database, ANNE)
        exported = await People(any_database).export(ANNE)
        held = {table for table, rows in (await rows_of(any_database, ANNE)).items() if rows}
        assert held == {"people", *exported} - {"profile"}

    async def test_of_nobody(self, any_database: Database) -> None:
        """Who is not known has nothing to export, and the error names nobody."""
        with pytest.raises(NotFound) as caught:
            await People(any_database).export(ANNE)
        assert str(ANNE) not in str(caught.value)


class TestForget:
    """Deletion everywhere."""

    async def test_not_a_row_is_left(self, any_database: Database) -> None:
        """Forgetting leaves nothing of the person in any table and all of everybody else; repeating changes nothing."""
        await live_a_little(any_database, ANNE)
        await live_a_little(any_database, BERT)
        of_bert = await rows_of(any_database, BERT)
        assert set((await rows_of(any_database, ANNE)).values()).isdisjoint({0})
        for _ in range(2):
            await People(any_database).forget(ANNE)
            assert set((await rows_of(any_database, ANNE)).values()) == {0}
            assert await rows_of(any_database, BERT) == of_bert
        assert await People(any_database).count() == 1

    async def test_nothing_is_written_of_somebody_forgotten(self, any_database: Database) -> None:
        """A thumb, a mark or a card that comes after /forget is refused and leaves nothing; /start begins anew."""
        await live_a_little(any_database, ANNE)
        await People(any_database).forget(ANNE)
        with pytest.raises(NotFound):
            await Ratings(any_database).rate(ANNE, 1, 5.0, "button", NOW)
        with pytest.raises(NotFound):
            await Marks(any_database).put(ANNE, [1], "shown", NOW)
        with pytest.raises(NotFound):
            await Cards(any_database).put(ANNE, 7, 1, NOW)
        for turn in (CardAnswer(1, 5.0, "seen", 2), CardAnswer(1, 5.0)):
            assert not await Cards(any_database).answer_card(ANNE, 7, turn, NOW)
        assert await Ratings(any_database).undo(ANNE, NOW) is None
        assert set((await rows_of(any_database, ANNE)).values()) == {0}
        assert await People(any_database).get_or_create(ANNE, "greeted", NOW) == NEW_ANNE

    async def test_at_the_same_time_as_everything_else(self, replicas: tuple[Database, Database]) -> None:
        """Whatever two replicas do for a person while a third call forgets them, nothing is left and nothing breaks."""
        one, two = replicas
        for _ in range(5):
            await live_a_little(one, ANNE)
            doing = [
                *(
                    Ratings(database).rate(ANNE, movie_id, 1.0, "button", NOW)
                    for database in replicas
                    for movie_id in (1, 9)
                ),
                Marks(two).put(ANNE, range(20), "shown", NOW),
                People(one).forget(ANNE),
                Ratings(two).undo(ANNE, NOW),
                Cards(two).put(ANNE, 8, 1, NOW),
                Cards(two).answer_card(ANNE, 7, CardAnswer(1, 1.0, "seen", 2), NOW),
                People(two).update(ANNE, blocked=True),
            ]
            outcomes = await asyncio.gather(*doing, return_exceptions=True)
            assert {type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)} <= {NotFound}
            assert set((await rows_of(one, ANNE)).values()) == {0}

    async def test_the_file_does_not_remember(self, database: Database, tmp_path: Path) -> None:
        """The bytes of SQLite's file and of its write-ahead log hold the person's id before, and not after."""
        person_id = 0x5A_5B_5C_5D_5E_5F
        await live_a_little(database, BERT)
        await live_a_little(database, person_id)

        def bytes_on_disk() -> bytes:
            return b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())

        assert person_id.to_bytes(6, "big") in bytes_on_disk()
        await People(database).forget(person_id)
        assert person_id.to_bytes(6, "big") not in bytes_on_disk()


async def test_nothing_of_a_person_is_logged(any_database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """At the most talkative level no log holds a person's id or the stars they gave, those of errors included."""
    caplog.set_level(logging.DEBUG)
    await live_a_little(any_database, ANNE)
    await Updates(any_database).claim(ANNE, NOW, timedelta(minutes=1))
    stars = 5.4321
    with pytest.raises(Conflict) as caught:
        await Ratings(any_database).rate(ANNE, 1, stars, "stars", NOW)
    logging.getLogger("test").error("refused", exc_info=caught.value)
    await People(any_database).export(ANNE)
    await People(any_database).forget(ANNE)
    with pytest.raises(NotFound):
        await Cards(any_database).put(ANNE, 7, 1, NOW)
    assert "refused" in caplog.text
    assert str(ANNE) not in caplog.text
    assert str(stars) not in caplog.text
