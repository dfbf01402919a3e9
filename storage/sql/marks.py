"""Marks of people on movies besides ratings: not seen, seen, on the watchlist, shown."""

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, delete, select

from storage.errors import Conflict
from storage.records import MARK_KINDS, MarkKind
from storage.sql.database import Database
from storage.sql.effects import once
from storage.sql.models import MarkRow
from storage.sql.people import lock_person, person_not_found

_MARKS = cast(Table, MarkRow.__table__)


class Marks:
    """Marks of people on movies.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, person_id: int, movie_ids: Collection[int], kind: MarkKind, now: datetime) -> None:
        """Mark movies in one transaction. Safe to repeat: an existing mark gets the new time.

        Raises:
            NotFound: the person does not exist. Nothing is marked.
        """
        marks = [
            {"person_id": person_id, "kind": kind, "movie_id": movie_id, "marked_at": now} for movie_id in movie_ids
        ]

        def put(connection: Connection) -> None:
            lock_person(self._database, connection, person_id)
            connection.execute(self._database.upsert(_MARKS), marks)

        if marks:
            try:
                await self._database.write(put)
            except Conflict:
                # The only constraint that an upsert can violate is the foreign key.
                raise person_not_found() from None

    async def remove(self, person_id: int, movie_id: int, kind: MarkKind, update_id: int | None = None) -> bool:
        """Remove a mark.

        Returns:
            False if the mark does not exist. If the update has removed the mark before, the result is the same and
            nothing changes.
        """
        is_mark = (_MARKS.c.person_id == person_id) & (_MARKS.c.kind == kind) & (_MARKS.c.movie_id == movie_id)
        statement = delete(_MARKS).where(is_mark)

        def remove(connection: Connection) -> bool:
            lock_person(self._database, connection, person_id)
            return bool(once(connection, update_id, "unmark", lambda: connection.execute(statement).rowcount == 1))

        return await self._database.write(remove)

    async def of(self, person_id: int) -> dict[MarkKind, dict[int, datetime]]:
        """Return, for every kind of mark, movie id -> time of the mark, the oldest first."""
        marks: dict[MarkKind, dict[int, datetime]] = {kind: {} for kind in MARK_KINDS}
        query = select(_MARKS).where(_MARKS.c.person_id == person_id).order_by(_MARKS.c.marked_at, _MARKS.c.movie_id)
        for row in await self._database.read(lambda connection: connection.execute(query).all()):
            marks[row.kind][row.movie_id] = row.marked_at
        return marks
