"""The people who talk to the bot, and all that is kept of them."""

from datetime import datetime
from typing import Any, TypedDict, Unpack, cast

from sqlalchemy import Connection, Row, Table, bindparam, delete, func, null, or_, select, union_all, update

from storage.errors import NotFound
from storage.records import Gender, History, Person
from storage.sql.database import Database
from storage.sql.models import Base, MarkRow, PersonRow, RatingRow

_PEOPLE = cast(Table, PersonRow.__table__)
_ABOUT_PEOPLE = [table for table in Base.metadata.sorted_tables if "person_id" in table.columns]
"""Every table that holds something of a person; `people`, which the others refer to, is the first."""

_RATINGS = cast(Table, RatingRow.__table__)
_MARKS = cast(Table, MarkRow.__table__)

_PERSON = select(_PEOPLE).where(_PEOPLE.c.person_id == bindparam("person_id"))
_HISTORY = union_all(
    select(
        _RATINGS.c.person_id,
        null().label("kind"),
        _RATINGS.c.movie_id,
        _RATINGS.c.stars,
        _RATINGS.c.rated_at.label("at"),
    ).where(_RATINGS.c.person_id == bindparam("person_id")),
    select(_MARKS.c.person_id, _MARKS.c.kind, _MARKS.c.movie_id, null(), _MARKS.c.marked_at).where(
        _MARKS.c.person_id == bindparam("person_id"),
        or_(
            _MARKS.c.kind.in_(("unseen", "seen")),
            (_MARKS.c.kind == "shown") & (_MARKS.c.marked_at > bindparam("shown_since")),
        ),
    ),
).subquery()
_SAID = (
    select(
        _PEOPLE.c.gender,
        _PEOPLE.c.age,
        _PEOPLE.c.occupation,
        _HISTORY.c.kind,
        _HISTORY.c.movie_id,
        _HISTORY.c.stars,
    )
    .select_from(_PEOPLE.outerjoin(_HISTORY, _HISTORY.c.person_id == _PEOPLE.c.person_id))
    .where(_PEOPLE.c.person_id == bindparam("person_id"))
    .order_by(_HISTORY.c.at, _HISTORY.c.movie_id)
)
"""A row for each rating (kind NULL) and mark of a person; one without a movie where there are none."""

_LOCK = select(_PEOPLE.c.person_id).where(_PEOPLE.c.person_id == bindparam("person_id")).with_for_update()


class Demographics(TypedDict, total=False):
    """What a person may tell of themselves; None: rather not say. What is left out stays as it is."""

    gender: Gender | None
    age: int | None
    occupation: int | None


class PersonSettings(Demographics, total=False):
    """All of a person that `People.set` changes; what is left out stays as it is."""

    consent: bool
    notify: bool
    blocked: bool


class People:
    """The people, known by Telegram's own user id.

    Every method raises Unavailable where the database does not answer within its deadline, and Conflict for a value out
    of its range.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, person_id: int) -> Person | None:
        """The person; None where they are not known."""
        row = await self._database.read(
            lambda connection: connection.execute(_PERSON, {"person_id": person_id}).first()
        )
        return None if row is None else _person(row)

    async def history(self, person_id: int, shown_since: datetime) -> History:
        """What recommendations are made of, in one read; of somebody who is not known, nothing.

        Args:
            person_id: whose.
            shown_since: what they were shown before is left out.
        """
        return await self._database.read(lambda connection: read_history(connection, person_id, shown_since))

    async def get_or_create(self, person_id: int, step: str, now: datetime) -> Person:
        """The person, made new at this step where they are not known: nothing told, no consent, no news."""
        known = await self.get(person_id)
        if known is not None:
            return known
        new = {
            "person_id": person_id,
            "step": step,
            "consent": False,
            "notify": False,
            "blocked": False,
            "created_at": now,
        }

        def add(connection: Connection) -> Person:
            connection.execute(self._database.insert_missing(_PEOPLE), new)
            return _person(connection.execute(_PERSON, {"person_id": person_id}).one())

        return await self._database.write(add)

    async def move(self, person_id: int, from_step: str, to_step: str, **demographics: Unpack[Demographics]) -> bool:
        """Go from one step to another, and keep what was answered on the way.

        Returns:
            False where the person is not at `from_step` any more, or not known; then nothing has changed. Of several
            who make the same move at the same time, one gets True.
        """
        is_there = (_PEOPLE.c.person_id == person_id) & (_PEOPLE.c.step == from_step)
        moved = update(_PEOPLE).where(is_there).values(step=to_step, **demographics)
        return await self._database.write(lambda connection: connection.execute(moved).rowcount == 1)

    async def update(self, person_id: int, **settings: Unpack[PersonSettings]) -> None:
        """Change some of what is kept of a person; nothing happens where they are not known. Safe to repeat."""
        if settings:
            changed = update(_PEOPLE).where(_PEOPLE.c.person_id == person_id).values(**settings)
            await self._database.write(lambda connection: connection.execute(changed))

    async def forget(self, person_id: int) -> None:
        """Delete all that is kept of a person, in one transaction; safe to repeat."""

        def delete_all(connection: Connection) -> None:
            lock_person(self._database, connection, person_id)
            for table in reversed(_ABOUT_PEOPLE):
                connection.execute(delete(table).where(table.c.person_id == person_id))

        await self._database.write(delete_all)
        await self._database.scrub()

    async def export(self, person_id: int) -> dict[str, Any]:
        """All that is kept of a person, of one moment and ready for JSON: what `forget` would delete.

        Returns:
            "profile": their fields; "ratings", "rating_changes" (oldest first; those taken back have `undone_at`),
            "marks", "cards" and "deliveries" of announcements: a list of rows each. Times are ISO 8601, UTC.

        Raises:
            NotFound: they are not known.
        """
        kept = await self._database.write(lambda connection: self._kept(connection, person_id))
        profiles = kept.pop(_PEOPLE.name)
        if not profiles:
            raise person_not_found()
        return {"profile": {"person_id": person_id, **profiles[0]}, **kept}

    async def count(self) -> int:
        """How many people there are."""
        counted = select(func.count()).select_from(_PEOPLE)
        return await self._database.read(lambda connection: connection.execute(counted).scalar_one())

    def _kept(self, connection: Connection, person_id: int) -> dict[str, list[dict[str, Any]]]:
        lock_person(self._database, connection, person_id)
        kept: dict[str, list[dict[str, Any]]] = {}
        for table in _ABOUT_PEOPLE:
            columns = [column for column in table.columns if column.name != "person_id"]
            of_person = select(*columns).where(table.c.person_id == person_id).order_by(*table.primary_key)
            kept[table.name] = [
                {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
                for row in connection.execute(of_person).mappings()
            ]
        return kept


def read_history(connection: Connection, person_id: int, shown_since: datetime) -> History:
    """`People.said`, for whoever reads something else too."""
    rows = connection.execute(_SAID, {"person_id": person_id, "shown_since": shown_since}).all()
    if not rows:
        return History()
    stars: dict[int, float] = {}
    marked: dict[str, list[int]] = {"unseen": [], "seen": [], "shown": []}
    for _, _, _, kind, movie_id, given in rows:
        if kind is not None:
            marked[kind].append(movie_id)
        elif movie_id is not None:
            stars[movie_id] = given
    gender, age, occupation, *_ = rows[0]
    return History(gender, age, occupation, stars, **{kind: frozenset(ids) for kind, ids in marked.items()})


def lock_person(database: Database, connection: Connection, person_id: int) -> None:
    """Until this transaction ends, let no other one that locks the same person go on.

    So what is read stays true until it is acted on, and two who write the same rows in another order, or write while
    the person is being forgotten, wait for each other instead of ending in a deadlock.
    """
    if not database.writes_serially:
        connection.execute(_LOCK, {"person_id": person_id})


def person_not_found() -> NotFound:
    """The error of whatever needs a person who is there; without the id, for it may be that of somebody forgotten."""
    return NotFound("this person is not known")


def _person(row: Row[Any]) -> Person:
    return Person(
        person_id=row.person_id,
        step=row.step,
        gender=row.gender,
        age=row.age,
        occupation=row.occupation,
        consent=row.consent,
        notify=row.notify,
        blocked=row.blocked,
        created_at=row.created_at,
    )
