"""The rows of all tables as JSON lines, for a backup: written from one snapshot, and loaded into empty tables."""

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Date, LargeBinary, Table, func, insert, select, text
from sqlalchemy.types import TypeEngine

from storage.errors import Conflict
from storage.sql.database.database import Database
from storage.sql.models import Base
from storage.sql.models.base import UtcDateTime

_ROWS_PER_STATEMENT = 500
_OWN_TABLES = ("installations",)
"""Tables whose rows belong to the database, and not to its contents."""

WriteLine = Callable[[str, str], None]
"""Takes the name of a table and a line."""


def backed_up_tables() -> list[Table]:
    """Return the tables of a backup, each after those that it refers to."""
    return [table for table in Base.metadata.sorted_tables if table.name not in _OWN_TABLES]


async def dump_rows(database: Database, write_line: WriteLine) -> int:
    """Write every row as a line of JSON, all from one snapshot, and return their number.

    Raises:
        Unavailable: the database did not answer within its deadline.
    """
    return await database.read(partial(_dump, write_line=write_line))


async def load_rows(database: Database, lines_of: Callable[[str], Iterable[str]]) -> int:
    """Insert rows in one transaction, and return their number.

    Args:
        database: migrated, with empty tables.
        lines_of: returns the lines of a table that `dump_rows` has written.

    Raises:
        Conflict: a table is not empty, or a row does not fit.
        Unavailable: the database did not answer within its deadline.
    """
    return await database.write(partial(_load, lines_of=lines_of))


def _dump(connection: Connection, write_line: WriteLine) -> int:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
    count = 0
    for table in backed_up_tables():
        rows = connection.execution_options(yield_per=_ROWS_PER_STATEMENT).execute(
            select(table).order_by(*table.primary_key)
        )
        for row in rows.mappings():
            values = {column.name: _written(row[column.name]) for column in table.columns}
            write_line(table.name, json.dumps(values, ensure_ascii=False))
            count += 1
    return count


def _load(connection: Connection, lines_of: Callable[[str], Iterable[str]]) -> int:
    count = 0
    for table in backed_up_tables():
        if connection.execute(select(func.count()).select_from(table)).scalar_one():
            raise Conflict(f"the table {table.name} is not empty: restore into a new database")
        for rows in _chunks(lines_of(table.name)):
            connection.execute(insert(table), [_row(table, values) for values in rows])
            count += len(rows)
        column = table.autoincrement_column
        if connection.dialect.name == "postgresql" and column is not None:
            # PostgreSQL does not notice ids that were given, and would give them again.
            highest = select(func.max(column)).scalar_subquery()
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            connection.execute(select(func.setval(sequence, func.coalesce(highest, 1), highest.is_not(None))))
    return count


def _chunks(lines: Iterable[str]) -> Iterator[list[dict[str, Any]]]:
    parsed = map(json.loads, lines)
    while chunk := list(islice(parsed, _ROWS_PER_STATEMENT)):
        yield chunk


def _written(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return b64encode(value).decode() if isinstance(value, bytes) else value


def _row(table: Table, values: dict[str, Any]) -> dict[str, Any]:
    return {column.name: _read(column.type, values[column.name]) for column in table.columns}


def _read(kind: TypeEngine[Any], value: Any) -> Any:
    if value is None:
        return None
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, Date):
        return date.fromisoformat(value)
    return b64decode(value) if isinstance(kind, LargeBinary) else value
