"""What admins did."""

from typing import cast

from sqlalchemy import Table, insert, select

from storage.records import AuditEntry
from storage.sql.database import Database
from storage.sql.models import AuditRow

_AUDIT = cast(Table, AuditRow.__table__)


class Audit:
    """Rows are only ever added. Every method raises Unavailable where the database does not answer in time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, entry: AuditEntry) -> None:
        """Add what an admin did."""
        row = {
            "at": entry.at,
            "admin_id": entry.admin_id,
            "action": entry.action,
            "job_id": entry.job_id,
            "outcome": entry.outcome,
        }
        async with self._database.writing() as connection:
            await connection.execute(insert(_AUDIT), row)

    async def recent(self, limit: int) -> list[AuditEntry]:
        """The last acts, the newest first."""
        ordered = select(_AUDIT).order_by(_AUDIT.c.entry_id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [
                AuditEntry(row.at, row.admin_id, row.action, row.job_id, row.outcome)
                for row in await connection.execute(ordered)
            ]
