"""Announcements: their texts, their recipients and the status of each delivery.

Telegram has no way to send a message exactly once, and announcements are sent at most once. A delivery is committed as
"sending" before the message is sent. If the worker dies, the delivery becomes "uncertain" and is never sent again.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, exists, func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import Conflict
from storage.records import DELIVERY_STATUSES, DeliveryStatus
from storage.sql.database import Database
from storage.sql.effects import add_effect, find_effect, read_effect
from storage.sql.jobs import LeaseState, add_job, is_owned, update_leased_job
from storage.sql.models import AnnouncementRow, DeliveryRow, JobRow, PersonRow
from storage.sql.usage import is_active

_ANNOUNCEMENTS = cast(Table, AnnouncementRow.__table__)
_DELIVERIES = cast(Table, DeliveryRow.__table__)
_JOBS = cast(Table, JobRow.__table__)
_PEOPLE = cast(Table, PersonRow.__table__)

_BULK_TIMEOUT_S = 120.0
"""Deadline of statements on all recipients."""

_WANTS_MESSAGES = _PEOPLE.c.notify & ~_PEOPLE.c.blocked
"""The condition that a person can be sent messages that they did not ask for."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The next deliveries of an announcement, already marked as "sending".

    Attributes:
        lease_state: state of the worker's lease on the job. Unless it is HELD, the batch is empty.
        person_ids: recipients; empty if nobody is left.
    """

    lease_state: LeaseState
    person_ids: tuple[int, ...] = ()


class Announcements:
    """Announcements and their deliveries.

    Every method raises Unavailable if the database does not answer within its deadline. An announcement is a job
    (`storage.sql.jobs`) and is identified by its job id.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- for admins -------------------------------------------------------------------------------------------------

    async def draft(self, text: str, requested_by: int, now: datetime, update_id: int | None = None) -> int:
        """Store a draft, cancel the earlier drafts of its author, and return its job id.

        If the update has stored a draft before, that draft's job id is returned and nothing changes.
        """
        is_earlier_draft = (_JOBS.c.status == "draft") & (_JOBS.c.requested_by == requested_by)
        cancel = update(_JOBS).where(is_earlier_draft).values(status="cancelled", finished_at=now)
        async with self._database.writing() as connection:
            earlier = await connection.run_sync(find_effect, update_id, "draft")
            if earlier is not None:
                return int(earlier.result)
            await connection.execute(cancel)
            job_id = await add_job(connection, "announcement", "draft", requested_by, now)
            await connection.execute(insert(_ANNOUNCEMENTS), {"job_id": job_id, "text": text, "cause": None})
            await connection.run_sync(add_effect, update_id, "draft", job_id)
        return job_id

    async def count_recipients(self, active_since: datetime | None) -> int:
        """Return how many people would receive an announcement now.

        Args:
            active_since: count only people who have been active since this time; None for all who want messages.
        """
        query = select(func.count()).select_from(_PEOPLE).where(_is_recipient(active_since))
        async with self._database.reading(_BULK_TIMEOUT_S) as connection:
            return (await connection.execute(query)).scalar_one()

    async def start(
        self,
        job_id: int,
        active_since: datetime | None,
        update_id: int | None = None,
        drafted_since: datetime | None = None,
    ) -> int | None:
        """Queue a draft for sending to everybody who is a recipient at this moment.

        Args:
            job_id: the draft.
            active_since: send it only to people who have been active since this time; None for all who want messages.
            update_id: the update that confirms the draft.
            drafted_since: the draft must have been written since this time; None for any time.

        Returns:
            The number of recipients; None if there is no such draft or it has been queued already. If the update has
            queued the draft before, the result is the same and nothing changes.
        """
        is_draft = (_JOBS.c.job_id == job_id) & (_JOBS.c.status == "draft")
        if drafted_since is not None:
            is_draft &= _JOBS.c.created_at >= drafted_since
        async with self._database.writing(_BULK_TIMEOUT_S) as connection:
            earlier = await connection.run_sync(find_effect, update_id, "start")
            if earlier is not None:
                return int(earlier.result)
            if (await connection.execute(update(_JOBS).where(is_draft).values(status="waiting"))).rowcount == 0:
                return None
            recipients = await _add_deliveries(connection, job_id, active_since)
            await connection.run_sync(add_effect, update_id, "start", recipients)
            return recipients

    async def was_started_by(self, update_id: int | None) -> bool:
        """Return whether an update has queued a draft."""
        return await read_effect(self._database, update_id, "start") is not None

    async def start_after_job(self, cause: int, requested_by: int, now: datetime) -> int | None:
        """Queue an announcement of a personal card to everybody who wants messages, after a job improved the cards.

        Args:
            cause: id of the job that improved the cards.
            requested_by: Telegram user id of the admin.
            now: the current time.

        Returns:
            The job id of the announcement; None if this cause already has an announcement.
        """
        try:
            async with self._database.writing(_BULK_TIMEOUT_S) as connection:
                job_id = await add_job(connection, "announcement", "waiting", requested_by, now)
                await connection.execute(insert(_ANNOUNCEMENTS), {"job_id": job_id, "text": None, "cause": cause})
                await _add_deliveries(connection, job_id, None)
        except Conflict:
            async with self._database.reading() as connection:
                is_announced = exists().where(_ANNOUNCEMENTS.c.cause == cause)
                if not (await connection.execute(select(is_announced))).scalar_one():
                    raise
            return None
        return job_id

    async def counts(self, job_id: int) -> dict[DeliveryStatus, int]:
        """Return the number of deliveries by status. Every status is a key."""
        query = (
            select(_DELIVERIES.c.status, func.count().label("deliveries"))
            .where(_DELIVERIES.c.job_id == job_id)
            .group_by(_DELIVERIES.c.status)
        )
        async with self._database.reading(_BULK_TIMEOUT_S) as connection:
            counts = {row.status: row.deliveries for row in await connection.execute(query)}
        return {status: counts.get(status, 0) for status in DELIVERY_STATUSES}

    # --- for workers ------------------------------------------------------------------------------------------------

    async def text(self, job_id: int) -> str | None:
        """Return the HTML text of an announcement; None if every recipient gets a personal card."""
        query = select(_ANNOUNCEMENTS.c.text).where(_ANNOUNCEMENTS.c.job_id == job_id)
        async with self._database.reading() as connection:
            text: str | None = (await connection.execute(query)).scalar_one()
        return text

    async def take_over(self, job_id: int, owner: str, now: datetime) -> None:
        """Mark deliveries that the previous worker was sending as uncertain, if `owner` owns the job."""
        is_interrupted = (_DELIVERIES.c.job_id == job_id) & (_DELIVERIES.c.status == "sending")
        async with self._database.writing() as connection:
            owned_job = select(_JOBS.c.job_id).where(is_owned(job_id, owner)).with_for_update()
            if (await connection.execute(owned_job)).first() is not None:
                mark_uncertain = update(_DELIVERIES).where(is_interrupted).values(status="uncertain", ended_at=now)
                await connection.execute(mark_uncertain)

    async def upcoming(self, job_id: int, size: int, set_aside: Collection[int] = ()) -> list[int]:
        """Return ids of people whom `next_batch` will return soon, if nothing changes. Nothing is marked.

        Args:
            job_id: job id of the announcement.
            size: maximum number of people.
            set_aside: as for `next_batch`.
        """
        query = _recipients(job_id, size, set_aside)
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))

    async def next_batch(
        self,
        job_id: int,
        owner: str,
        outcomes: Mapping[int, DeliveryStatus],
        size: int,
        now: datetime,
        lease: timedelta,
        set_aside: Collection[int] = (),
    ) -> Batch:
        """Store the outcomes of the previous batch and take the next batch, in one transaction. Safe to repeat.

        Args:
            job_id: job id of the announcement.
            owner: the worker that claimed the job. Its outcomes are stored even if it has lost the lease since.
            outcomes: person id -> outcome of the previous batch; "waiting" for a person who certainly got nothing yet.
            size: maximum size of the next batch. The caller can send this many messages concurrently.
            now: the current time.
            lease: time until the lease on the job expires.
            set_aside: ids of people who keep waiting. A batch without people does not mean that they are done.
        """
        async with self._database.writing() as connection:
            await _store_outcomes(connection, job_id, outcomes, now)
            lease_state = await update_leased_job(connection, job_id, owner, leased_until=now + lease)
            if lease_state is not LeaseState.HELD:
                return Batch(lease_state)
            person_ids = tuple((await connection.execute(_recipients(job_id, size, set_aside))).scalars())
            if person_ids:
                # No other worker takes them while this worker owns the job. A condition on the status is not needed,
                # and with it SQLite would scan all waiting deliveries.
                mark_sending = update(_DELIVERIES).where(
                    _DELIVERIES.c.job_id == job_id, _DELIVERIES.c.person_id.in_(person_ids)
                )
                await connection.execute(mark_sending.values(status="sending", begun_at=now))
            elif size:
                # The people who are left have switched messages off or blocked the bot since the announcement began.
                decline = update(_DELIVERIES).where(_is_next(job_id, set_aside))
                await connection.execute(decline.values(status="declined", ended_at=now))
        return Batch(lease_state, person_ids)


async def _store_outcomes(
    connection: AsyncConnection, job_id: int, outcomes: Mapping[int, DeliveryStatus], now: datetime
) -> None:
    ids_by_status: dict[DeliveryStatus, list[int]] = defaultdict(list)
    for person_id, status in outcomes.items():
        ids_by_status[status].append(person_id)
    if blocked := ids_by_status.get("blocked"):
        # People are locked before deliveries, as in `People.forget`: the same order everywhere avoids deadlocks.
        await connection.execute(update(_PEOPLE).where(_PEOPLE.c.person_id.in_(blocked)).values(blocked=True))
    for status, person_ids in ids_by_status.items():
        values: dict[str, Any] = {"status": status, "ended_at": now}
        if status == "waiting":
            values = {"status": status, "begun_at": None}
        # Another worker may have marked the delivery as uncertain, but this worker knows the outcome.
        is_unsettled = _DELIVERIES.c.status.in_(("sending", "uncertain"))
        store_outcome = update(_DELIVERIES).where(
            _DELIVERIES.c.job_id == job_id, _DELIVERIES.c.person_id.in_(person_ids), is_unsettled
        )
        await connection.execute(store_outcome.values(**values))


async def _add_deliveries(connection: AsyncConnection, job_id: int, active_since: datetime | None) -> int:
    """Insert a delivery for every recipient by one statement, and return the number of deliveries."""
    recipients = select(_PEOPLE.c.person_id, literal(job_id), literal("waiting")).where(_is_recipient(active_since))
    insert_all = insert(_DELIVERIES).from_select(["person_id", "job_id", "status"], recipients)
    return (await connection.execute(insert_all)).rowcount


def _recipients(job_id: int, size: int, set_aside: Collection[int]) -> Select[int]:
    """Return the query for the ids of the people who get an announcement next."""
    return (
        select(_DELIVERIES.c.person_id)
        # MySQL may join in the other order. Near the end of an announcement, it would read almost everybody first.
        .prefix_with("STRAIGHT_JOIN", dialect="mysql")
        .join(_PEOPLE, _PEOPLE.c.person_id == _DELIVERIES.c.person_id)
        .where(_is_next(job_id, set_aside), _WANTS_MESSAGES)
        .limit(size)
    )


def _is_next(job_id: int, set_aside: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that a delivery waits and is not set aside."""
    is_next = (_DELIVERIES.c.job_id == job_id) & (_DELIVERIES.c.status == "waiting")
    return is_next & _DELIVERIES.c.person_id.not_in(set_aside) if set_aside else is_next


def _is_recipient(active_since: datetime | None) -> ColumnElement[bool]:
    """Return the condition that a person wants messages and has been active since a time; None for any time."""
    return _WANTS_MESSAGES if active_since is None else _WANTS_MESSAGES & is_active(active_since)
