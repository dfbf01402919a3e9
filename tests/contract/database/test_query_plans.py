"""Statements find their rows by indexes, on servers that plan with statistics of the tables."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import Table, insert, text

from benchmarks.many_people.plans import Statement, explain, recorded
from benchmarks.million_people import MESSAGE_ID, ThumbTurn
from storage.records import DeliveryStatus
from storage.sql import (
    Announcements,
    Cards,
    Changes,
    Database,
    Marks,
    People,
    PeopleTransfer,
    Ratings,
    StoredPerson,
    Updates,
    Wishes,
)
from storage.sql.models import (
    AnnouncementRow,
    CardRow,
    ChangeRow,
    DeliveryRow,
    EffectRow,
    JobRow,
    MarkRow,
    PersonRow,
    RatingRow,
    UpdateRow,
    WishRow,
)
from tests.servers.sql_servers import SERVERS, OpenServer

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
PEOPLE, RATINGS, ROWS = range(1, 2_001), range(1, 11), 5_000
TAPPING, UPDATE, ANNOUNCEMENT = 1_234, 5_000_000, 7
LEASE = timedelta(minutes=1)
READ = ("ratings", "marks", "changes", "cards", "people", "wishes")
"""The tables that a thumb turn reads. It adds rows to "updates" and "effects" without reading them."""
LARGE = frozenset([*READ, "updates", "effects", "deliveries"])


def rows() -> dict[type[Any], list[dict[str, Any]]]:
    """Return the rows of people who have rated, by table."""
    person = {"step": "ready", "consent": False, "notify": True, "blocked": False, "created_at": NOW}
    rating = {"stars": 4.0, "source": "button", "rated_at": NOW}
    both = [(person_id, movie_id) for movie_id in RATINGS for person_id in PEOPLE]
    keys = [{"person_id": person_id, "movie_id": movie_id} for person_id, movie_id in both]
    change = {"kind": "rating", "message_id": MESSAGE_ID, "after_stars": 4.0, "source": "button", "changed_at": NOW}
    card = {"message_id": MESSAGE_ID, "movie_id": 20, "shown_at": NOW}
    job = {"kind": "announcement", "lane": "announcing", "notify": False, "status": "running", "requested_by": 1}
    leased = {"owner": "worker", "leased_until": NOW + LEASE, "turn": "announcing"}
    shown = {"stage": "", "share": 0.0, "result": "", "cancel_requested": False, "created_at": NOW}
    delivery = {"job_id": ANNOUNCEMENT, "status": "waiting"}
    return {
        JobRow: [{"job_id": ANNOUNCEMENT, **job, **leased, **shown}],
        AnnouncementRow: [{"job_id": ANNOUNCEMENT, "text": "Hello"}],
        PersonRow: [{"person_id": person_id, **person} for person_id in PEOPLE],
        RatingRow: [key | rating for key in keys],
        MarkRow: [key | {"kind": "shown", "marked_at": NOW} for key in keys],
        ChangeRow: [key | {"number": key["movie_id"], **change} for key in keys],
        CardRow: [{"person_id": person_id, **card} for person_id in PEOPLE],
        WishRow: [{"person_id": person_id, "kind": "lasting", "wish": {}, "said_at": NOW} for person_id in PEOPLE],
        UpdateRow: [{"update_id": person_id, "seen_at": NOW, "handled_at": NOW} for person_id in PEOPLE],
        EffectRow: [{"update_id": person_id, "effect": "answer", "result": 1} for person_id in PEOPLE],
        DeliveryRow: [{"person_id": person_id, **delivery} for person_id in PEOPLE],
    }


@pytest.fixture(params=SERVERS)
async def many_people(request: pytest.FixtureRequest, sql_servers: OpenServer) -> Any:
    """A database on each kind of server with 2,000 people, about whom the server has collected statistics."""
    server = await sql_servers(request.param)
    async with Database(await server.emptied(), timeout_s=60) as database:
        for model, of_table in rows().items():
            for start in range(0, len(of_table), ROWS):
                async with database.writing(60) as connection:
                    await connection.execute(insert(cast(Table, model.__table__)), of_table[start : start + ROWS])
        async with database.writing(60) as connection:
            is_mysql = connection.dialect.name == "mysql"
            await connection.execute(text(f"ANALYZE {'TABLE ' if is_mysql else ''}{', '.join(sorted(LARGE))}"))
        yield database


async def test_a_thumb_turn_scans_no_table(many_people: Database) -> None:
    """No statement of a thumb turn reads a whole table."""
    with recorded() as statements:
        assert await ThumbTurn(many_people).run(TAPPING, 1_000_000, 2.0)
    plans = {statement.text: await explain(many_people, statement) for statement in statements}
    assert {statement: plan.scanned for statement, plan in plans.items() if plan.scanned} == {}
    used = {index for plan in plans.values() for index in plan.indexes}
    prefix, suffix = ("", ".PRIMARY") if any("." in index for index in used) else ("pk_", "")
    assert {f"{prefix}{table}{suffix}" for table in READ} <= used


# How each operation is done once, for which somebody waits or which is repeated for everybody.
OPERATIONS: dict[str, Callable[[Database], Awaitable[object]]] = {
    "an update that comes again": lambda database: Updates(database).claim(
        TAPPING, "another", NOW, timedelta(minutes=1)
    ),
    "updates that are given up": lambda database: Updates(database).give_up([TAPPING, TAPPING + 1], "another"),
    "the first message": lambda database: People(database).get_or_create(999_999, "age", NOW),
    "an answer of the onboarding": lambda database: People(database).move(TAPPING, "ready", "age", UPDATE, age=33),
    "a setting": lambda database: People(database).update(TAPPING, UPDATE, notify=False),
    "a card": lambda database: Cards(database).put(TAPPING, 2, 30, NOW, UPDATE),
    "stars on a card": lambda database: Cards(database).rate(TAPPING, MESSAGE_ID, 20, 3.0, "reaction", NOW, UPDATE),
    "a rating of a text": lambda database: Ratings(database).rate(TAPPING, 5, 1.0, "text", NOW, UPDATE),
    "a reaction that is taken back": lambda database: Ratings(database).take_back(TAPPING, 5, "button", NOW, UPDATE),
    "an undo": lambda database: Changes(database).undo(TAPPING, NOW, update_id=UPDATE),
    "the answer on a card": lambda database: Changes(database).answer_of(TAPPING, MESSAGE_ID, 5),
    "a mark": lambda database: Marks(database).add(TAPPING, 40, "later", NOW, UPDATE),
    "a mark that is removed": lambda database: Marks(database).remove(TAPPING, 5, "shown", NOW, UPDATE),
    "a page of titles": lambda database: Marks(database).put(TAPPING, [41, 42], "unseen", NOW),
    "the watchlist": lambda database: Marks(database).of(TAPPING),
    "a page of ratings": lambda database: Ratings(database).page(TAPPING, 5, 5),
    "the number of ratings": lambda database: Ratings(database).count(TAPPING),
    "all ratings": lambda database: Ratings(database).of(TAPPING),
    "a wish": lambda database: Wishes(database).put(TAPPING, "active", {"genres": ["Drama"]}, NOW, UPDATE),
    "a page of people for cards": lambda database: People(database).histories(range(TAPPING, TAPPING + 5), NOW),
    "a person's data": lambda database: People(database).export(TAPPING),
    "a person who leaves": lambda database: People(database).forget(TAPPING, UPDATE),
    "a batch of an announcement": lambda database: next_batch(database, 5),
    "people who are exported": lambda database: exported(database, [TAPPING, TAPPING + 1]),
    "people who are imported": lambda database: imported(database, [TAPPING, TAPPING + 1]),
}


async def next_batch(database: Database, size: int) -> None:
    """Store the outcomes of a batch of the announcement, and take the next one."""
    announcements = Announcements(database)
    await announcements.upcoming(ANNOUNCEMENT, size)
    batch = await announcements.next_batch(ANNOUNCEMENT, "worker", {}, size, NOW, LEASE)
    outcomes: dict[int, DeliveryStatus] = dict.fromkeys(batch.person_ids, "delivered")
    assert len((await announcements.next_batch(ANNOUNCEMENT, "worker", outcomes, size, NOW, LEASE)).person_ids) == size


async def exported(database: Database, person_ids: Sequence[int]) -> list[StoredPerson]:
    """Return the people with their rows."""
    return [person async for page in PeopleTransfer(database).pages(person_ids) for person in page]


async def imported(database: Database, person_ids: Sequence[int]) -> None:
    """Merge people with what they have said elsewhere since."""
    people = await exported(database, person_ids)
    for person in people:
        person.rows["ratings"][0] |= {"stars": 1.0, "rated_at": NOW + timedelta(days=1)}
    assert (await PeopleTransfer(database).merge(people, "ready")).people == {"changed": len(people)}


async def test_no_operation_of_a_person_scans_a_table(many_people: Database) -> None:
    """Whatever a person does, and what is done for everybody in pages, finds its rows by indexes."""
    scanned: dict[str, dict[str, frozenset[str]]] = {}
    for name, operation in OPERATIONS.items():
        with recorded() as statements:
            await operation(many_people)
        plans = {statement.text: await explain(many_people, statement) for statement in statements}
        scans = {text: plan.scanned & LARGE for text, plan in plans.items() if plan.scanned & LARGE}
        assert statements, name
        if scans:
            scanned[name] = scans
    assert scanned == {}


async def test_a_scan_is_noticed(many_people: Database) -> None:
    """A condition without an index is reported as a scan of its table."""
    plan = await explain(many_people, Statement("SELECT * FROM ratings WHERE stars = 2.0", ()))
    assert plan.scanned == {"ratings"}
