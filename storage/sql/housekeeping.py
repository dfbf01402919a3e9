"""Housekeeping: deletion of records that have served their purpose, in small transactions.

The times of the records have no index, because every answer of a person would have to maintain it. Instead,
housekeeping scans each table once, in the order of its key.
"""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, NamedTuple, cast, get_args

from sqlalchemy import (
    BindParameter,
    Column,
    ColumnElement,
    Connection,
    Date,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    select,
)

from storage.records import RecordKind, Retention
from storage.sql.database import Database
from storage.sql.models import (
    AnnouncementRow,
    AuditRow,
    CardRow,
    ChangeRow,
    DeliveryRow,
    EffectRow,
    HeartbeatRow,
    ImportRow,
    JobRow,
    MarkRow,
    MisunderstoodRow,
    PersonRow,
    ProgressMessageRow,
    UpdateRow,
    WishRow,
)
from storage.sql.movies.details import Details

BATCH_SIZE = 500
"""A transaction deletes at most this many records."""

_PAUSE_S = 0.05
"""Other transactions can run during this pause after each transaction."""

_SCAN_TIMEOUT_S = 120.0
"""Deadline of a statement that may scan a whole table."""

_ANNOUNCEMENTS = cast(Table, AnnouncementRow.__table__)
_AUDIT = cast(Table, AuditRow.__table__)
_CARDS = cast(Table, CardRow.__table__)
_CHANGES = cast(Table, ChangeRow.__table__)
_DELIVERIES = cast(Table, DeliveryRow.__table__)
_EFFECTS = cast(Table, EffectRow.__table__)
_IMPORTS = cast(Table, ImportRow.__table__)
_HEARTBEATS = cast(Table, HeartbeatRow.__table__)
_JOBS = cast(Table, JobRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)
_MISUNDERSTOOD = cast(Table, MisunderstoodRow.__table__)
_PEOPLE = cast(Table, PersonRow.__table__)
_PROGRESS_MESSAGES = cast(Table, ProgressMessageRow.__table__)
_UPDATES = cast(Table, UpdateRow.__table__)
_WISHES = cast(Table, WishRow.__table__)

_BEFORE: BindParameter[datetime] = bindparam("before")
# MySQL would compare a day with a time as if the day were its midnight.
_BEFORE_DAY: BindParameter[date] = bindparam("before_day", type_=Date)
_NEWER_CHANGES = _CHANGES.alias()
# The parts of an import stay as long as the import.
_HAS_NEWER_CHANGE = exists().where(
    _NEWER_CHANGES.c.person_id == _CHANGES.c.person_id,
    _NEWER_CHANGES.c.number > func.coalesce(_CHANGES.c.part_of, _CHANGES.c.number),
)
# Only jobs that have ended have a `finished_at`.
_HAS_ENDED_JOB = exists().where(_JOBS.c.job_id == _DELIVERIES.c.job_id, _JOBS.c.finished_at < _BEFORE)
_HAS_DELIVERY = exists().where(_DELIVERIES.c.job_id == _JOBS.c.job_id)
_OF_JOBS = (_ANNOUNCEMENTS, _PROGRESS_MESSAGES)


class _Rule(NamedTuple):
    """A rule that says which rows of a table are deleted.

    Attributes:
        is_old: the condition; its parameter "before" is a time.
        dependents: tables whose rows with the same key are deleted too.
    """

    kind: RecordKind
    table: Table
    is_old: ColumnElement[bool]
    dependents: tuple[Table, ...] = ()

    @property
    def group(self) -> Column[Any]:
        """The column by which rows are locked and deleted together: the person, or else the first of the key."""
        if "person_id" in self.table.columns:
            return self.table.columns.person_id
        return next(iter(self.table.primary_key))


_RULES = (
    _Rule("updates", _UPDATES, _UPDATES.c.seen_at < _BEFORE, (_EFFECTS,)),
    # The heartbeat of the workers has no owner and is only one row.
    _Rule("updates", _HEARTBEATS, _HEARTBEATS.c.owner.is_not(None) & (_HEARTBEATS.c.at < _BEFORE)),
    _Rule("updates", _WISHES, (_WISHES.c.kind == "active") & (_WISHES.c.said_at < _BEFORE)),
    _Rule("updates", _IMPORTS, _IMPORTS.c.imported_at.is_(None) & (_IMPORTS.c.created_at < _BEFORE)),
    # Before the deliveries, which tell whether an announcement made the mark.
    _Rule("shown", _MARKS, (_MARKS.c.kind == "shown") & (_MARKS.c.marked_at < _BEFORE)),
    _Rule("cards", _CARDS, _CARDS.c.shown_at < _BEFORE),
    _Rule("changes", _CHANGES, (_CHANGES.c.changed_at < _BEFORE) & _HAS_NEWER_CHANGE),
    _Rule("changes", _IMPORTS, _IMPORTS.c.imported_at < _BEFORE),
    _Rule("deliveries", _DELIVERIES, _HAS_ENDED_JOB),
    _Rule("drafts", _JOBS, (_JOBS.c.status == "draft") & (_JOBS.c.created_at < _BEFORE), _OF_JOBS),
    _Rule("jobs", _JOBS, (_JOBS.c.finished_at < _BEFORE) & ~_HAS_DELIVERY, _OF_JOBS),
    _Rule("audit", _AUDIT, _AUDIT.c.at < _BEFORE),
    _Rule("audit", _MISUNDERSTOOD, _MISUNDERSTOOD.c.day < _BEFORE_DAY),
)


class Housekeeping:
    """Deletes records that are older than their retention."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def clean(self, retention: Retention, now: datetime) -> dict[RecordKind, int]:
        """Delete all records that are older than their retention, and details from TMDB that may not be shown.

        Safe to repeat, to interrupt and to run concurrently.

        Other transactions wait for at most one small transaction. Records of people whose data another transaction is
        changing are left for the next call.

        Returns:
            The number of deleted records by kind. Every kind is a key.

        Raises:
            Unavailable: the database does not answer. Earlier deletions remain.
        """
        await Details(self._database).delete_old(now)
        deleted: dict[RecordKind, int] = dict.fromkeys(get_args(RecordKind), 0)
        for rule in _RULES:
            deleted[rule.kind] += await self._apply(rule, now - getattr(retention, rule.kind))
        return deleted

    async def _apply(self, rule: _Rule, before: datetime) -> int:
        deleted, after = 0, None
        while True:
            groups = await self._old_groups(rule, before, after)
            remain = bool(groups)
            while remain:
                rows = await self._database.write(partial(_delete, rule=rule, before=before, groups=groups))
                deleted += rows
                remain = rows == BATCH_SIZE
                await asyncio.sleep(_PAUSE_S)
            if len(groups) < BATCH_SIZE:
                return deleted
            after = groups[-1]

    async def _old_groups(self, rule: _Rule, before: datetime, after: Any) -> Sequence[Any]:
        """Return the next groups that have old rows, in ascending order and at most BATCH_SIZE."""
        query = select(rule.group).where(rule.is_old).distinct().order_by(rule.group).limit(BATCH_SIZE)
        if after is not None:
            query = query.where(rule.group > after)
        async with self._database.reading(_SCAN_TIMEOUT_S) as connection:
            return (await connection.execute(query, _limits(before))).scalars().all()


def _limits(before: datetime) -> dict[str, object]:
    """Return the values of the parameters of all rules."""
    return {"before": before, "before_day": before.date()}


def _delete(connection: Connection, rule: _Rule, before: datetime, groups: Sequence[Any]) -> int:
    """Delete at most BATCH_SIZE old rows of the groups that no other transaction has locked, and return their number.

    People are locked before their rows, as by every transaction that writes these rows. Nothing here waits for a lock,
    so there is no deadlock.
    """
    lock_column = _PEOPLE.c.person_id if rule.group.name == "person_id" else rule.group
    lock = select(lock_column).where(lock_column.in_(groups)).with_for_update(skip_locked=True)
    locked = connection.execute(lock).scalars().all()
    # MySQL cannot delete by a condition on other rows of the same table, so the keys are read first.
    key = list(rule.table.primary_key)
    old_rows = select(*key).where(rule.group.in_(locked), rule.is_old).limit(BATCH_SIZE)
    keys = [
        {f"old_{name}": value for name, value in row.items()}
        for row in connection.execute(old_rows, _limits(before)).mappings()
    ]
    if keys:
        for table in (*rule.dependents, rule.table):
            is_row = and_(*(table.c[column.name] == bindparam(f"old_{column.name}") for column in key))
            connection.execute(delete(table).where(is_row), keys)
    return len(keys)
