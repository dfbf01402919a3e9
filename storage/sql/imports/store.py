"""Drafts of imports: stored when a file was read, imported or dropped when the person has decided."""

from collections.abc import Mapping
from dataclasses import astuple
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from storage.errors import Conflict
from storage.imports import ImportDraft, ImportEntry, ImportResult
from storage.sql.database import Database
from storage.sql.effects import once
from storage.sql.imports.applying import apply_entries
from storage.sql.models import ImportRow
from storage.sql.people import lock_person, person_not_found

MAX_DRAFTS = 5
"""The maximum number of drafts of a person. A further file replaces the oldest one."""

_IMPORTS = cast(Table, ImportRow.__table__)
_TIMEOUT_S = 60.0
"""Deadline of a transaction with all entries of a file."""


class Imports:
    """The files that people import.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, person_id: int, draft: ImportDraft, now: datetime, update_id: int | None = None) -> int:
        """Store a draft and return its number.

        An update that has stored its draft before gets the same number.

        Raises:
            NotFound: the person does not exist.
        """

        def add(connection: Connection) -> int:
            lock_person(self._database, connection, person_id)
            return int(once(connection, update_id, "draft import", lambda: _add(connection, person_id, draft, now)))

        try:
            async with self._database.writing(_TIMEOUT_S) as connection:
                return await connection.run_sync(add)
        except Conflict:
            # The only constraint that an insert can violate here is the foreign key.
            raise person_not_found() from None

    async def apply(
        self, person_id: int, number: int, now: datetime, update_id: int | None = None, profile: int = 0
    ) -> ImportResult | None:
        """Import one profile of a draft, in one transaction, as one change that can be undone. Safe to repeat.

        The other profiles of the draft are deleted.

        Returns:
            None if there is no such draft: it was imported or dropped.
        """
        key = (_IMPORTS.c.person_id == person_id) & (_IMPORTS.c.number == number)

        def apply(connection: Connection) -> ImportResult | None:
            lock_person(self._database, connection, person_id)
            result = once(connection, update_id, "import", lambda: import_once(connection))
            return None if result is None else ImportResult(*result)

        def import_once(connection: Connection) -> tuple[Any, ...] | None:
            draft = connection.execute(select(_IMPORTS).where(key)).first()
            if draft is None or draft.imported_at is not None:
                return None
            entries = [entry for entry in map(_entry, draft.entries) if entry.profile == profile]
            result = apply_entries(self._database, connection, person_id, entries, now)
            connection.execute(update(_IMPORTS).where(key).values(imported_at=now, entries=[]))
            return astuple(result)

        async with self._database.writing(_TIMEOUT_S) as connection:
            return await connection.run_sync(apply)

    async def drop(self, person_id: int, number: int) -> bool:
        """Delete a draft. Return False if there is no such draft. Safe to repeat."""
        is_draft = (
            (_IMPORTS.c.person_id == person_id) & (_IMPORTS.c.number == number) & _IMPORTS.c.imported_at.is_(None)
        )
        return await self._database.write(
            lambda connection: connection.execute(delete(_IMPORTS).where(is_draft)).rowcount == 1
        )


def _add(connection: Connection, person_id: int, draft: ImportDraft, now: datetime) -> int:
    of_person = _IMPORTS.c.person_id == person_id
    last = connection.execute(select(func.coalesce(func.max(_IMPORTS.c.number), 0)).where(of_person)).scalar_one()
    drafts = select(_IMPORTS.c.number).where(of_person, _IMPORTS.c.imported_at.is_(None))
    older = connection.execute(drafts.order_by(_IMPORTS.c.number.desc()).offset(MAX_DRAFTS - 1)).scalars().all()
    connection.execute(delete(_IMPORTS).where(of_person, _IMPORTS.c.number.in_(older)))
    # Like the numbers of changes, these contain the time. A person who was deleted and comes back gets new numbers.
    number: int = max(last + 1, int(now.timestamp() * 1_000))
    values = {
        "person_id": person_id,
        "number": number,
        "source": draft.source,
        "row_count": draft.row_count,
        "entries": [_values(entry) for entry in draft.entries],
        "created_at": now,
    }
    connection.execute(insert(_IMPORTS), values)
    return number


def _values(entry: ImportEntry) -> dict[str, Any]:
    at = None if entry.at is None else entry.at.isoformat()
    return {"movie_id": entry.movie_id, "kind": entry.kind, "stars": entry.stars, "at": at, "profile": entry.profile}


def _entry(values: Mapping[str, Any]) -> ImportEntry:
    at = None if values["at"] is None else datetime.fromisoformat(values["at"])
    # Drafts that earlier versions stored have no profiles.
    return ImportEntry(values["movie_id"], values["kind"], values["stars"], at, values.get("profile", 0))
