"""Moving the ratings, marks and other records of a movie that an import has merged into another movie."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, bindparam, delete, select, update

from storage.sql.database import Database
from storage.sql.models import CardRow, ChangeRow, MarkRow, RatingRow, WishRow
from storage.sql.people import lock_person

_RATINGS, _CHANGES = cast(Table, RatingRow.__table__), cast(Table, ChangeRow.__table__)
_MARKS, _CARDS, _WISHES = cast(Table, MarkRow.__table__), cast(Table, CardRow.__table__), cast(Table, WishRow.__table__)

_NAMED_IN_WISHES = ("like", "unlike")
"""The conditions of a wish that hold movie ids."""


def move_to_kept(database: Database, connection: Connection, merged: Mapping[int, int]) -> None:
    """Move ratings, marks, cards and wishes of merged movies to the movies that remain. Safe to repeat.

    Of two ratings of a person the later one stays, and undoing it restores the earlier one. A mark that the movie
    has already keeps its time.

    Args:
        database: of the connection.
        connection: of a transaction.
        merged: id of a merged movie -> id of the movie that it was merged into.
    """
    wishes = [row for row in connection.execute(select(_WISHES)).all() if _renamed(row.wish, merged) != row.wish]
    merged_ids = list(merged)
    owners = {row.person_id for row in wishes}
    for table in (_RATINGS, _CHANGES, _MARKS, _CARDS):
        owners.update(connection.execute(select(table.c.person_id).where(table.c.movie_id.in_(merged_ids))).scalars())
    for person_id in sorted(owners):
        lock_person(database, connection, person_id)
    _move_ratings(database, connection, merged)
    _move_changes(connection, merged)
    for row in connection.execute(select(_MARKS).where(_MARKS.c.movie_id.in_(merged_ids))).all():
        connection.execute(database.insert_missing(_MARKS), _with_kept(row, merged))
    connection.execute(delete(_MARKS).where(_MARKS.c.movie_id.in_(merged_ids)))
    for column in (_CARDS.c.movie_id, _CARDS.c.previous_movie_id):
        for movie_id, kept in merged.items():
            connection.execute(update(_CARDS).where(column == movie_id).values({column: kept}))
    for row in wishes:
        is_wish = (_WISHES.c.person_id == row.person_id) & (_WISHES.c.kind == row.kind)
        connection.execute(update(_WISHES).where(is_wish).values(wish=_renamed(row.wish, merged)))


def _move_ratings(database: Database, connection: Connection, merged: Mapping[int, int]) -> None:
    is_merged = _RATINGS.c.movie_id.in_(list(merged))
    is_rating = (_RATINGS.c.person_id == bindparam("of_person")) & (_RATINGS.c.movie_id == bindparam("of_movie"))
    for row in connection.execute(select(_RATINGS).where(is_merged).order_by(_RATINGS.c.rated_at)).all():
        moved = _with_kept(row, merged)
        key = {"of_person": row.person_id, "of_movie": moved["movie_id"]}
        present = connection.execute(select(_RATINGS).where(is_rating), key).first()
        if present is None or present.rated_at <= row.rated_at:
            connection.execute(database.upsert(_RATINGS), moved)
    connection.execute(delete(_RATINGS).where(is_merged))


def _move_changes(connection: Connection, merged: Mapping[int, int]) -> None:
    """Move the changes. Each change of a rating then starts with the stars that the change before it gave."""
    is_merged = _CHANGES.c.movie_id.in_(list(merged))
    of_merged = select(_CHANGES.c.person_id, _CHANGES.c.movie_id).where(is_merged).distinct()
    moved = {(person_id, merged[movie_id]) for person_id, movie_id in connection.execute(of_merged).all()}
    for movie_id, kept in merged.items():
        connection.execute(update(_CHANGES).where(_CHANGES.c.movie_id == movie_id).values(movie_id=kept))
    for person_id, movie_id in sorted(moved):
        is_of_movie = (_CHANGES.c.person_id == person_id) & (_CHANGES.c.movie_id == movie_id)
        in_effect = select(_CHANGES).where(is_of_movie, _CHANGES.c.undone_at.is_(None), _CHANGES.c.kind == "rating")
        changes = connection.execute(in_effect.order_by(_CHANGES.c.number)).all()
        for before, change in pairwise(changes):
            is_change = (_CHANGES.c.person_id == person_id) & (_CHANGES.c.number == change.number)
            is_rated = before.after_stars is not None
            connection.execute(
                update(_CHANGES)
                .where(is_change)
                .values(
                    before_stars=before.after_stars,
                    before_source=before.source if is_rated else None,
                    before_rated_at=before.changed_at if is_rated else None,
                )
            )


def _with_kept(row: Row[Any], merged: Mapping[int, int]) -> dict[str, Any]:
    """Return the values of a row, with the movie that its movie was merged into."""
    return {**row._mapping, "movie_id": merged[row.movie_id]}  # noqa: SLF001 - the public name of a row's mapping


def _renamed(wish: Mapping[str, Any], merged: Mapping[int, int]) -> dict[str, Any]:
    """Return a stored wish with merged movies replaced by the movies that remain."""
    renamed = {
        name: list(dict.fromkeys(merged.get(movie_id, movie_id) for movie_id in wish[name]))
        for name in _NAMED_IN_WISHES
        if name in wish
    }
    return {**wish, **renamed}
