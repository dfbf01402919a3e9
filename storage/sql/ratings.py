"""Ratings. `storage.sql.changes` keeps their changes."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import BindParameter, Connection, Row, Select, Table, bindparam, delete, func, select

from storage.changes import RatingChange
from storage.records import Rating, RatingSource
from storage.sql.changes import add_change, mark_undone, put_rating, restore_rating
from storage.sql.database import Database
from storage.sql.effects import once
from storage.sql.models import ChangeRow, MarkRow, PersonRow, RatingRow
from storage.sql.people import lock_person, person_not_found

_PEOPLE = cast(Table, PersonRow.__table__)
_RATINGS = cast(Table, RatingRow.__table__)
_CHANGES = cast(Table, ChangeRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)

_PERSON_ID: BindParameter[int] = bindparam("person_id")
_MOVIE_ID: BindParameter[int] = bindparam("movie_id")
_IS_RATING = (_RATINGS.c.person_id == _PERSON_ID) & (_RATINGS.c.movie_id == _MOVIE_ID)
_IS_UNSEEN = (_MARKS.c.person_id == _PERSON_ID) & (_MARKS.c.kind == "unseen") & (_MARKS.c.movie_id == _MOVIE_ID)

# Built once, because they run for every thumb.
_DELETE_UNSEEN = delete(_MARKS).where(_IS_UNSEEN)
_STATE = (
    select(
        _RATINGS.c.stars,
        _RATINGS.c.source,
        _RATINGS.c.rated_at,
        select(_MARKS.c.marked_at).where(_IS_UNSEEN).scalar_subquery().label("unseen_at"),
        select(func.coalesce(func.max(_CHANGES.c.number), 0))
        .where(_CHANGES.c.person_id == _PERSON_ID)
        .scalar_subquery()
        .label("last_change"),
        _PEOPLE.c.open_question.is_not(None).label("has_question"),
    )
    .select_from(_PEOPLE.outerjoin(_RATINGS, _IS_RATING))
    .where(_PEOPLE.c.person_id == _PERSON_ID)
)
"""Selects the rating (or NULLs), the "unseen" mark, the last number of a change, and whether a question is open.

There is no row if the person does not exist.
"""

_LATEST_OF_MOVIE = (
    select(_CHANGES)
    .where(_CHANGES.c.person_id == _PERSON_ID, _CHANGES.c.kind == "rating", _CHANGES.c.movie_id == _MOVIE_ID)
    .where(_CHANGES.c.undone_at.is_(None))
    .order_by(_CHANGES.c.number.desc())
    .limit(1)
)


class Ratings:
    """The ratings of people.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def rate(
        self,
        person_id: int,
        movie_id: int,
        stars: float | None,
        source: RatingSource,
        now: datetime,
        update_id: int | None = None,
        position: int = 0,
    ) -> RatingChange:
        """Set a rating, or remove it with None. Safe to repeat.

        Setting the current stars again changes neither the source nor the time of the rating, and adds nothing to the
        history. A rating removes the "unseen" mark of the movie.

        Args:
            person_id: Telegram user id.
            movie_id: the movie.
            stars: 1..5, or None to remove the rating.
            source: how the rating was given.
            now: the current time.
            update_id: the update that rates the movie. If it has rated the movie before, nothing changes.
            position: position of the movie among those that the update rates.

        Raises:
            NotFound: the person does not exist. Nothing has changed.
            Conflict: the stars are out of range. Nothing has changed.
        """

        def rate(connection: Connection) -> RatingChange:
            lock_person(self._database, connection, person_id)
            return rate_once(self._database, connection, person_id, movie_id, stars, source, now, update_id, position)

        return await self._database.write(rate)

    async def take_back(
        self, person_id: int, movie_id: int, source: RatingSource, now: datetime, update_id: int | None = None
    ) -> RatingChange | None:
        """Undo the latest changes of a movie's rating that were all made in one way, for example by reactions.

        Args:
            person_id: Telegram user id.
            movie_id: the movie.
            source: how the changes were made. A later change that was made in another way keeps them all.
            now: the current time.
            update_id: the update that takes them back. If it has done so before, the result is the same.

        Returns:
            The effect on the rating; None if the latest change was made in another way.
        """
        key = {"person_id": person_id, "movie_id": movie_id}

        def take_back(connection: Connection) -> RatingChange | None:
            lock_person(self._database, connection, person_id)
            effect = once(connection, update_id, "take back", lambda: undo_changes(connection))
            return None if effect is None else RatingChange(movie_id, *effect)

        def undo_changes(connection: Connection) -> tuple[float | None, float | None] | None:
            changes: list[Row[Any]] = []
            while (change := connection.execute(_LATEST_OF_MOVIE, key).first()) and change.source == source:
                restore_rating(self._database, connection, change)
                mark_undone(connection, change, now)
                changes.append(change)
            return (changes[0].after_stars, changes[-1].before_stars) if changes else None

        return await self._database.write(take_back)

    async def of(self, person_id: int) -> dict[int, Rating]:
        """Return all ratings of a person by movie id, the oldest first."""
        query = _ratings_of(person_id).order_by(_RATINGS.c.rated_at, _RATINGS.c.movie_id)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return {row.movie_id: _rating(row) for row in rows}

    async def page(self, person_id: int, offset: int, limit: int) -> list[Rating]:
        """Return at most `limit` ratings of a person after the first `offset`, the newest first."""
        newest_first = _ratings_of(person_id).order_by(_RATINGS.c.rated_at.desc(), _RATINGS.c.movie_id.desc())
        query = newest_first.offset(offset).limit(limit)
        return [_rating(row) for row in await self._database.read(lambda connection: connection.execute(query).all())]

    async def count(self, person_id: int) -> int:
        """Return how many movies a person has rated."""
        query = select(func.count()).select_from(_RATINGS).where(_RATINGS.c.person_id == person_id)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())


def rate_once(
    database: Database,
    connection: Connection,
    person_id: int,
    movie_id: int,
    stars: float | None,
    source: RatingSource,
    now: datetime,
    update_id: int | None,
    position: int = 0,
    message_id: int | None = None,
) -> RatingChange:
    """Perform `Ratings.rate` within a transaction that has locked the person.

    The rating answers the card of `message_id`, if there is one.
    """

    def set_stars() -> tuple[float | None, float | None, int | None]:
        change = set_rating(database, connection, person_id, movie_id, stars, source, now, message_id=message_id)
        return change.before, change.after, change.number

    return RatingChange(movie_id, *once(connection, update_id, f"rate {position}", set_stars))


def set_rating(
    database: Database,
    connection: Connection,
    person_id: int,
    movie_id: int,
    stars: float | None,
    source: RatingSource,
    now: datetime,
    *,
    message_id: int | None = None,
    is_answer: bool = False,
) -> RatingChange:
    """Set a rating, or remove it with None, within a transaction that has locked the person.

    Args:
        database: of the connection.
        connection: of the transaction.
        person_id: Telegram user id.
        movie_id: the movie.
        stars: as in `Ratings.rate`.
        source: how the rating was given.
        now: the current time.
        message_id: the card on which the rating was given; None for no card.
        is_answer: whether a change is stored even if the stars are the same, because the card goes on to another movie.
    """
    key = {"person_id": person_id, "movie_id": movie_id}
    state = connection.execute(_STATE, key).first()
    if state is None:
        raise person_not_found()
    unseen_at = None if stars is None else state.unseen_at
    if unseen_at is not None:
        connection.execute(_DELETE_UNSEEN, key)
    if stars != state.stars:
        put_rating(database, connection, key, stars, source, now)
    elif not is_answer:
        return RatingChange(movie_id, before=state.stars, after=stars)
    number = add_change(
        connection,
        person_id,
        "rating",
        now,
        state.last_change,
        has_question=state.has_question,
        movie_id=movie_id,
        message_id=message_id,
        before_stars=state.stars,
        before_source=state.source,
        before_rated_at=state.rated_at,
        after_stars=stars,
        source=source,
        unseen_at=unseen_at,
    )
    return RatingChange(movie_id, state.stars, stars, number)


def _ratings_of(person_id: int) -> Select[Any]:
    return select(_RATINGS).where(_RATINGS.c.person_id == person_id)


def _rating(row: Row[Any]) -> Rating:
    return Rating(movie_id=row.movie_id, stars=row.stars, source=row.source, rated_at=row.rated_at)
