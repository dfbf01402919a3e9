"""Undoing everything that an import has changed."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, and_, delete, func, select, update

from storage.sql.database import Database
from storage.sql.imports.chunks import any_of
from storage.sql.models import ChangeRow, MarkRow, RatingRow

UNDO_TIMEOUT_S = 60.0
"""Deadline of the transaction that undoes an import."""

_CHANGES = cast(Table, ChangeRow.__table__)
_RATINGS = cast(Table, RatingRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)


def restore_parts(database: Database, connection: Connection, change: Row[Any], now: datetime) -> None:
    """Restore the ratings and marks from before an import. A movie that the person answered later stays as it is.

    Args:
        database: of the connection.
        connection: of a transaction that has locked the person.
        change: the change of the import.
        now: the current time.
    """
    person_id = change.person_id
    is_part = and_(
        _CHANGES.c.person_id == person_id, _CHANGES.c.part_of == change.number, _CHANGES.c.undone_at.is_(None)
    )
    later = select(_CHANGES.c.movie_id).where(
        _CHANGES.c.person_id == person_id, _CHANGES.c.number > change.number, _CHANGES.c.undone_at.is_(None)
    )
    superseded = set(connection.execute(later).scalars())
    parts = [row for row in connection.execute(select(_CHANGES).where(is_part)).all() if row.movie_id not in superseded]
    ratings = [part for part in parts if part.kind == "rating"]
    marks = [part for part in parts if part.kind == "mark"]
    _delete(connection, _RATINGS, person_id, [part.movie_id for part in ratings if part.before_stars is None])
    before = [
        {
            "person_id": person_id,
            "movie_id": part.movie_id,
            "stars": part.before_stars,
            "source": part.before_source,
            "rated_at": part.before_rated_at,
        }
        for part in ratings
        if part.before_stars is not None
    ]
    if before:
        connection.execute(database.upsert(_RATINGS), before)
    unseen = [
        {"person_id": person_id, "movie_id": part.movie_id, "kind": "unseen", "marked_at": part.unseen_at}
        for part in ratings
        if part.unseen_at is not None
    ]
    if unseen:
        connection.execute(database.insert_missing(_MARKS), unseen)
    for kind in ("seen", "later"):
        # An import adds marks only, and no mark of a movie that had it.
        added = [part.movie_id for part in marks if part.mark == kind]
        _delete(connection, _MARKS, person_id, added, kind)
    for is_undone in any_of(_CHANGES.c.number, [part.number for part in parts]):
        connection.execute(update(_CHANGES).where(is_part, is_undone).values(undone_at=now))


def count_undone(connection: Connection, change: Row[Any]) -> int:
    """Return how many movies the undo of an import has restored."""
    query = select(func.count()).where(
        _CHANGES.c.person_id == change.person_id,
        _CHANGES.c.part_of == change.number,
        _CHANGES.c.undone_at.is_not(None),
    )
    return int(connection.execute(query).scalar_one())


def _delete(
    connection: Connection, table: Table, person_id: int, movie_ids: list[int], kind: str | None = None
) -> None:
    for is_movie in any_of(table.c.movie_id, movie_ids):
        is_row = (table.c.person_id == person_id) & is_movie
        connection.execute(delete(table).where(is_row if kind is None else is_row & (table.c.kind == kind)))
