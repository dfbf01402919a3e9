"""Usage statistics, which contain nothing about single people."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import cast

from sqlalchemy import Column, ColumnElement, Connection, FromClause, Table, case, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records import Movie, RatingSource
from storage.sql.database import Database
from storage.sql.effects import once
from storage.sql.models import (
    ChangeRow,
    DeliveryRow,
    MarkRow,
    MisunderstoodRow,
    MovieRow,
    PersonRow,
    RatingRow,
)
from storage.statistics import DailyCounts, LikedTitle, Statistics

_CHANGES = cast(Table, ChangeRow.__table__)
_DELIVERIES = cast(Table, DeliveryRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)
_MISUNDERSTOOD = cast(Table, MisunderstoodRow.__table__)
_MOVIES = cast(Table, MovieRow.__table__)
_PEOPLE = cast(Table, PersonRow.__table__)
_RATINGS = cast(Table, RatingRow.__table__)

_TIMEOUT_S = 120.0
"""Deadline of the statistics, which read whole tables."""

_ON_CARDS: tuple[RatingSource, ...] = ("button", "reply", "reaction")
_THUMB_UP, _THUMB_DOWN = 5.0, 1.0
_LIKED = 4.0

_THUMBS = (
    select(
        func.count(case((_RATINGS.c.stars >= _THUMB_UP, 1))),
        func.count(case((_RATINGS.c.stars <= _THUMB_DOWN, 1))),
    )
    .select_from(_MARKS)
    .join(_RATINGS, (_RATINGS.c.person_id == _MARKS.c.person_id) & (_RATINGS.c.movie_id == _MARKS.c.movie_id))
    .where(_MARKS.c.kind == "shown", _RATINGS.c.source.in_(_ON_CARDS))
    .where((_RATINGS.c.stars >= _THUMB_UP) | (_RATINGS.c.stars <= _THUMB_DOWN))
)
"""Selects the numbers of thumbs up and down on cards. They are counted together, because the join takes longest."""

TOP_TITLES = 5
"""The statistics name at most this many titles."""

MIN_PEOPLE = 2
"""The statistics name a title if at least this many people like it, so that they tell nothing about one person."""


class Usage:
    """Usage statistics.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def count_misunderstood(self, kind: str, now: datetime, update_id: int | None = None) -> None:
        """Count a message that was not understood. Safe to repeat for the same update.

        Args:
            kind: how the message was not understood, at most 16 characters. Never a text that somebody wrote.
            now: the current time.
            update_id: the update with the message.
        """
        day = now.astimezone(UTC).date()
        is_row = (_MISUNDERSTOOD.c.day == day) & (_MISUNDERSTOOD.c.kind == kind)

        def add(connection: Connection) -> None:
            row = {"day": day, "kind": kind, "messages": 0}
            connection.execute(self._database.insert_missing(_MISUNDERSTOOD), row)
            increment = update(_MISUNDERSTOOD).where(is_row).values(messages=_MISUNDERSTOOD.c.messages + 1)
            connection.execute(increment)

        await self._database.write(
            lambda connection: once(connection, update_id, f"misunderstood {kind}", lambda: add(connection))
        )

    async def statistics(self, days: int, now: datetime, active_days: Collection[int] = ()) -> Statistics:
        """Return the usage statistics.

        Args:
            days: number of days with separate numbers, including today.
            now: the current time. Days begin at midnight UTC.
            active_days: count the people who were active within each of these numbers of days.
        """
        today = now.astimezone(UTC).date()
        first_day = today - timedelta(days=days - 1)
        is_shown = _MARKS.c.kind == "shown"
        async with self._database.reading(_TIMEOUT_S) as connection:
            people = await _by_day(connection, _PEOPLE.c.created_at, first_day)
            ratings = await _by_day(connection, _RATINGS.c.rated_at, first_day)
            up, down = (await connection.execute(_THUMBS)).one()
            return Statistics(
                people=await _count(connection, _PEOPLE),
                active={
                    number: await _count(connection, _PEOPLE, is_active(now - timedelta(days=number)))
                    for number in active_days
                },
                reachable=await _count(connection, _PEOPLE, _PEOPLE.c.notify, ~_PEOPLE.c.blocked),
                ratings=await _count(connection, _RATINGS),
                shown=await _count(connection, _MARKS, is_shown),
                thumbs_up=up,
                thumbs_down=down,
                top_titles=await _top_titles(connection),
                misunderstood=await _misunderstood(connection, first_day),
                days=tuple(
                    DailyCounts(day, people.get(day, 0), ratings.get(day, 0))
                    for day in (first_day + timedelta(days=number) for number in range(days))
                ),
            )


def is_active(since: datetime) -> ColumnElement[bool]:
    """Return the condition that a person came, or rated or marked something, since a time.

    A movie that was marked as "shown" because of an announcement does not count as activity.
    """
    has_changed_rating = exists().where(_CHANGES.c.person_id == _PEOPLE.c.person_id, _CHANGES.c.changed_at >= since)
    is_shown_by_announcement = exists().where(
        _DELIVERIES.c.person_id == _MARKS.c.person_id,
        _DELIVERIES.c.begun_at <= _MARKS.c.marked_at,
        _DELIVERIES.c.ended_at >= _MARKS.c.marked_at,
        _MARKS.c.kind == "shown",
    )
    has_marked = exists().where(
        _MARKS.c.person_id == _PEOPLE.c.person_id, _MARKS.c.marked_at >= since, ~is_shown_by_announcement
    )
    return or_(_PEOPLE.c.created_at >= since, has_changed_rating, has_marked)


async def _count(connection: AsyncConnection, rows: FromClause, *conditions: ColumnElement[bool]) -> int:
    return (await connection.execute(select(func.count()).select_from(rows).where(*conditions))).scalar_one()


async def _by_day(connection: AsyncConnection, column: Column[datetime], first_day: date) -> dict[date, int]:
    """Count the rows of each day since `first_day`. Days without rows are left out."""
    day = func.date(column)
    since = datetime.combine(first_day, time.min, UTC)
    rows = await connection.execute(select(day, func.count()).where(column >= since).group_by(day))
    # SQLite has no date type and returns strings.
    return {value if isinstance(value, date) else date.fromisoformat(value): count for value, count in rows}


async def _top_titles(connection: AsyncConnection) -> tuple[LikedTitle, ...]:
    """Return the TOP_TITLES that most people like, of those that at least MIN_PEOPLE like, the best first."""
    likes = func.count().label("likes")
    liked = (
        select(_RATINGS.c.movie_id, likes)
        .where(_RATINGS.c.stars >= _LIKED)
        .group_by(_RATINGS.c.movie_id)
        .having(likes >= MIN_PEOPLE)
        .subquery()
    )
    query = (
        select(_MOVIES.c.movie_id, _MOVIES.c.title, _MOVIES.c.year, liked.c.likes)
        .join(liked, liked.c.movie_id == _MOVIES.c.movie_id)
        .order_by(liked.c.likes.desc(), _MOVIES.c.movie_id)
        .limit(TOP_TITLES)
    )
    rows = await connection.execute(query)
    return tuple(LikedTitle(Movie(row.movie_id, row.title, row.year).label, row.likes) for row in rows)


async def _misunderstood(connection: AsyncConnection, first_day: date) -> dict[str, int]:
    """Return kind -> the number of messages that were not understood since a day, most first."""
    total = func.sum(_MISUNDERSTOOD.c.messages).label("total")
    query = select(_MISUNDERSTOOD.c.kind, total).where(_MISUNDERSTOOD.c.day >= first_day)
    rows = await connection.execute(query.group_by(_MISUNDERSTOOD.c.kind).order_by(total.desc(), _MISUNDERSTOOD.c.kind))
    # MySQL and PostgreSQL return sums as Decimal.
    return {row.kind: int(row.total) for row in rows}
