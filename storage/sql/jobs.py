"""Work that admins ask for: one row a job, taken by one worker at a time with a lease."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import ColumnElement, Row, Table, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import Conflict
from storage.records import Job, JobKind, JobStatus, Lane
from storage.sql.database import Database
from storage.sql.models import HeartbeatRow, JobRow

LANE_OF: Mapping[JobKind, Lane] = {
    "announcement": "announcing",
    "metadata": "refreshing",
    "vectors": "refreshing",
    "model": "refreshing",
    "rollback": "refreshing",
}

_JOBS = cast(Table, JobRow.__table__)
_HEARTBEATS = cast(Table, HeartbeatRow.__table__)
_WORKER = "worker"
_OPEN = _JOBS.c.status.in_(("waiting", "running"))
_FREE = {"turn": None, "owner": None, "leased_until": None}


class LeaseState(StrEnum):
    """What a worker learns when it holds on to its job.

    Attributes:
        HELD: go on.
        CANCELLED: somebody wants it to end.
        LOST: the lease had run out, and the job is somebody else's or has ended.
    """

    HELD = "held"
    CANCELLED = "cancelled"
    LOST = "lost"


class Jobs:
    """Every method raises Unavailable where the database does not answer within its deadline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def request(
        self, kind: JobKind, requested_by: int, now: datetime, *, notify: bool = False, release: str | None = None
    ) -> tuple[Job, bool]:
        """Let a worker do this; where a job of the same lane waits or runs, it is that one that is returned.

        Returns:
            The job, and whether it is new.
        """
        same_lane = select(_JOBS).where(_JOBS.c.lane == LANE_OF[kind], _OPEN).order_by(_JOBS.c.job_id)
        async with self._database.writing() as connection:
            open_ = (await connection.execute(same_lane)).first()
            if open_ is not None:
                return _job(open_), False
            job_id = await add_job(connection, kind, "waiting", requested_by, now, notify, release)
            return await _get(connection, job_id), True

    async def get(self, job_id: int) -> Job | None:
        """A job; None where there is none."""
        async with self._database.reading() as connection:
            row = (await connection.execute(select(_JOBS).where(_JOBS.c.job_id == job_id))).first()
        return None if row is None else _job(row)

    async def recent(self, limit: int) -> list[Job]:
        """The last jobs that were not left as drafts, the newest first."""
        ordered = select(_JOBS).where(_JOBS.c.status != "draft").order_by(_JOBS.c.job_id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [_job(row) for row in await connection.execute(ordered)]

    async def set_progress_message(self, job_id: int, chat_id: int, message_id: int) -> None:
        """Note which message shows how far a job is."""
        async with self._database.writing() as connection:
            shown = update(_JOBS).where(_JOBS.c.job_id == job_id).values(chat_id=chat_id, message_id=message_id)
            await connection.execute(shown)

    async def cancel(self, job_id: int, now: datetime) -> Job | None:
        """Let a job end: at once where nobody is at it, else as soon as its worker can. Safe to repeat.

        Returns:
            The job as it is now; None where there is none.
        """
        is_job = _JOBS.c.job_id == job_id
        ended = {"status": "cancelled", "finished_at": now, "cancel_requested": True}
        async with self._database.writing() as connection:
            not_begun = update(_JOBS).where(is_job, _JOBS.c.status.in_(("draft", "waiting"))).values(**ended)
            if (await connection.execute(not_begun)).rowcount == 0:
                running = update(_JOBS).where(is_job, _JOBS.c.status == "running").values(cancel_requested=True)
                await connection.execute(running)
            row = (await connection.execute(select(_JOBS).where(is_job))).first()
        return None if row is None else _job(row)

    async def last_heartbeat(self) -> datetime | None:
        """When a worker last said that it is alive, whichever; None where there never was one."""
        last = select(_HEARTBEATS.c.at).where(_HEARTBEATS.c.name == _WORKER)
        return await self._database.read(lambda connection: connection.execute(last).scalar_one_or_none())

    # --- the worker's side ------------------------------------------------------------------------------------------

    async def record_heartbeat(self, now: datetime) -> None:
        """Say that a worker is alive; safe to repeat."""
        beat = {"name": _WORKER, "at": now}
        await self._database.write(lambda connection: connection.execute(self._database.upsert(_HEARTBEATS), beat))

    async def claim(self, lane: Lane, owner: str, now: datetime, lease: timedelta) -> Job | None:
        """Take the job of a lane whose worker has died, or else the oldest that waits.

        Args:
            lane: of which at most one job runs at any time, whoever runs it.
            owner: the worker, by a name that no other one has.
            now: the time.
            lease: for so long it is this worker's; `hold` makes it longer.

        Returns:
            None where there is nothing to do, or where another worker does it.
        """
        other = _JOBS.alias()
        busy = exists().where(other.c.turn == lane, other.c.leased_until > now)
        abandoned = (_JOBS.c.status == "running") & (_JOBS.c.leased_until <= now)
        takeable = (_JOBS.c.lane == lane) & or_(_JOBS.c.status == "waiting", abandoned)
        # "running" sorts before "waiting".
        candidate = select(_JOBS.c.job_id).where(takeable, ~busy).order_by(_JOBS.c.status, _JOBS.c.job_id).limit(1)
        async with self._database.reading() as connection:  # Nearly always there is none: nobody is kept from writing.
            job_id = (await connection.execute(candidate)).scalar_one_or_none()
        if job_id is None:
            return None
        taken = {"status": "running", "turn": lane, "owner": owner, "leased_until": now + lease}
        try:
            async with self._database.writing() as connection:
                claim = update(_JOBS).where(_JOBS.c.job_id == job_id, takeable).values(**taken)
                if (await connection.execute(claim)).rowcount == 0:
                    return None
                return await _get(connection, job_id)
        except Conflict:  # It is the turn of another job of this lane.
            return None

    async def renew_lease(
        self, job_id: int, owner: str, now: datetime, lease: timedelta, stage: str, share: float
    ) -> LeaseState:
        """Make the lease longer, and note how far the job is."""
        async with self._database.writing() as connection:
            return await hold_job(connection, job_id, owner, leased_until=now + lease, stage=stage, share=share)

    async def finish(self, job_id: int, owner: str, status: JobStatus, result: str, now: datetime) -> bool:
        """End a job; safe to repeat.

        Returns:
            False where it was not this worker's any more; then nothing has changed.
        """
        ended = {"status": status, "result": result, "finished_at": now, **_FREE}
        async with self._database.writing() as connection:
            return (await connection.execute(update(_JOBS).where(is_held(job_id, owner)).values(**ended))).rowcount == 1

    async def release(self, job_id: int, owner: str) -> None:
        """Give a job back, for whoever takes it next to go on with at once; safe to repeat."""
        async with self._database.writing() as connection:
            free = update(_JOBS).where(is_held(job_id, owner)).values(status="waiting", **_FREE)
            await connection.execute(free)


async def add_job(
    connection: AsyncConnection,
    kind: JobKind,
    status: JobStatus,
    requested_by: int,
    now: datetime,
    notify: bool = False,
    release: str | None = None,
) -> int:
    """Insert a job; its id."""
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
    made = await connection.execute(insert(_JOBS), values)
    return int(cast(Row[Any], made.inserted_primary_key)[0])


async def hold_job(connection: AsyncConnection, job_id: int, owner: str, **values: object) -> LeaseState:
    """Change a job that is held, inside of a transaction: until that ends, nobody else can take it."""
    held = update(_JOBS).where(is_held(job_id, owner)).values(**values)
    if (await connection.execute(held)).rowcount == 0:
        return LeaseState.LOST
    wanted = await connection.execute(select(_JOBS.c.cancel_requested).where(_JOBS.c.job_id == job_id))
    return LeaseState.CANCELLED if wanted.scalar_one() else LeaseState.HELD


def is_held(job_id: int, owner: str) -> ColumnElement[bool]:
    """The job, if it runs and is this worker's; the lease may have run out, but nobody else has taken it then."""
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
        chat_id=row.chat_id,
        message_id=row.message_id,
        created_at=row.created_at,
        finished_at=row.finished_at,
        stage=row.stage,
        share=row.share,
        result=row.result,
        cancel_requested=row.cancel_requested,
    )
