"""Everything that is stored about people, and what of it moves to another installation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table, func, select

from storage.sql.models import Base

Row = dict[str, Any]
"""The values of all columns by name, but for `person_id`."""

PEOPLE = Base.metadata.tables["people"]
STAYING_TABLES = frozenset(["deliveries"])
"""Tables about people that do not move: the announcements that deliveries belong to are of one installation."""

MOVING_TABLES: tuple[Table, ...] = tuple(
    table
    for table in Base.metadata.sorted_tables
    if "person_id" in table.columns and table is not PEOPLE and table.name not in STAYING_TABLES
)
"""The tables about people that move, besides `people`."""

OWNED_COLUMNS = {
    table.name: tuple(column for column in table.columns if column.name != "person_id")
    for table in (PEOPLE, *MOVING_TABLES)
}
"""Name of a table -> its columns but for `person_id`."""


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """What is stored about a person, but for what stays in an installation.

    Attributes:
        person_id: Telegram user id.
        profile: the row of the table `people`.
        rows: name of a table of MOVING_TABLES -> the person's rows. Every table is a key.
    """

    person_id: int
    profile: Row
    rows: dict[str, list[Row]] = field(default_factory=lambda: {table.name: [] for table in MOVING_TABLES})


def read_people(connection: Connection, person_ids: Sequence[int]) -> list[StoredPerson]:
    """Return the people with these ids, by ascending id. Those who do not exist are left out."""
    if not person_ids:
        return []
    people = {person_id: StoredPerson(person_id, row) for person_id, row in _rows_of(connection, PEOPLE, person_ids)}
    for table in MOVING_TABLES:
        for person_id, row in _rows_of(connection, table, person_ids):
            # A person who is created between two statements has no profile yet.
            if person_id in people:
                people[person_id].rows[table.name].append(row)
    return list(people.values())


def count_rows(connection: Connection, person_ids: Sequence[int]) -> dict[int, int]:
    """Return the number of rows about each person, in all tables that move."""
    counts = dict.fromkeys(person_ids, 1)
    for table in MOVING_TABLES:
        owner = table.c.person_id
        query = select(owner, func.count()).where(owner.in_(person_ids)).group_by(owner)
        for person_id, count in connection.execute(query).all():
            counts[person_id] += count
    return counts


def lock_profiles(connection: Connection, person_ids: Sequence[int]) -> dict[int, Row]:
    """Lock people until the transaction ends, by ascending id, and return their profiles. See `lock_person`."""
    return dict(_rows_of(connection, PEOPLE, person_ids, is_locking=True))


def _rows_of(
    connection: Connection, table: Table, person_ids: Sequence[int], *, is_locking: bool = False
) -> Iterable[tuple[int, Row]]:
    """Yield the rows of people in a table with their ids, by ascending key."""
    owned = OWNED_COLUMNS[table.name]
    names = [column.name for column in owned]
    query = select(table.c.person_id, *owned).where(table.c.person_id.in_(person_ids)).order_by(*table.primary_key)
    for person_id, *values in connection.execute(query.with_for_update() if is_locking else query):
        yield person_id, dict(zip(names, values, strict=True))
