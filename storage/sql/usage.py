"""Usage statistics, which contain nothing about single people."""

from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from sqlalchemy import Column, ColumnElement, FromClause, Table, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records import DailyCounts, RatingSource, Statistics
from storage.sql.database import Database
from storage.sql.models import MarkRow, PersonRow, RatingRow

_PEOPLE = cast(Table, PersonRow.__table__)
_RATINGS = cast(Table, RatingRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)

_TIMEOUT_S = 60.0
"""Deadline of the statistics, which read whole tables."""

_ON_CARDS: tuple[RatingSource, ...] = ("button", "reply", "reaction")
_THUMB_UP = 5.0


class Usage:
    """Usage statistics.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def statistics(self, days: int, now: datetime) -> Statistics:
        """Return the usage statistics.

        Args:
            days: number of days with separate numbers, including today.
            now: the current time. Days begin at midnight UTC.
        """
        today = now.astimezone(UTC).date()
        first_day = today - timedelta(days=days - 1)
        is_shown = _MARKS.c.kind == "shown"
        same_movie = (_RATINGS.c.person_id == _MARKS.c.person_id) & (_RATINGS.c.movie_id == _MARKS.c.movie_id)
        is_up = (_RATINGS.c.stars >= _THUMB_UP) & _RATINGS.c.source.in_(_ON_CARDS)
        async with self._database.reading(_TIMEOUT_S) as connection:
            people = await _by_day(connection, _PEOPLE.c.created_at, first_day)
            ratings = await _by_day(connection, _RATINGS.c.rated_at, first_day)
            return Statistics(
                people=await _count(connection, _PEOPLE),
                reachable=await _count(connection, _PEOPLE, _PEOPLE.c.notify, ~_PEOPLE.c.blocked),
                ratings=await _count(connection, _RATINGS),
                shown=await _count(connection, _MARKS, is_shown),
                thumbs_up=await _count(connection, _MARKS.join(_RATINGS, same_movie), is_shown, is_up),
                days=tuple(
                    DailyCounts(day, people.get(day, 0), ratings.get(day, 0))
                    for day in (first_day + timedelta(days=number) for number in range(days))
                ),
            )


async def _count(connection: AsyncConnection, rows: FromClause, *conditions: ColumnElement[bool]) -> int:
    return (await connection.execute(select(func.count()).select_from(rows).where(*conditions))).scalar_one()


async def _by_day(connection: AsyncConnection, column: Column[datetime], first_day: date) -> dict[date, int]:
    """Count the rows of each day since `first_day`. Days without rows are left out."""
    day = func.date(column)
    since = datetime.combine(first_day, time.min, UTC)
    rows = await connection.execute(select(day, func.count()).where(column >= since).group_by(day))
    # SQLite has no date type and returns strings.
    return {value if isinstance(value, date) else date.fromisoformat(value): count for value, count in rows}
