"""The audit log of admin actions."""

from typing import cast

from sqlalchemy import Connection, Table, insert, select

from storage.records import AuditEntry
from storage.sql.database import Database
from storage.sql.effects import once
from storage.sql.models import AuditRow

_AUDIT = cast(Table, AuditRow.__table__)


class Audit:
    """An append-only log of admin actions.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self, entry: AuditEntry, update_id: int | None = None) -> None:
        """Append an entry, unless the update has appended one before."""
        row = {
            "at": entry.at,
            "admin_id": entry.admin_id,
            "action": entry.action,
            "job_id": entry.job_id,
            "outcome": entry.outcome,
        }

        def append(connection: Connection) -> None:
            connection.execute(insert(_AUDIT), row)

        await self._database.write(lambda connection: once(connection, update_id, "audit", lambda: append(connection)))

    async def recent(self, limit: int) -> list[AuditEntry]:
        """Return the last `limit` entries, the newest first."""
        query = select(_AUDIT).order_by(_AUDIT.c.entry_id.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [
                AuditEntry(row.at, row.admin_id, row.action, row.job_id, row.outcome)
                for row in await connection.execute(query)
            ]
