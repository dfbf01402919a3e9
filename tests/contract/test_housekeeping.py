"""Housekeeping: what is deleted after how long, what never is, and that people need not wait for it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from sqlalchemy import Connection, insert, select
from sqlalchemy.orm import InstrumentedAttribute

from storage.changes import RatingChange
from storage.errors import NotFound, Unavailable
from storage.records import AuditEntry, MarkKind, Rating, RecordKind, Retention
from storage.sql import (
    Announcements,
    Audit,
    Cards,
    Changes,
    ClaimResult,
    Database,
    Housekeeping,
    Jobs,
    Marks,
    People,
    Ratings,
    Updates,
    Usage,
)
from storage.sql.housekeeping import BATCH_SIZE
from storage.sql.models import (
    AnnouncementRow,
    AuditRow,
    CardRow,
    ChangeRow,
    DeliveryRow,
    EffectRow,
    HeartbeatRow,
    JobRow,
    MarkRow,
    MisunderstoodRow,
    PersonRow,
    ProgressMessageRow,
    UpdateRow,
)
from storage.sql.people import lock_person

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
LONG_AGO = NOW - 3_000 * DAY
LEASE = timedelta(seconds=10)
NOTHING: dict[RecordKind, int] = dict.fromkeys(get_args(RecordKind), 0)
DAYS_KEPT = (2, 30, 40, 50, 60, 1, 70, 80)
RETENTION = Retention(**{kind: days * DAY for kind, days in zip(NOTHING, DAYS_KEPT, strict=True)})
ANNE, BERT, ADMIN = 2**40 + 1, 2, 1
OLD, YOUNG = 1, 2
"""Ids of what is deleted, and of what is not."""


@pytest.fixture
async def housekeeping(any_database: Database) -> Housekeeping:
    """Housekeeping of a database with the people Anne and Bert, who want messages."""
    for person_id in (ANNE, BERT):
        await People(any_database).get_or_create(person_id, "done", LONG_AGO)
        await People(any_database).update(person_id, notify=True)
    return Housekeeping(any_database)


async def undo(database: Database, person_id: int, now: datetime, update_id: int | None = None) -> object:
    """Undo the last change, and return what is there now; None if nothing was undone."""
    undone = await Changes(database).undo(person_id, now, update_id=update_id)
    return None if undone is None else undone.outcome


async def values(database: Database, column: InstrumentedAttribute[Any]) -> list[Any]:
    """Return the values of a column, sorted."""
    return sorted(await database.read(lambda connection: connection.execute(select(column)).scalars().all()))


async def add_old_and_young(database: Database, kind: RecordKind) -> None:
    """Store two records of a kind: OLD is a second older than it is kept, and YOUNG just as old as that."""
    young = NOW - getattr(RETENTION, kind)
    for number, time in ((OLD, young - SECOND), (YOUNG, young)):
        await _ADD[kind](database, number, time)


async def add_update(database: Database, number: int, time: datetime) -> None:
    """Receive an update from a replica that is killed, and store an effect of the update."""
    await Updates(database).record_heartbeat(str(number), str(number), time)
    await Updates(database).claim(number, str(number), time, timedelta(0))
    await Changes(database).undo(ANNE, time, update_id=number)


async def add_shown(database: Database, number: int, time: datetime) -> None:
    """Mark a movie as shown."""
    await Marks(database).put(ANNE, [number], "shown", time)


async def add_card(database: Database, number: int, time: datetime) -> None:
    """Store a card."""
    await Cards(database).put(ANNE, number, 10, time)


async def add_change(database: Database, number: int, time: datetime) -> None:
    """Change a rating."""
    await Ratings(database).rate(ANNE, number, 5.0, "button", time)


async def add_announcement(database: Database, number: int, time: datetime) -> None:
    """Send an announcement that ends at this time to everybody."""
    announcements, jobs, owner = Announcements(database), Jobs(database), str(number)
    job_id = await announcements.draft(owner, ADMIN, time)
    await announcements.start(job_id, None)
    await jobs.claim("announcing", owner, time, LEASE)
    batch = await announcements.next_batch(job_id, owner, {}, 9, time, LEASE)
    await announcements.next_batch(job_id, owner, dict.fromkeys(batch.person_ids, "sent"), 0, time, LEASE)
    assert await jobs.finish(job_id, owner, "done", "", time)


async def add_draft(database: Database, number: int, time: datetime) -> None:
    """Store a draft."""
    await Announcements(database).draft(str(number), number, time)


async def add_job(database: Database, number: int, time: datetime) -> None:
    """Request a refresh with a progress message, and cancel it."""
    job, _ = await Jobs(database).request("metadata", number, time - DAY)
    await Jobs(database).add_progress_message(job.job_id, ADMIN, number)
    await Jobs(database).cancel(job.job_id, time)


async def add_entry(database: Database, number: int, time: datetime) -> None:
    """Append an entry to the audit log, and count a message that was not understood on that day."""
    await Audit(database).record(AuditEntry(time, number, "stats", None, "done"))
    await Usage(database).count_misunderstood(str(number), time - DAY * (number == OLD))


_ADD: dict[RecordKind, Callable[[Database, int, datetime], Awaitable[None]]] = {
    "updates": add_update,
    "shown": add_shown,
    "cards": add_card,
    "changes": add_change,
    "deliveries": add_announcement,
    "drafts": add_draft,
    "jobs": add_job,
    "audit": add_entry,
}

_LEFT: dict[RecordKind, dict[InstrumentedAttribute[Any], list[Any]]] = {
    "updates": {
        UpdateRow.update_id: [YOUNG],
        EffectRow.update_id: [YOUNG],
        HeartbeatRow.name: [str(YOUNG), "worker"],
    },
    "shown": {MarkRow.movie_id: [YOUNG]},
    "cards": {CardRow.message_id: [YOUNG]},
    "changes": {ChangeRow.movie_id: [YOUNG]},
    "deliveries": {DeliveryRow.job_id: [2, 2], AnnouncementRow.text: ["1", "2"]},
    "drafts": {AnnouncementRow.text: [str(YOUNG)], JobRow.job_id: [2]},
    "jobs": {JobRow.requested_by: [YOUNG], ProgressMessageRow.message_id: [YOUNG]},
    "audit": {AuditRow.admin_id: [YOUNG], MisunderstoodRow.kind: [str(YOUNG)]},
}
"""What is left of two records of a kind: column -> values."""

_DELETED: dict[RecordKind, dict[RecordKind, int]] = {
    # The heartbeat of the killed replica is one of the two.
    "updates": {"updates": 2},
    # An old card has an old mark.
    "cards": {"cards": 1, "shown": 1},
    # An announcement has two deliveries.
    "deliveries": {"deliveries": 2},
    # A day without its number of misunderstandings, besides an entry.
    "audit": {"audit": 2},
}
"""The numbers that are returned, if they are not one record of the kind."""


@pytest.mark.parametrize("kind", NOTHING)
async def test_what_is_older_than_its_retention_is_deleted(
    any_database: Database, housekeeping: Housekeeping, kind: RecordKind
) -> None:
    """A younger record stays, and a second call finds nothing to delete."""
    await Jobs(any_database).record_heartbeat(LONG_AGO)
    await add_old_and_young(any_database, kind)
    deleted = await housekeeping.clean(RETENTION, NOW)
    assert deleted == NOTHING | _DELETED.get(kind, {kind: 1})
    for _ in range(2):
        for column, left in _LEFT[kind].items():
            assert await values(any_database, column) == left
        assert await housekeeping.clean(RETENTION, NOW) == NOTHING


async def test_what_people_said_stays(any_database: Database, housekeeping: Housekeeping) -> None:
    """However old they are: profile, ratings, and marks other than "shown"."""
    marks, ratings = Marks(any_database), Ratings(any_database)
    kinds: tuple[MarkKind, ...] = ("unseen", "seen", "later")
    for movie_id, kind in enumerate(kinds):
        await marks.put(ANNE, [movie_id], kind, LONG_AGO)
    for movie_id in (10, 11):
        await ratings.rate(ANNE, movie_id, 4.0, "stars", LONG_AGO)
    await housekeeping.clean(RETENTION, NOW)
    assert await marks.of(ANNE) == {
        "unseen": {0: LONG_AGO},
        "seen": {1: LONG_AGO},
        "later": {2: LONG_AGO},
        "shown": {},
    }
    assert await ratings.of(ANNE) == {movie_id: Rating(movie_id, 4.0, "stars", LONG_AGO) for movie_id in (10, 11)}
    assert await People(any_database).count() == 2


async def test_a_movie_that_is_shown_again_is_not_old(any_database: Database, housekeeping: Housekeeping) -> None:
    """A mark counts from the last time that the movie was shown, and a card from its last movie."""
    cards = Cards(any_database)
    await cards.put(ANNE, 1, 10, LONG_AGO)
    await cards.put(ANNE, 1, 10, NOW)
    assert await housekeeping.clean(RETENTION, NOW) == NOTHING


async def test_undo_takes_back_what_is_kept(any_database: Database, housekeeping: Housekeeping) -> None:
    """The changes that are kept are taken back exactly as before, and then there is nothing more to take back."""
    ratings = Ratings(any_database)
    young = NOW - RETENTION.changes
    await ratings.rate(ANNE, 10, 1.0, "button", young - SECOND)
    await ratings.rate(ANNE, 10, 4.0, "stars", young)
    await ratings.rate(ANNE, 11, 5.0, "button", NOW)
    assert (await housekeeping.clean(RETENTION, NOW))["changes"] == 1
    assert await undo(any_database, ANNE, NOW) == RatingChange(11, 5.0, None)
    assert await undo(any_database, ANNE, NOW) == RatingChange(10, 4.0, 1.0)
    assert await ratings.of(ANNE) == {10: Rating(10, 1.0, "button", young - SECOND)}
    assert await undo(any_database, ANNE, NOW) is None


async def test_the_newest_change_of_each_person_is_kept(any_database: Database, housekeeping: Housekeeping) -> None:
    """It can be undone however old it is, and the next change gets a number of its own."""
    ratings = Ratings(any_database)
    for person_id in (ANNE, BERT):
        for movie_id in (10, 11, 12):
            await ratings.rate(person_id, movie_id, 5.0, "button", LONG_AGO)
    assert await housekeeping.clean(RETENTION, NOW) == NOTHING | {"changes": 4}
    assert await undo(any_database, ANNE, NOW, update_id=1) == RatingChange(12, 5.0, None)
    await ratings.rate(ANNE, 13, 5.0, "button", NOW)
    assert await undo(any_database, ANNE, NOW, update_id=1) == RatingChange(12, 5.0, None)
    assert await undo(any_database, ANNE, NOW, update_id=2) == RatingChange(13, 5.0, None)
    assert await undo(any_database, BERT, NOW) == RatingChange(12, 5.0, None)


async def test_open_jobs_stay(any_database: Database, housekeeping: Housekeeping) -> None:
    """An announcement that is being sent, with its text and deliveries, and a waiting job, however old they are."""
    announcements, jobs = Announcements(any_database), Jobs(any_database)
    job_id = await announcements.draft("Hello", ADMIN, LONG_AGO)
    await announcements.start(job_id, None)
    await jobs.claim("announcing", "one", LONG_AGO, LEASE)
    await announcements.next_batch(job_id, "one", {}, 1, LONG_AGO, LEASE)
    waiting, _ = await jobs.request("model", ADMIN, LONG_AGO)
    assert await housekeeping.clean(RETENTION, NOW) == NOTHING
    assert await announcements.text(job_id) == "Hello"
    assert await jobs.get(waiting.job_id) == waiting
    assert len((await announcements.next_batch(job_id, "one", {}, 9, NOW, LEASE)).person_ids) == 1


async def test_an_announcement_goes_in_three_steps(any_database: Database, housekeeping: Housekeeping) -> None:
    """First the deliveries, then the text with its job, and last the entries of the audit log."""
    await add_announcement(any_database, 1, NOW)
    await add_entry(any_database, ADMIN, NOW)
    for days, deleted in (
        (60, NOTHING),
        (61, NOTHING | {"deliveries": 2}),
        (71, NOTHING | {"jobs": 1}),
        (81, NOTHING | {"audit": 2}),
    ):
        assert await housekeeping.clean(RETENTION, NOW + days * DAY) == deleted
    assert await values(any_database, AnnouncementRow.job_id) == []


async def test_a_discarded_draft_is_a_job_that_ended(any_database: Database, housekeeping: Housekeeping) -> None:
    """Its text goes with the job."""
    job_id = await Announcements(any_database).draft("Hello", ADMIN, NOW)
    await Jobs(any_database).cancel(job_id, NOW)
    assert await housekeeping.clean(RETENTION, NOW + 70 * DAY) == NOTHING
    assert await housekeeping.clean(RETENTION, NOW + 71 * DAY) == NOTHING | {"jobs": 1}
    assert await values(any_database, AnnouncementRow.job_id) == []


async def test_an_update_is_repeatable_until_it_is_deleted(any_database: Database, housekeeping: Housekeeping) -> None:
    """Before, it is done and has no second effect; afterwards it is new."""
    updates, ratings = Updates(any_database), Ratings(any_database)
    await ratings.rate(ANNE, 10, 5.0, "button", NOW)
    await add_update(any_database, 1, NOW)
    await updates.mark_handled(1, NOW)
    await ratings.rate(ANNE, 11, 5.0, "button", NOW)
    await housekeeping.clean(RETENTION, NOW + 2 * DAY)
    assert await updates.claim(1, "two", NOW, SECOND) is ClaimResult.DONE
    assert await undo(any_database, ANNE, NOW, update_id=1) == RatingChange(10, 5.0, None)
    await housekeeping.clean(RETENTION, NOW + 2 * DAY + SECOND)
    assert await updates.claim(1, "two", NOW, SECOND) is ClaimResult.NEW
    assert await undo(any_database, ANNE, NOW, update_id=1) == RatingChange(11, 5.0, None)


@pytest.fixture
def transactions(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of records that each transaction has deleted."""
    sizes: list[int] = []
    write = any_database.write

    async def counted(work: Callable[[Connection], int]) -> int:
        sizes.append(await write(work))
        return sizes[-1]

    monkeypatch.setattr(any_database, "write", counted)
    return sizes


async def test_a_transaction_is_small(
    any_database: Database, housekeeping: Housekeeping, transactions: list[int]
) -> None:
    """Many records of one person, and a few records of many people, take several transactions."""
    people = [{"person_id": 100 + number, "step": "", "created_at": NOW} for number in range(BATCH_SIZE + 100)]
    settings = {"consent": False, "notify": False, "blocked": False}
    marks = [{"person_id": ANNE, "movie_id": number} for number in range(BATCH_SIZE + 1)]
    cards = [{"person_id": person["person_id"], "message_id": number} for person in people for number in (1, 2)]
    async with any_database.writing() as connection:
        await connection.execute(insert(PersonRow), [person | settings for person in people])
        await connection.execute(insert(MarkRow), [mark | {"kind": "shown", "marked_at": LONG_AGO} for mark in marks])
        await connection.execute(insert(CardRow), [card | {"movie_id": 1, "shown_at": LONG_AGO} for card in cards])
    assert await housekeeping.clean(RETENTION, NOW) == NOTHING | {"shown": BATCH_SIZE + 1, "cards": 2 * len(people)}
    assert transactions == [BATCH_SIZE, 1, BATCH_SIZE, BATCH_SIZE, 0, 200]
    assert await values(any_database, CardRow.message_id) == []


async def test_it_goes_on_after_an_interruption(
    any_database: Database, housekeeping: Housekeeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was deleted stays deleted, and the next call deletes the rest."""
    await add_old_and_young(any_database, "shown")
    await add_old_and_young(any_database, "audit")
    read = any_database.reading

    def unavailable_after(count: int) -> Callable[..., Any]:
        def reading(timeout_s: float | None = None) -> Any:
            nonlocal count
            count -= 1
            if count < 0:
                raise Unavailable("the database is gone")
            return read(timeout_s)

        return reading

    with monkeypatch.context() as patched:
        patched.setattr(any_database, "reading", unavailable_after(5))
        with pytest.raises(Unavailable):
            await housekeeping.clean(RETENTION, NOW)
    assert await values(any_database, MarkRow.movie_id) == [YOUNG]
    assert await housekeeping.clean(RETENTION, NOW) == NOTHING | {"audit": 2}


async def test_replicas_at_the_same_time(replicas: tuple[Database, Database], housekeeping: Housekeeping) -> None:
    """Each record is counted once."""
    for kind in NOTHING:
        await add_old_and_young(replicas[0], kind)
    alone = NOTHING | {"updates": 2, "shown": 2, "cards": 1, "changes": 1, "deliveries": 2, "drafts": 1, "jobs": 1}
    both = await asyncio.gather(
        *(replica.clean(RETENTION, NOW) for replica in (housekeeping, Housekeeping(replicas[1])))
    )
    assert {kind: sum(deleted[kind] for deleted in both) for kind in NOTHING} == alone | {"audit": 2}


async def test_it_waits_for_nobody(replicas: tuple[Database, Database], housekeeping: Housekeeping) -> None:
    """Records of a person who is changing something are left for the next call, and the person is answered."""
    if replicas[0].writes_serially:
        pytest.skip("only one transaction writes at a time")
    for person_id in (ANNE, BERT):
        await Marks(replicas[0]).put(person_id, [10], "shown", LONG_AGO)
    async with replicas[1].writing() as connection:
        await connection.run_sync(lambda connection: lock_person(replicas[1], connection, ANNE))
        assert await housekeeping.clean(RETENTION, NOW) == NOTHING | {"shown": 1}
    assert await housekeeping.clean(RETENTION, NOW) == NOTHING | {"shown": 1}


async def test_a_person_who_is_forgotten_meanwhile(
    any_database: Database, housekeeping: Housekeeping, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is left to delete of a person who was deleted after their old records were found."""
    people, write = People(any_database), any_database.write
    await Marks(any_database).put(ANNE, [10], "shown", LONG_AGO)

    async def write_later(work: Callable[[Connection], Any]) -> Any:
        with monkeypatch.context() as patched:
            patched.setattr(any_database, "write", write)
            await people.forget(ANNE)
        return await write(work)

    monkeypatch.setattr(any_database, "write", write_later)
    assert await housekeeping.clean(RETENTION, NOW) == NOTHING
    with pytest.raises(NotFound):
        await people.export(ANNE)
