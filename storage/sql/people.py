"""The people who use the bot: profile, settings, export and deletion of their data."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict, Unpack, cast

from sqlalchemy import Connection, Row, Table, bindparam, delete, func, select, update

from storage.errors import NotFound
from storage.records import Gender, History, Person, Popularity
from storage.sql.database import Database
from storage.sql.effects import Effect, once, read_effect
from storage.sql.history import read_histories, read_history
from storage.sql.models import Base, PersonRow

_PEOPLE = cast(Table, PersonRow.__table__)
_PERSONAL_TABLES = [table for table in Base.metadata.sorted_tables if "person_id" in table.columns]
"""All tables with data about people. The first is `people`, which the others reference."""


_PERSON = select(_PEOPLE).where(_PEOPLE.c.person_id == bindparam("person_id"))
_CLOSE_QUESTION = (
    update(_PEOPLE)
    .where(_PEOPLE.c.person_id == bindparam("of_person"), _PEOPLE.c.open_question.is_not(None))
    .values(open_question=None)
)

_LOCK = select(_PEOPLE.c.person_id).where(_PEOPLE.c.person_id == bindparam("person_id")).with_for_update()


class Demographics(TypedDict, total=False):
    """Demographics to store. None means that the person did not want to say; omitted keys do not change."""

    gender: Gender | None
    age: int | None
    occupation: int | None


class PersonSettings(Demographics, total=False):
    """The fields that `People.update` can change. Omitted keys do not change."""

    consent: bool
    notify: bool
    blocked: bool
    popularity: Popularity
    country: str | None
    services: list[str]
    only_services: bool
    open_question: str | None


class People:
    """The people, identified by their Telegram user id.

    Every method raises Unavailable if the database does not answer within its deadline, and Conflict if a value is out
    of range.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def get(self, person_id: int) -> Person | None:
        """Return a person; None if they do not exist."""
        row = await self._database.read(
            lambda connection: connection.execute(_PERSON, {"person_id": person_id}).first()
        )
        return None if row is None else _person(row)

    async def history(self, person_id: int, shown_since: datetime) -> History:
        """Return the input of a person's recommendations, in one read. It is empty if the person does not exist.

        Args:
            person_id: Telegram user id.
            shown_since: movies that were shown before this time are left out.
        """
        return await self._database.read(lambda connection: read_history(connection, person_id, shown_since))

    async def histories(self, person_ids: Sequence[int], shown_since: datetime) -> dict[int, History]:
        """Return `history` of each of some hundred people by their id, without people who do not exist."""
        return await self._database.read(lambda connection: read_histories(connection, person_ids, shown_since))

    async def get_or_create(self, person_id: int, step: str, now: datetime) -> Person:
        """Return a person, created at this step if they do not exist.

        A new person has no demographics, no consent and no notifications.
        """
        person = await self.get(person_id)
        if person is not None:
            return person
        values = {
            "person_id": person_id,
            "step": step,
            "consent": False,
            "notify": False,
            "blocked": False,
            "created_at": now,
        }

        def create(connection: Connection) -> Person:
            connection.execute(self._database.insert_missing(_PEOPLE), values)
            return _person(connection.execute(_PERSON, {"person_id": person_id}).one())

        return await self._database.write(create)

    async def move(
        self,
        person_id: int,
        from_step: str,
        to_step: str,
        update_id: int | None = None,
        **demographics: Unpack[Demographics],
    ) -> bool:
        """Move a person from one step to another, and store the demographics that they answered.

        An open question is closed.

        Returns:
            False if the person is no longer at `from_step` or does not exist. Nothing has changed then. If the same
            move is made several times concurrently, one call returns True. If the update has made the move before, the
            result is the same and nothing changes.
        """
        is_at_step = (_PEOPLE.c.person_id == person_id) & (_PEOPLE.c.step == from_step)
        statement = update(_PEOPLE).where(is_at_step).values(step=to_step, open_question=None, **demographics)

        def move(connection: Connection) -> bool:
            lock_person(self._database, connection, person_id)
            return bool(once(connection, update_id, "move", lambda: connection.execute(statement).rowcount == 1))

        return await self._database.write(move)

    async def was_moved_by(self, update_id: int | None) -> bool:
        """Return whether an update has moved a person."""
        return await read_effect(self._database, update_id, "move") == Effect(True)

    async def update(self, person_id: int, update_id: int | None = None, **settings: Unpack[PersonSettings]) -> None:
        """Update fields of a person. Safe to repeat.

        A person who does not exist is ignored, and so is an update that has changed the person before.
        """
        if settings:
            statement = update(_PEOPLE).where(_PEOPLE.c.person_id == person_id).values(**settings)

            def change(connection: Connection) -> None:
                connection.execute(statement)

            await self._database.write(
                lambda connection: once(connection, update_id, "person", lambda: change(connection))
            )

    async def forget(self, person_id: int, update_id: int | None = None) -> None:
        """Delete all data of a person, in one transaction. Safe to repeat.

        An update that has deleted the data before deletes nothing: the person may have come back since.
        """

        def forget(connection: Connection) -> None:
            lock_person(self._database, connection, person_id)
            once(connection, update_id, "forget", lambda: delete_all(connection))

        def delete_all(connection: Connection) -> None:
            for table in reversed(_PERSONAL_TABLES):
                connection.execute(delete(table).where(table.c.person_id == person_id))

        await self._database.write(forget)
        await self._database.scrub()

    async def export(self, person_id: int) -> dict[str, Any]:
        """Return all data of a person as one consistent, JSON-serialisable snapshot: the data that `forget` deletes.

        Returns:
            "profile" is a mapping of the person's fields. "ratings", "changes" (the oldest first; undone changes have
            `undone_at`), "marks", "cards", "deliveries" (of announcements) and "wishes" are lists of rows. Times
            are ISO 8601, UTC.

        Raises:
            NotFound: the person does not exist.
        """
        tables = await self._database.write(lambda connection: self._read_all(connection, person_id))
        profiles = tables.pop(_PEOPLE.name)
        if not profiles:
            raise person_not_found()
        return {"profile": {"person_id": person_id, **profiles[0]}, **tables}

    async def count(self) -> int:
        """Return the number of people."""
        query = select(func.count()).select_from(_PEOPLE)
        return await self._database.read(lambda connection: connection.execute(query).scalar_one())

    def _read_all(self, connection: Connection, person_id: int) -> dict[str, list[dict[str, Any]]]:
        lock_person(self._database, connection, person_id)
        tables: dict[str, list[dict[str, Any]]] = {}
        for table in _PERSONAL_TABLES:
            columns = [column for column in table.columns if column.name != "person_id"]
            query = select(*columns).where(table.c.person_id == person_id).order_by(*table.primary_key)
            tables[table.name] = [
                {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
                for row in connection.execute(query).mappings()
            ]
        return tables


def lock_person(database: Database, connection: Connection, person_id: int) -> None:
    """Lock a person's row until the transaction ends.

    The lock keeps data that was read in the transaction valid until it is written. It also prevents deadlocks between
    transactions that write the same rows in different orders, or that write while the person is being deleted.
    """
    if not database.writes_serially:
        connection.execute(_LOCK, {"person_id": person_id})


def close_question(connection: Connection, person_id: int) -> None:
    """Store that no question waits for an answer of a person."""
    connection.execute(_CLOSE_QUESTION, {"of_person": person_id})


def person_not_found() -> NotFound:
    """Return the error for a person who does not exist.

    The message omits the id, because the person may have been deleted.
    """
    return NotFound("this person does not exist")


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
        popularity=Popularity(row.popularity),
        country=row.country,
        services=tuple(row.services or ()),
        only_services=row.only_services,
        open_question=row.open_question,
    )
