"""Announcements: what they say, to whom, and what became of each delivery.

Telegram has no way to send a message at most once *and* at least once. A delivery is marked as "sending", and that is
committed, before the message is sent; one that a dead worker left so is "uncertain" from then on, and never sent again.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, delete, exists, func, insert, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import Conflict
from storage.records import DELIVERY_STATUSES, DeliveryStatus
from storage.sql.database import Database
from storage.sql.jobs import LeaseState, add_job, hold_job, is_held
from storage.sql.models import AnnouncementRow, DeliveryRow, JobRow, MarkRow, PersonRow, RatingChangeRow

DRAFT_RETENTION = timedelta(days=1)

_ANNOUNCEMENTS = cast(Table, AnnouncementRow.__table__)
_CHANGES = cast(Table, RatingChangeRow.__table__)
_DELIVERIES = cast(Table, DeliveryRow.__table__)
_JOBS = cast(Table, JobRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)
_PEOPLE = cast(Table, PersonRow.__table__)

_BULK_TIMEOUT_S = 120.0
"""Deadline of what touches every recipient."""

_WANTED = _PEOPLE.c.notify & ~_PEOPLE.c.blocked
"""Who may be written to unasked."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The next deliveries of an announcement, which are marked as being sent.

    Attributes:
        lease_state: whether the job is still this worker's, and wanted; where not, there is nobody in the batch.
        person_ids: to whom; empty where nobody is left.
    """

    lease_state: LeaseState
    person_ids: tuple[int, ...] = ()


class Announcements:
    """Every method raises Unavailable where the database does not answer within its deadline.

    Each announcement is a job (`storage.sql.jobs`) and is known by its number.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- the admin's side -------------------------------------------------------------------------------------------

    async def draft(self, text: str, requested_by: int, now: datetime) -> int:
        """Keep a text until it is sent or a day has passed; the number of its job."""
        old = select(_JOBS.c.job_id).where(_JOBS.c.status == "draft", _JOBS.c.created_at < now - DRAFT_RETENTION)
        async with self._database.writing() as connection:
            outdated = (await connection.execute(old)).scalars().all()
            for table in (_ANNOUNCEMENTS, _JOBS):
                await connection.execute(delete(table).where(table.c.job_id.in_(outdated)))
            job_id = await add_job(connection, "announcement", "draft", requested_by, now)
            await connection.execute(insert(_ANNOUNCEMENTS), {"job_id": job_id, "text": text, "cause": None})
        return job_id

    async def count_recipients(self, active_since: datetime | None) -> int:
        """How many people would get an announcement now.

        Args:
            active_since: only those who came or did something since then; None for all who want messages.
        """
        counted = select(func.count()).select_from(_PEOPLE).where(_is_recipient(active_since))
        async with self._database.reading(_BULK_TIMEOUT_S) as connection:
            return (await connection.execute(counted)).scalar_one()

    async def start(self, job_id: int, active_since: datetime | None) -> int | None:
        """Let a draft be sent to everybody whom it is for at this moment.

        Returns:
            How many they are; None where there is no such draft, or it is being sent already.
        """
        is_draft = (_JOBS.c.job_id == job_id) & (_JOBS.c.status == "draft")
        async with self._database.writing(_BULK_TIMEOUT_S) as connection:
            if (await connection.execute(update(_JOBS).where(is_draft).values(status="waiting"))).rowcount == 0:
                return None
            return await _address(connection, job_id, active_since)

    async def start_after_job(self, cause: int, requested_by: int, now: datetime) -> int | None:
        """Let everybody who wants messages get a card of their own, because a job has made the cards better.

        Returns:
            The number of the announcement's job; None where there is one for this cause already.
        """
        try:
            async with self._database.writing(_BULK_TIMEOUT_S) as connection:
                job_id = await add_job(connection, "announcement", "waiting", requested_by, now)
                await connection.execute(insert(_ANNOUNCEMENTS), {"job_id": job_id, "text": None, "cause": cause})
                await _address(connection, job_id, None)
        except Conflict:
            async with self._database.reading() as connection:
                told = exists().where(_ANNOUNCEMENTS.c.cause == cause)
                if not (await connection.execute(select(told))).scalar_one():
                    raise
            return None
        return job_id

    async def counts(self, job_id: int) -> dict[DeliveryStatus, int]:
        """How many deliveries have come to what; every status is there."""
        counted = (
            select(_DELIVERIES.c.status, func.count().label("deliveries"))
            .where(_DELIVERIES.c.job_id == job_id)
            .group_by(_DELIVERIES.c.status)
        )
        async with self._database.reading(_BULK_TIMEOUT_S) as connection:
            found = {row.status: row.deliveries for row in await connection.execute(counted)}
        return {status: found.get(status, 0) for status in DELIVERY_STATUSES}

    # --- the worker's side ------------------------------------------------------------------------------------------

    async def text(self, job_id: int) -> str | None:
        """What an announcement says, as HTML; None where everybody gets a card of their own."""
        said = select(_ANNOUNCEMENTS.c.text).where(_ANNOUNCEMENTS.c.job_id == job_id)
        async with self._database.reading() as connection:
            text: str | None = (await connection.execute(said)).scalar_one()
        return text

    async def take_over(self, job_id: int, owner: str, now: datetime) -> None:
        """What the worker before this one was sending is uncertain now; nothing happens without the lease."""
        is_left = (_DELIVERIES.c.job_id == job_id) & (_DELIVERIES.c.status == "sending")
        async with self._database.writing() as connection:
            held = select(_JOBS.c.job_id).where(is_held(job_id, owner)).with_for_update()
            if (await connection.execute(held)).first() is not None:
                left = update(_DELIVERIES).where(is_left).values(status="uncertain", ended_at=now)
                await connection.execute(left)

    async def next_batch(
        self, job_id: int, owner: str, outcomes: Mapping[int, DeliveryStatus], n: int, now: datetime, lease: timedelta
    ) -> Batch:
        """Note what became of the batch before, and take the next one, in one transaction; safe to repeat.

        Args:
            job_id: of the announcement.
            owner: who holds its job. What became of a delivery is noted even where the job has been lost since.
            outcomes: of each person of the batch before; "waiting" for one who certainly got nothing yet.
            n: how many to take, at most: no more than can be sent at once.
            now: the time.
            lease: for so long the job is this worker's.
        """
        async with self._database.writing() as connection:
            await _note(connection, job_id, outcomes, now)
            lease_state = await hold_job(connection, job_id, owner, leased_until=now + lease)
            if lease_state is not LeaseState.HELD:
                return Batch(lease_state)
            is_next = (_DELIVERIES.c.job_id == job_id) & (_DELIVERIES.c.status == "waiting")
            wanted = (
                select(_DELIVERIES.c.person_id)
                .join(_PEOPLE, _PEOPLE.c.person_id == _DELIVERIES.c.person_id)
                .where(is_next, _WANTED)
                .limit(n)
            )
            person_ids = tuple((await connection.execute(wanted)).scalars())
            if person_ids:
                # Nobody else takes them while the job is held. With the status too, SQLite goes through all who wait.
                taken = update(_DELIVERIES).where(
                    _DELIVERIES.c.job_id == job_id, _DELIVERIES.c.person_id.in_(person_ids)
                )
                await connection.execute(taken.values(status="sending", begun_at=now))
            elif n:
                # Nobody is left but those who have switched messages off since the announcement began.
                await connection.execute(update(_DELIVERIES).where(is_next).values(status="declined", ended_at=now))
        return Batch(lease_state, person_ids)


async def _note(
    connection: AsyncConnection, job_id: int, outcomes: Mapping[int, DeliveryStatus], now: datetime
) -> None:
    people: dict[DeliveryStatus, list[int]] = defaultdict(list)
    for person_id, status in outcomes.items():
        people[status].append(person_id)
    if blocked := people.get("blocked"):
        # First the people, as `People.forget` does: who locks in the same order never ends in a deadlock.
        await connection.execute(update(_PEOPLE).where(_PEOPLE.c.person_id.in_(blocked)).values(blocked=True))
    for status, person_ids in people.items():
        values: dict[str, Any] = {"status": status, "ended_at": now}
        if status == "waiting":
            values = {"status": status, "begun_at": None}
        # Another worker may have found it as "sending" and called it uncertain; this one knows.
        is_ours = _DELIVERIES.c.status.in_(("sending", "uncertain"))
        noted = update(_DELIVERIES).where(
            _DELIVERIES.c.job_id == job_id, _DELIVERIES.c.person_id.in_(person_ids), is_ours
        )
        await connection.execute(noted.values(**values))


async def _address(connection: AsyncConnection, job_id: int, active_since: datetime | None) -> int:
    """Make the deliveries, inside of the database: the people never come here."""
    recipients = select(_PEOPLE.c.person_id, literal(job_id), literal("waiting")).where(_is_recipient(active_since))
    made = insert(_DELIVERIES).from_select(["person_id", "job_id", "status"], recipients)
    return (await connection.execute(made)).rowcount


def _is_recipient(active_since: datetime | None) -> ColumnElement[bool]:
    """Who may be written to unasked, and has done something since a time.

    A card that an announcement brought is nothing that the person did, though it is marked as shown.
    """
    if active_since is None:
        return _WANTED
    changed = exists().where(_CHANGES.c.person_id == _PEOPLE.c.person_id, _CHANGES.c.changed_at >= active_since)
    brought = exists().where(
        _DELIVERIES.c.person_id == _MARKS.c.person_id,
        _DELIVERIES.c.begun_at <= _MARKS.c.marked_at,
        _DELIVERIES.c.ended_at >= _MARKS.c.marked_at,
        _MARKS.c.kind == "shown",
    )
    marked = exists().where(_MARKS.c.person_id == _PEOPLE.c.person_id, _MARKS.c.marked_at >= active_since, ~brought)
    return _WANTED & or_(_PEOPLE.c.created_at >= active_since, changed, marked)
