"""The people: onboarding steps, demographics, settings, and export and deletion of their data."""

import asyncio
import json
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from storage.errors import Conflict, NotFound
from storage.imports import ImportDraft, ImportEntry
from storage.records import History, Person, Popularity
from storage.sql import (
    Announcements,
    CardAnswer,
    Cards,
    Changes,
    Database,
    Imports,
    Marks,
    People,
    Ratings,
    Updates,
    Wishes,
)
from storage.sql.history import LATEST
from storage.sql.models import Base, ChangeRow

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
ANNE, BERT, ADMIN = 2**40 + 1, 2, 3
NEW_ANNE = Person(ANNE, "greeted", None, None, None, consent=False, notify=False, blocked=False, created_at=NOW)


async def rows_of(database: Database, person_id: int) -> dict[str, int]:
    """Return the number of rows about a person in each table with a person_id."""
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


async def add_data(database: Database, person_id: int, message_id: int = 7) -> None:
    """Store data of a person in every table."""
    await People(database).get_or_create(person_id, "greeted", NOW)
    await People(database).move(person_id, "greeted", "rating", gender="F", age=25)
    await Marks(database).put(person_id, [1, 3], "unseen", NOW)
    await Marks(database).put(person_id, [5], "later", LATER)
    await Ratings(database).rate(person_id, 1, 5.0, "button", NOW)
    await Ratings(database).rate(person_id, 2, 3.5, "stars", LATER)
    await Changes(database).undo(person_id, LATER)
    await Cards(database).put(person_id, message_id, 1, NOW)
    await Wishes(database).put(person_id, "active", {"themes": ["chess"], "year_from": 1990}, NOW)
    draft = ImportDraft("imdb", 2, (ImportEntry(4, "rated", 4.5, NOW), ImportEntry(5, "seen")))
    await Imports(database).add(person_id, draft, NOW)
    await People(database).update(person_id, notify=True)
    announcements = Announcements(database)
    await announcements.start(await announcements.draft("Hello", ADMIN, NOW), None)
    await People(database).update(person_id, notify=False)


class TestPeople:
    """Profile, onboarding step and history."""

    async def test_history(self, any_database: Database) -> None:
        """The history contains only this person's ratings, the oldest first, and marks, but no old "shown" marks."""
        people = People(any_database)
        await people.get_or_create(BERT, "greeted", NOW)
        assert [await people.history(person_id, NOW) for person_id in (ANNE, BERT)] == [History(), History()]
        await add_data(any_database, ANNE)
        await Ratings(any_database).rate(ANNE, 9, 2.0, "stars", NOW - timedelta(days=1))
        await Marks(any_database).put(ANNE, [6], "seen", NOW)
        await Marks(any_database).put(ANNE, [2**40], "shown", LATER)
        anne = await people.history(ANNE, NOW)
        marks = [frozenset(ids) for ids in ({3}, {6}, {2**40}, {5})]
        assert anne == History("F", 25, None, {9: 2.0, 1: 5.0}, *marks, latest=(2**40,))
        assert list(anne.stars) == [9, 1]
        assert (await people.history(ANNE, NOW - timedelta(seconds=1))).shown == {1, 2**40}

    async def test_a_history_has_all_digits_of_a_rating(self, any_database: Database) -> None:
        """A rating that was mapped from another scale is read as it was written."""
        await People(any_database).get_or_create(ANNE, "greeted", NOW)
        await Ratings(any_database).rate(ANNE, 1, 10 / 3, "stars", NOW)
        assert (await People(any_database).history(ANNE, NOW)).stars == {1: pytest.approx(10 / 3, rel=5e-16)}

    async def test_a_history_has_the_order_of_the_latest_movies_and_popularity(self, any_database: Database) -> None:
        """Of many movies that were shown, the last ones are in the order in which they were shown last."""
        people, marks = People(any_database), Marks(any_database)
        await people.get_or_create(ANNE, "greeted", NOW)
        for second, movie_id in enumerate([*range(40, 0, -1), 39]):
            await marks.put(ANNE, [movie_id], "shown", NOW + timedelta(seconds=second + 1))
        await people.update(ANNE, popularity=Popularity.HIDDEN)
        anne = await people.history(ANNE, NOW)
        assert anne.latest == (*range(LATEST - 1, 0, -1), 39)
        assert anne.popularity is Popularity.HIDDEN

    async def test_a_history_has_the_lasting_wish(self, any_database: Database) -> None:
        """The history contains this person's preferences. The active wish is not one of them."""
        wishes = Wishes(any_database)
        for person_id in (ANNE, BERT):
            await People(any_database).get_or_create(person_id, "greeted", NOW)
            await wishes.put(person_id, "active", {"genres_any": ["War"]}, NOW)
        await wishes.put(ANNE, "lasting", {"genres_none": ["Horror"]}, NOW)
        preferences = [(await People(any_database).history(person_id, NOW)).preferences for person_id in (ANNE, BERT)]
        assert preferences == [{"genres_none": ["Horror"]}, {}]

    async def test_histories_of_several_people(self, any_database: Database) -> None:
        """Each history is the one that is read alone. People who do not exist are left out, and the order is free."""
        people, marks = People(any_database), Marks(any_database)
        for person_id in (ANNE, BERT, ADMIN):
            await people.get_or_create(person_id, "greeted", NOW)
        await add_data(any_database, ANNE)
        for second, movie_id in enumerate([*range(40, 0, -1), 39]):
            await marks.put(ANNE, [movie_id], "shown", NOW + timedelta(seconds=second // 2))
        for second, movie_id in enumerate((7, 5, 6)):
            await Ratings(any_database).rate(BERT, movie_id, 10 / 3, "stars", NOW - timedelta(seconds=second))
        await marks.put(BERT, [9], "seen", NOW)
        await marks.put(BERT, [1, 2], "shown", LATER)
        await Wishes(any_database).put(BERT, "lasting", {"genres_none": ["Horror"]}, NOW)
        await people.update(BERT, popularity=Popularity.HIDDEN, country="DE", services=["A", "B"], only_services=True)
        expected = {person_id: await people.history(person_id, NOW) for person_id in (ADMIN, BERT, ANNE)}
        assert len(expected[ANNE].latest) == LATEST
        assert (expected[BERT].services, expected[ADMIN]) == (("DE:A", "DE:B"), History())
        histories = await people.histories([ANNE, 4, BERT, ADMIN], NOW)
        assert histories == expected
        assert {person_id: list(history.stars) for person_id, history in histories.items()} == {
            person_id: list(history.stars) for person_id, history in expected.items()
        }
        assert await people.histories([], NOW) == {}

    async def test_get_or_create_creates_a_person_once(self, any_database: Database) -> None:
        """A new person has no demographics and no consent. The second call changes nothing."""
        people = People(any_database)
        assert await people.get(ANNE) is None
        assert await people.get_or_create(ANNE, "greeted", NOW) == NEW_ANNE
        assert await people.get_or_create(ANNE, "another", LATER) == NEW_ANNE
        assert await people.get(ANNE) == NEW_ANNE
        await people.get_or_create(BERT, "greeted", NOW)
        assert await people.count() == 2

    async def test_two_replicas_create_the_same_person(self, replicas: tuple[Database, Database]) -> None:
        """Concurrent calls for a new person all succeed, return the same person, and create one."""
        stores = [People(database) for database in replicas]
        times = [NOW + timedelta(seconds=second) for second in range(6)]
        people_created = await asyncio.gather(
            *(people.get_or_create(ANNE, "greeted", now) for now in times for people in stores)
        )
        assert set(people_created) == {await stores[0].get(ANNE)}
        assert await stores[1].count() == 1

    async def test_move_stores_the_answers(self, any_database: Database) -> None:
        """A move sets the step and the given demographics, including None, and nothing else."""
        people = People(any_database)
        await people.get_or_create(ANNE, "greeted", NOW)
        assert await people.move(ANNE, "greeted", "gender", age=25, occupation=20)
        assert await people.move(ANNE, "gender", "gender", gender="F")
        assert await people.move(ANNE, "gender", "rating", age=None)
        expected = Person(ANNE, "rating", "F", None, 20, consent=False, notify=False, blocked=False, created_at=NOW)
        assert await people.get(ANNE) == expected

    async def test_a_stale_move_changes_nothing(self, any_database: Database) -> None:
        """A move from a step that the person has left, or of an unknown person, is refused together with its answer."""
        people = People(any_database)
        await people.get_or_create(ANNE, "rating", NOW)
        before = await people.get(ANNE)
        assert not await people.move(ANNE, "greeted", "age", gender="M")
        assert await people.get(ANNE) == before
        assert not await people.move(BERT, "greeted", "age")
        assert await people.get(BERT) is None

    async def test_one_of_many_concurrent_moves_wins(self, replicas: tuple[Database, Database]) -> None:
        """If two replicas answer the same step concurrently, one answer is stored as a whole."""
        stores = [People(database) for database in replicas]
        await stores[0].get_or_create(ANNE, "age", NOW)
        ages = range(18, 26)
        moved = await asyncio.gather(*(stores[age % 2].move(ANNE, "age", f"after {age}", age=age) for age in ages))
        (winner,) = [age for age, won in zip(ages, moved, strict=True) if won]
        person = await stores[0].get(ANNE)
        assert person is not None
        assert (person.step, person.age) == (f"after {winner}", winner)

    async def test_update_changes_the_given_fields(self, any_database: Database) -> None:
        """Given fields change and others do not. Repeats and unknown people change nothing."""
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
        """Values with which every recommendation would fail are not stored, and the step does not change."""
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
    """The export of a person's data."""

    async def test_the_export_is_complete_and_json(self, any_database: Database) -> None:
        """It contains profile, ratings, all changes including undone ones, marks and cards of this person only."""
        await add_data(any_database, ANNE)
        await add_data(any_database, BERT, message_id=8)
        now, later = "2026-03-04T05:06:07.890123+00:00", "2026-03-04T05:06:08.890123+00:00"
        nothing: dict[str, object] = dict.fromkeys(column.name for column in ChangeRow.__table__.columns)
        del nothing["person_id"]
        first = int(NOW.timestamp() * 1_000)
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
                "popularity": "balanced",
                "country": None,
                "services": None,
                "only_services": False,
                "open_question": None,
            },
            "ratings": [{"movie_id": 1, "stars": 5.0, "source": "button", "rated_at": now}],
            "changes": [
                nothing
                | {
                    "number": first,
                    "kind": "rating",
                    "movie_id": 1,
                    "after_stars": 5.0,
                    "source": "button",
                    "changed_at": now,
                    "unseen_at": now,
                },
                nothing
                | {
                    "number": first + 1_000,
                    "kind": "rating",
                    "movie_id": 2,
                    "after_stars": 3.5,
                    "source": "stars",
                    "changed_at": later,
                    "undone_at": later,
                },
            ],
            "marks": [
                {"kind": "later", "movie_id": 5, "marked_at": later},
                {"kind": "shown", "movie_id": 1, "marked_at": now},
                {"kind": "unseen", "movie_id": 3, "marked_at": now},
            ],
            "cards": [{"message_id": 7, "movie_id": 1, "shown_at": now, "previous_movie_id": None}],
            "deliveries": [{"job_id": 1, "status": "waiting", "begun_at": None, "ended_at": None}],
            "imports": [
                {
                    "number": first,
                    "source": "imdb",
                    "row_count": 2,
                    "entries": [
                        {"movie_id": 4, "kind": "rated", "stars": 4.5, "at": now, "profile": 0},
                        {"movie_id": 5, "kind": "seen", "stars": None, "at": None, "profile": 0},
                    ],
                    "created_at": now,
                    "imported_at": None,
                }
            ],
            "wishes": [{"kind": "active", "wish": {"themes": ["chess"], "year_from": 1990}, "said_at": now}],
        }
        exported = await People(any_database).export(ANNE)
        assert json.loads(json.dumps(exported)) == expected

    async def test_the_export_contains_what_forget_deletes(self, any_database: Database) -> None:
        """No table with data of a person is missing in the export."""
        await add_data(any_database, ANNE)
        exported = await People(any_database).export(ANNE)
        tables = {table for table, rows in (await rows_of(any_database, ANNE)).items() if rows}
        assert tables == {"people", *exported} - {"profile"}

    async def test_an_unknown_person(self, any_database: Database) -> None:
        """The export raises NotFound, and the message does not contain the id."""
        with pytest.raises(NotFound) as caught:
            await People(any_database).export(ANNE)
        assert str(ANNE) not in str(caught.value)


class TestForget:
    """Deletion of a person's data."""

    async def test_no_row_is_left(self, any_database: Database) -> None:
        """All rows of the person are deleted and those of other people remain. Repeating changes nothing."""
        await add_data(any_database, ANNE)
        await add_data(any_database, BERT)
        rows_of_bert = await rows_of(any_database, BERT)
        assert set((await rows_of(any_database, ANNE)).values()).isdisjoint({0})
        for _ in range(2):
            await People(any_database).forget(ANNE)
            assert set((await rows_of(any_database, ANNE)).values()) == {0}
            assert await rows_of(any_database, BERT) == rows_of_bert
        assert await People(any_database).count() == 1

    async def test_nothing_is_stored_about_a_deleted_person(self, any_database: Database) -> None:
        """A rating, mark or card after the deletion is refused and stores nothing. The person can register again."""
        await add_data(any_database, ANNE)
        await People(any_database).forget(ANNE)
        with pytest.raises(NotFound):
            await Ratings(any_database).rate(ANNE, 1, 5.0, "button", NOW)
        with pytest.raises(NotFound):
            await Marks(any_database).put(ANNE, [1], "shown", NOW)
        with pytest.raises(NotFound):
            await Cards(any_database).put(ANNE, 7, 1, NOW)
        with pytest.raises(NotFound):
            await Wishes(any_database).put(ANNE, "lasting", {"genres_none": ["War"]}, NOW)
        for answer in (CardAnswer(1, 5.0, "seen", 2), CardAnswer(1, 5.0), CardAnswer(1, 5.0, "seen", 2, adopt=True)):
            assert not await Cards(any_database).answer_card(ANNE, 7, answer, NOW)
        assert await Cards(any_database).rate(ANNE, 7, 1, 5.0, "reply", NOW) is None
        assert await Changes(any_database).undo(ANNE, NOW) is None
        assert set((await rows_of(any_database, ANNE)).values()) == {0}
        assert await People(any_database).get_or_create(ANNE, "greeted", NOW) == NEW_ANNE

    async def test_concurrently_with_other_writes(self, replicas: tuple[Database, Database]) -> None:
        """Whatever two replicas write about a person during the deletion, nothing is left and nothing fails."""
        first, second = replicas
        for _ in range(5):
            await add_data(first, ANNE)
            calls = [
                *(
                    Ratings(database).rate(ANNE, movie_id, 1.0, "button", NOW)
                    for database in replicas
                    for movie_id in (1, 9)
                ),
                Marks(second).put(ANNE, range(20), "shown", NOW),
                People(first).forget(ANNE),
                Changes(second).undo(ANNE, NOW),
                Cards(second).put(ANNE, 8, 1, NOW),
                Cards(second).answer_card(ANNE, 7, CardAnswer(1, 1.0, "seen", 2), NOW),
                Cards(second).answer_card(ANNE, 9, CardAnswer(3, 1.0, None, 4, adopt=True), NOW),
                Cards(first).rate(ANNE, 10, 5, 1.0, "reply", NOW),
                People(second).update(ANNE, blocked=True),
            ]
            outcomes = await asyncio.gather(*calls, return_exceptions=True)
            assert {type(outcome) for outcome in outcomes if isinstance(outcome, BaseException)} <= {NotFound}
            assert set((await rows_of(first, ANNE)).values()) == {0}

    async def test_the_file_contains_no_deleted_data(self, database: Database, tmp_path: Path) -> None:
        """The bytes of the SQLite file and its write-ahead log contain the id of the person before, but not after."""
        person_id = 0x5A_5B_5C_5D_5E_5F
        await add_data(database, BERT)
        await add_data(database, person_id)

        def bytes_on_disk() -> bytes:
            return b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())

        assert person_id.to_bytes(6, "big") in bytes_on_disk()
        await People(database).forget(person_id)
        assert person_id.to_bytes(6, "big") not in bytes_on_disk()


async def test_no_personal_data_is_logged(any_database: Database, caplog: pytest.LogCaptureFixture) -> None:
    """At level DEBUG no log record, including those of errors, contains a person's id or stars."""
    caplog.set_level(logging.DEBUG)
    await add_data(any_database, ANNE)
    await Updates(any_database).claim(ANNE, "owner", NOW, timedelta(minutes=1))
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
