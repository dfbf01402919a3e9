"""Marks of people on movies besides ratings: not seen, seen, on the watchlist, shown."""

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy import Connection, Table, bindparam, delete, func, select

from storage.errors import Conflict
from storage.records import MARK_KINDS, MarkKind
from storage.sql.changes import add_change
from storage.sql.database import Database
from storage.sql.effects import once
from storage.sql.models import ChangeRow, MarkRow, PersonRow
from storage.sql.people import lock_person, person_not_found

_CHANGES = cast(Table, ChangeRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)
_PEOPLE = cast(Table, PersonRow.__table__)

_IS_MARK = (
    (_MARKS.c.person_id == bindparam("person_id"))
    & (_MARKS.c.kind == bindparam("mark_kind"))
    & (_MARKS.c.movie_id == bindparam("movie_id"))
)
_REMOVE = delete(_MARKS).where(_IS_MARK)
_STATE = select(
    select(_MARKS.c.marked_at).where(_IS_MARK).scalar_subquery().label("marked_at"),
    select(func.coalesce(func.max(_CHANGES.c.number), 0))
    .where(_CHANGES.c.person_id == bindparam("person_id"))
    .scalar_subquery()
    .label("last_change"),
    _PEOPLE.c.open_question.is_not(None).label("has_question"),
).where(_PEOPLE.c.person_id == bindparam("person_id"))
"""Selects the time of a mark (or NULL), the last number of a change, and whether a question is open.

There is no row if the person does not exist.
"""


class Marks:
    """Marks of people on movies.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, person_id: int, movie_ids: Collection[int], kind: MarkKind, now: datetime) -> None:
        """Mark movies in one transaction. Safe to repeat: an existing mark gets the new time. It cannot be undone.

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

    async def add(
        self,
        person_id: int,
        movie_id: int,
        kind: MarkKind,
        now: datetime,
        update_id: int | None = None,
        position: int = 0,
    ) -> int:
        """Mark a movie, and return the number of the change, which can be undone. An existing mark gets the new time.

        Args:
            person_id: Telegram user id.
            movie_id: the movie.
            kind: the mark.
            now: the current time.
            update_id: the update that marks the movie. If it has marked the movie before, nothing changes.
            position: position of the movie among those that the update marks.

        Raises:
            NotFound: the person does not exist. Nothing has changed.
        """

        def add(connection: Connection) -> int:
            lock_person(self._database, connection, person_id)
            return int(once(connection, update_id, f"mark {position}", lambda: mark(connection)))

        def mark(connection: Connection) -> int:
            return put_mark(self._database, connection, person_id, movie_id, kind, now)

        return await self._database.write(add)

    async def remove(
        self, person_id: int, movie_id: int, kind: MarkKind, now: datetime, update_id: int | None = None
    ) -> bool:
        """Remove a mark. The change can be undone.

        Returns:
            False if the mark does not exist. If the update has removed the mark before, the result is the same and
            nothing changes.
        """
        key = {"person_id": person_id, "movie_id": movie_id, "mark_kind": kind}

        def remove(connection: Connection) -> bool:
            lock_person(self._database, connection, person_id)
            return bool(once(connection, update_id, "unmark", lambda: remove_mark(connection)))

        def remove_mark(connection: Connection) -> bool:
            state = connection.execute(_STATE, key).first()
            if state is None or state.marked_at is None:
                return False
            connection.execute(_REMOVE, key)
            before = {"movie_id": movie_id, "mark": kind, "before_marked_at": state.marked_at}
            has_question = state.has_question
            add_change(connection, person_id, "mark", now, state.last_change, has_question=has_question, **before)
            return True

        return await self._database.write(remove)

    async def of(self, person_id: int) -> dict[MarkKind, dict[int, datetime]]:
        """Return, for every kind of mark, movie id -> time of the mark, the oldest first."""
        marks: dict[MarkKind, dict[int, datetime]] = {kind: {} for kind in MARK_KINDS}
        query = select(_MARKS).where(_MARKS.c.person_id == person_id).order_by(_MARKS.c.marked_at, _MARKS.c.movie_id)
        for row in await self._database.read(lambda connection: connection.execute(query).all()):
            marks[row.kind][row.movie_id] = row.marked_at
        return marks


def put_mark(
    database: Database,
    connection: Connection,
    person_id: int,
    movie_id: int,
    kind: MarkKind,
    now: datetime,
    message_id: int | None = None,
) -> int:
    """Mark a movie within a transaction that has locked the person, and return the number of the change.

    Args:
        database: of the connection.
        connection: of the transaction.
        person_id: Telegram user id.
        movie_id: the movie.
        kind: the mark.
        now: the current time.
        message_id: the card that the mark answers; None for no card.

    Raises:
        NotFound: the person does not exist.
    """
    key = {"person_id": person_id, "movie_id": movie_id}
    state = connection.execute(_STATE, key | {"mark_kind": kind}).first()
    if state is None:
        raise person_not_found()
    connection.execute(database.upsert(_MARKS), key | {"kind": kind, "marked_at": now})
    values = {"movie_id": movie_id, "message_id": message_id, "mark": kind, "before_marked_at": state.marked_at}
    return add_change(connection, person_id, "mark", now, state.last_change, has_question=state.has_question, **values)
