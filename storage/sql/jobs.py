"""The queue of background jobs: one row per job, claimed by one worker at a time with a lease."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, Connection, Row, Table, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import Conflict
from storage.records import Job, JobKind, JobStatus, Lane, ProgressMessage
from storage.sql.database import Database
from storage.sql.effects import add_effect, find_effect, once, read_effect
from storage.sql.models import HeartbeatRow, JobRow, ProgressMessageRow

LANE_OF: Mapping[JobKind, Lane] = {
    "announcement": "announcing",
    "metadata": "refreshing",
    "details": "refreshing",
    "vectors": "refreshing",
    "model": "refreshing",
    "rollback": "refreshing",
}

_JOBS = cast(Table, JobRow.__table__)
_MESSAGES = cast(Table, ProgressMessageRow.__table__)
_HEARTBEATS = cast(Table, HeartbeatRow.__table__)
_WORKER = "worker"
_OPEN = _JOBS.c.status.in_(("waiting", "running"))
_NO_LEASE = {"turn": None, "owner": None, "leased_until": None}


class LeaseState(StrEnum):
    """The state of a worker's lease on a job.

    Attributes:
        HELD: the worker holds the lease and continues.
        CANCELLED: the worker holds the lease, but somebody has cancelled the job.
        LOST: the worker no longer owns the job. The lease had expired, and another worker has claimed or ended the job.
    """

    HELD = "held"
    CANCELLED = "cancelled"
    LOST = "lost"


class Jobs:
    """The job queue.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def request(
        self,
        kind: JobKind,
        requested_by: int,
        now: datetime,
        *,
        notify: bool = False,
        release: str | None = None,
        update_id: int | None = None,
    ) -> tuple[Job, bool]:
        """Add a job to the queue, unless a job of the same lane is already waiting or running.

        Returns:
            The job, and whether it is new. If it is not new, it is the waiting or running job of the lane. If the
            update has requested a job before, the result is the same and no job is added.
        """
        open_jobs = select(_JOBS.c.job_id).where(_JOBS.c.lane == LANE_OF[kind], _OPEN).order_by(_JOBS.c.job_id)
        async with self._database.writing() as connection:
            earlier = await connection.run_sync(find_effect, update_id, "request")
            if earlier is not None:
                job_id, is_new = earlier.result
                return await _get(connection, job_id), is_new
            job_id = (await connection.execute(open_jobs)).scalar()
            is_new = job_id is None
            if job_id is None:
                job_id = await add_job(connection, kind, "waiting", requested_by, now, notify, release)
            await connection.run_sync(add_effect, update_id, "request", [job_id, is_new])
            return await _get(connection, job_id), is_new

    async def get(self, job_id: int) -> Job | None:
        """Return a job; None if it does not exist."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(_JOBS).where(_JOBS.c.job_id == job_id))).first()
        return None if row is None else _job(row)

    async def recent(self, limit: int) -> list[Job]:
        """Return the last `limit` jobs that are not drafts, the newest first."""
        query = select(_JOBS).where(_JOBS.c.status != "draft").order_by(_JOBS.c.job_id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [_job(row) for row in await connection.execute(query)]

    async def add_progress_message(
        self, job_id: int, chat_id: int, message_id: int, update_id: int | None = None
    ) -> None:
        """Store that a message shows the progress of a job. Safe to repeat.

        Args:
            job_id: the job. It can have several messages.
            chat_id: the chat of the message.
            message_id: the message.
            update_id: the update that the message answers; see `has_progress_message`.
        """
        row = {"job_id": job_id, "chat_id": chat_id, "message_id": message_id}

        def add(connection: Connection) -> None:
            connection.execute(self._database.insert_missing(_MESSAGES), row)

        await self._database.write(lambda connection: once(connection, update_id, "progress", lambda: add(connection)))

    async def has_progress_message(self, update_id: int | None) -> bool:
        """Return whether an update was answered with a message that shows the progress of a job."""
        return await read_effect(self._database, update_id, "progress") is not None

    async def progress_messages(self, job_id: int) -> list[ProgressMessage]:
        """Return the messages that show the progress of a job, the oldest of each chat first."""
        query = select(_MESSAGES).where(_MESSAGES.c.job_id == job_id)
        ordered = query.order_by(_MESSAGES.c.chat_id, _MESSAGES.c.message_id)
        async with self._database.reading() as connection:
            return [ProgressMessage(row.chat_id, row.message_id) for row in await connection.execute(ordered)]

    async def cancel(self, job_id: int, now: datetime) -> Job | None:
        """Cancel a job. Safe to repeat.

        A draft or waiting job ends immediately. A running job ends when its worker notices the request.

        Returns:
            The job after the call; None if it does not exist.
        """
        is_job = _JOBS.c.job_id == job_id
        cancelled = {"status": "cancelled", "finished_at": now, "cancel_requested": True}
        async with self._database.writing() as connection:
            cancel_now = update(_JOBS).where(is_job, _JOBS.c.status.in_(("draft", "waiting"))).values(**cancelled)
            if (await connection.execute(cancel_now)).rowcount == 0:
                request_cancel = update(_JOBS).where(is_job, _JOBS.c.status == "running").values(cancel_requested=True)
                await connection.execute(request_cancel)
            row = (await connection.execute(select(_JOBS).where(is_job))).first()
        return None if row is None else _job(row)

    async def last_heartbeat(self) -> datetime | None:
        """Return the time of the last heartbeat of any worker; None if there never was a worker."""
        query = select(_HEARTBEATS.c.at).where(_HEARTBEATS.c.name == _WORKER)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one_or_none())

    # --- for workers ------------------------------------------------------------------------------------------------

    async def record_heartbeat(self, now: datetime) -> None:
        """Record that a worker is alive. Safe to repeat."""
        heartbeat = {"name": _WORKER, "at": now, "owner": None}
        await self._database.write(lambda connection: connection.execute(self._database.upsert(_HEARTBEATS), heartbeat))

    async def claim(self, lane: Lane, owner: str, now: datetime, lease: timedelta) -> Job | None:
        """Claim a job of a lane: the running job whose lease has expired, or else the oldest waiting job.

        Args:
            lane: the lane. At most one of its jobs runs at any time.
            owner: unique name of the worker.
            now: the current time.
            lease: time until the lease expires, unless `renew_lease` extends it.

        Returns:
            The job; None if there is no job to run or another worker runs the lane.
        """
        running = _JOBS.alias()
        is_busy = exists().where(running.c.turn == lane, running.c.leased_until > now)
        is_abandoned = (_JOBS.c.status == "running") & (_JOBS.c.leased_until <= now)
        is_claimable = (_JOBS.c.lane == lane) & or_(_JOBS.c.status == "waiting", is_abandoned)
        # "running" sorts before "waiting".
        candidate = (
            select(_JOBS.c.job_id).where(is_claimable, ~is_busy).order_by(_JOBS.c.status, _JOBS.c.job_id).limit(1)
        )
        # There is rarely a candidate, and this check does not block writers.
        job_id = await self._database.read(lambda connection: connection.execute(candidate).scalar_one_or_none())
        if job_id is None:
            return None
        values = {"status": "running", "turn": lane, "owner": owner, "leased_until": now + lease}
        try:
            async with self._database.writing() as connection:
                claim = update(_JOBS).where(_JOBS.c.job_id == job_id, is_claimable).values(**values)
                if (await connection.execute(claim)).rowcount == 0:
                    return None
                return await _get(connection, job_id)
        except Conflict:
            # Another job of this lane was claimed in the meantime.
            return None

    async def renew_lease(
        self, job_id: int, owner: str, now: datetime, lease: timedelta, stage: str, share: float
    ) -> LeaseState:
        """Extend the lease, and store the progress of the job.

        Args:
            job_id: the job.
            owner: the worker that claimed the job.
            now: the current time.
            lease: time until the lease expires.
            stage: name of the current stage.
            share: completed fraction of the stage, 0..1.
        """
        async with self._database.writing() as connection:
            return await update_leased_job(
                connection, job_id, owner, leased_until=now + lease, stage=stage, share=share
            )

    async def finish(self, job_id: int, owner: str, status: JobStatus, result: str, now: datetime) -> bool:
        """End a job with its outcome. Safe to repeat.

        Returns:
            False if the worker no longer owns the job; then nothing has changed.
        """
        values = {"status": status, "result": result, "finished_at": now, **_NO_LEASE}
        async with self._database.writing() as connection:
            finish = update(_JOBS).where(is_owned(job_id, owner)).values(**values)
            return (await connection.execute(finish)).rowcount == 1

    async def release(self, job_id: int, owner: str) -> None:
        """Return a job to the queue and end its lease. Another worker can claim it immediately. Safe to repeat."""
        async with self._database.writing() as connection:
            release = update(_JOBS).where(is_owned(job_id, owner)).values(status="waiting", **_NO_LEASE)
            await connection.execute(release)


async def add_job(
    connection: AsyncConnection,
    kind: JobKind,
    status: JobStatus,
    requested_by: int,
    now: datetime,
    notify: bool = False,
    release: str | None = None,
) -> int:
    """Insert a job and return its id."""
    values = {
        "kind": kind,
        "lane": LANE_OF[kind],
        "notify": notify,
        "release": release,
        "status": status,
        "requested_by": requested_by,
        "created_at": now,
        "stage": "",
        "share": 0.0,
        "result": "",
        "cancel_requested": False,
    }
    result = await connection.execute(insert(_JOBS), values)
    return int(cast(Row[Any], result.inserted_primary_key)[0])


async def update_leased_job(connection: AsyncConnection, job_id: int, owner: str, **values: object) -> LeaseState:
    """Update a job if this worker owns it, and return the state of the lease.

    No other worker can claim the job before the transaction ends.
    """
    statement = update(_JOBS).where(is_owned(job_id, owner)).values(**values)
    if (await connection.execute(statement)).rowcount == 0:
        return LeaseState.LOST
    cancel_requested = await connection.execute(select(_JOBS.c.cancel_requested).where(_JOBS.c.job_id == job_id))
    return LeaseState.CANCELLED if cancel_requested.scalar_one() else LeaseState.HELD


def is_owned(job_id: int, owner: str) -> ColumnElement[bool]:
    """Return the condition that the job is running and this worker owns it.

    The lease may have expired, but then no other worker has claimed the job since.
    """
    return (_JOBS.c.job_id == job_id) & (_JOBS.c.owner == owner) & (_JOBS.c.status == "running")


async def _get(connection: AsyncConnection, job_id: int) -> Job:
    return _job((await connection.execute(select(_JOBS).where(_JOBS.c.job_id == job_id))).one())


def _job(row: Row[Any]) -> Job:
    return Job(
        job_id=row.job_id,
        kind=row.kind,
        notify=row.notify,
        release=row.release,
        status=row.status,
        requested_by=row.requested_by,
        created_at=row.created_at,
        finished_at=row.finished_at,
        stage=row.stage,
        share=row.share,
        result=row.result,
        cancel_requested=row.cancel_requested,
    )
