"""Reading people page by page, and merging people from elsewhere in transactions."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from sqlalchemy import Connection, Table, bindparam, delete, select, text, update

from storage.sql.database import Database
from storage.sql.models import Base
from storage.sql.transfer.merging import Merge, Outcome, add, merge
from storage.sql.transfer.rows import MOVING_TABLES, PEOPLE, StoredPerson, count_rows, lock_profiles, read_people

PAGE_PEOPLE = 200
PAGE_ROWS = 10_000
"""A page has at most this many people and rows, or a single person."""

_BEFORE_ALL = -1
"""No id is lower."""

_CHANGES = Base.metadata.tables["changes"]
_UNDO = (
    update(_CHANGES)
    .where(_CHANGES.c.person_id == bindparam("of_person_id"), _CHANGES.c.number == bindparam("of_number"))
    .values(undone_at=bindparam("of_undone_at"))
)


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging people has changed, or would change.

    Attributes:
        people: the number of people by outcome.
        rows: the number of rows that were written or deleted, by name of the table.
    """

    people: Counter[Outcome] = field(default_factory=Counter)
    rows: Counter[str] = field(default_factory=Counter)


class PeopleTransfer:
    """Moves people between installations.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def pages(self, person_ids: Sequence[int] | None = None) -> AsyncIterator[list[StoredPerson]]:
        """Yield people by ascending id, in pages of at most PAGE_PEOPLE people. Each page is one snapshot.

        Args:
            person_ids: the people; None for everybody. Those who do not exist are left out.
        """
        async for ids in self._id_pages(person_ids):
            counts = await self._database.read(partial(count_rows, person_ids=ids))
            for some in _divided(ids, counts):
                page = await self._database.read(partial(_read_snapshot, person_ids=some))
                if page:
                    yield page

    async def existing(self, person_ids: Sequence[int]) -> set[int]:
        """Return those of the ids, at most PAGE_PEOPLE, whose people exist."""
        query = select(PEOPLE.c.person_id).where(PEOPLE.c.person_id.in_(person_ids))
        return await self._database.read(lambda connection: set(connection.execute(query).scalars()))

    async def merge(self, people: Sequence[StoredPerson], finished_step: str, *, is_trial: bool = False) -> Merged:
        """Merge people from elsewhere with what is here, in one transaction. Safe to repeat, and to interrupt.

        The latest statement is kept, from here or elsewhere. Changes that can be undone are added.

        Args:
            people: at most PAGE_PEOPLE, by ascending id.
            finished_step: the step of people who have finished the onboarding.
            is_trial: whether nothing is written.
        """
        existing = await self.existing([person.person_id for person in people])
        if is_trial:
            merges = await self._database.read(lambda connection: _merges(connection, people, existing, finished_step))
        else:
            merges = await self._database.write(
                lambda connection: self._merge(connection, people, existing, finished_step)
            )
        return _counted(merges)

    async def _id_pages(self, person_ids: Sequence[int] | None) -> AsyncIterator[list[int]]:
        if person_ids is not None:
            ids = sorted(set(person_ids))
            for start in range(0, len(ids), PAGE_PEOPLE):
                yield ids[start : start + PAGE_PEOPLE]
            return
        after = _BEFORE_ALL
        while page := await self._database.read(partial(_next_ids, after=after)):
            yield page
            after = page[-1]

    def _merge(
        self, connection: Connection, people: Sequence[StoredPerson], existing: set[int], finished_step: str
    ) -> list[Merge]:
        profiles = {person.person_id: person.profile for person in people}
        rows = [{"person_id": person_id, **profile} for person_id, profile in profiles.items()]
        connection.execute(self._database.insert_missing(PEOPLE), rows)
        # Somebody whom the bot has created meanwhile has another profile.
        stored = lock_profiles(connection, list(profiles))
        existing |= {person_id for person_id, profile in profiles.items() if stored[person_id] != profile}
        merges = _merges(connection, people, existing, finished_step)
        self._write(connection, merges)
        return merges

    def _write(self, connection: Connection, merges: Sequence[Merge]) -> None:
        for merged in merges:
            if merged.profile:
                is_person = PEOPLE.c.person_id == merged.person_id
                connection.execute(update(PEOPLE).where(is_person).values(merged.profile))
        undone = [
            {"of_person_id": merged.person_id, "of_number": row["number"], "of_undone_at": row["undone_at"]}
            for merged in merges
            for row in merged.undone
        ]
        if undone:
            connection.execute(_UNDO, undone)
        for table in MOVING_TABLES:
            removed, put = (
                [
                    {"person_id": merged.person_id, **row}
                    for merged in merges
                    for row in getattr(merged, which).get(table.name, ())
                ]
                for which in ("removed", "put")
            )
            if removed:
                key = [column.name for column in table.primary_key]
                connection.execute(_deletion(table), [{f"of_{name}": row[name] for name in key} for row in removed])
            if put:
                connection.execute(self._database.upsert(table), put)


def _next_ids(connection: Connection, after: int) -> list[int]:
    query = select(PEOPLE.c.person_id).where(PEOPLE.c.person_id > after).order_by(PEOPLE.c.person_id)
    return list(connection.execute(query.limit(PAGE_PEOPLE)).scalars())


def _divided(person_ids: Sequence[int], counts: Mapping[int, int]) -> Iterator[list[int]]:
    """Yield the ids in groups of at most PAGE_ROWS rows, or of a single person."""
    group: list[int] = []
    rows = 0
    for person_id in person_ids:
        if group and rows + counts[person_id] > PAGE_ROWS:
            yield group
            group, rows = [], 0
        group.append(person_id)
        rows += counts[person_id]
    if group:
        yield group


def _read_snapshot(connection: Connection, person_ids: Sequence[int]) -> list[StoredPerson]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    return read_people(connection, person_ids)


def _merges(
    connection: Connection, people: Sequence[StoredPerson], existing: set[int], finished_step: str
) -> list[Merge]:
    here = {person.person_id: person for person in read_people(connection, sorted(existing))}
    return [
        merge(here[person.person_id], person, finished_step) if person.person_id in here else add(person)
        for person in people
    ]


def _counted(merges: Sequence[Merge]) -> Merged:
    merged = Merged(Counter(one.outcome for one in merges))
    for one in merges:
        for rows in (one.put, one.removed, {"changes": one.undone} if one.undone else {}):
            merged.rows.update({name: len(of_table) for name, of_table in rows.items()})
    return merged


def _deletion(table: Table) -> Any:
    """Return the statement that deletes rows of a table by their keys, whose names begin with "of_"."""
    return delete(table).where(*(column == bindparam(f"of_{column.name}") for column in table.primary_key))
