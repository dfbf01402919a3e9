"""What people said of movies besides stars: not seen, seen, for later; and what they were shown."""

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, delete, select

from storage.errors import Conflict
from storage.records import MARK_KINDS, MarkKind
from storage.sql.database import Database
from storage.sql.models import MarkRow
from storage.sql.people import lock_person, person_not_found

_MARKS = cast(Table, MarkRow.__table__)


class Marks:
    """Every method raises Unavailable where the database does not answer within its deadline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, person_id: int, movie_ids: Collection[int], kind: MarkKind, now: datetime) -> None:
        """Mark movies, in one transaction; safe to repeat: what is marked already gets the new time.

        Raises:
            NotFound: the person is not known; nothing is marked.
        """
        marks = [
            {"person_id": person_id, "kind": kind, "movie_id": movie_id, "marked_at": now} for movie_id in movie_ids
        ]

        def mark(connection: Connection) -> None:
            lock_person(self._database, connection, person_id)
            connection.execute(self._database.upsert(_MARKS), marks)

        if marks:
            try:
                await self._database.write(mark)
            except Conflict:
                # The one constraint that an upsert can break is the foreign key.
                raise person_not_found() from None

    async def remove(self, person_id: int, movie_id: int, kind: MarkKind) -> bool:
        """Take a mark away; False where there is none."""
        is_mark = (_MARKS.c.person_id == person_id) & (_MARKS.c.kind == kind) & (_MARKS.c.movie_id == movie_id)
        removed = delete(_MARKS).where(is_mark)
        return await self._database.write(lambda connection: connection.execute(removed).rowcount == 1)

    async def of(self, person_id: int) -> dict[MarkKind, dict[int, datetime]]:
        """For every kind, the marked movie ids and when they were marked, the oldest first."""
        found: dict[MarkKind, dict[int, datetime]] = {kind: {} for kind in MARK_KINDS}
        ordered = select(_MARKS).where(_MARKS.c.person_id == person_id).order_by(_MARKS.c.marked_at, _MARKS.c.movie_id)
        for row in await self._database.read(lambda connection: connection.execute(ordered).all()):
            found[row.kind][row.movie_id] = row.marked_at
        return found
