"""How the bot is used, in numbers that name nobody."""

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
"""It reads whole tables."""

_ON_CARDS: tuple[RatingSource, ...] = ("button", "reply", "reaction")
_THUMB_UP = 5.0


class Usage:
    """Every method raises Unavailable where the database does not answer within its deadline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def statistics(self, days: int, now: datetime) -> Statistics:
        """How the bot is used.

        Args:
            days: how many days to look at one by one, today included.
            now: the time; days begin at midnight UTC.
        """
        today = now.astimezone(UTC).date()
        first = today - timedelta(days=days - 1)
        is_shown = _MARKS.c.kind == "shown"
        same = (_RATINGS.c.person_id == _MARKS.c.person_id) & (_RATINGS.c.movie_id == _MARKS.c.movie_id)
        is_up = (_RATINGS.c.stars >= _THUMB_UP) & _RATINGS.c.source.in_(_ON_CARDS)
        async with self._database.reading(_TIMEOUT_S) as connection:
            people = await _by_day(connection, _PEOPLE.c.created_at, first)
            ratings = await _by_day(connection, _RATINGS.c.rated_at, first)
            return Statistics(
                people=await _count(connection, _PEOPLE),
                reachable=await _count(connection, _PEOPLE, _PEOPLE.c.notify, ~_PEOPLE.c.blocked),
                ratings=await _count(connection, _RATINGS),
                shown=await _count(connection, _MARKS, is_shown),
                thumbs_up=await _count(connection, _MARKS.join(_RATINGS, same), is_shown, is_up),
                days=tuple(
                    DailyCounts(day, people.get(day, 0), ratings.get(day, 0))
                    for day in (first + timedelta(days=number) for number in range(days))
                ),
            )


async def _count(connection: AsyncConnection, rows: FromClause, *which: ColumnElement[bool]) -> int:
    return (await connection.execute(select(func.count()).select_from(rows).where(*which))).scalar_one()


async def _by_day(connection: AsyncConnection, moment: Column[datetime], first: date) -> dict[date, int]:
    day = func.date(moment)
    since = datetime.combine(first, time.min, UTC)
    counted = await connection.execute(select(day, func.count()).where(moment >= since).group_by(day))
    # SQLite has no type for dates.
    return {found if isinstance(found, date) else date.fromisoformat(found): count for found, count in counted}
