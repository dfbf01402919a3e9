"""The statements that databases execute, and their plans."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from storage.sql import Database


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement that was executed, as the driver gets it, with its values."""

    text: str
    values: Any


@dataclass(frozen=True, slots=True)
class Plan:
    """How a database executes a statement.

    Attributes:
        scanned: the tables that it reads from the first to the last row.
        indexes: the indexes that it uses.
    """

    scanned: frozenset[str]
    indexes: frozenset[str]


@contextmanager
def recorded() -> Iterator[list[Statement]]:
    """Record the statements that databases execute, each text once."""
    statements: dict[str, Statement] = {}

    def record(_: Any, __: Any, statement: str, values: Any, ___: Any, is_many: bool) -> None:
        statements.setdefault(statement, Statement(statement, values[0] if is_many else values))

    found: list[Statement] = []
    event.listen(Engine, "before_cursor_execute", record)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", record)
        found.extend(statements.values())


async def explain(database: Database, statement: Statement) -> Plan:
    """Ask PostgreSQL or MariaDB how it executes a statement. It is not executed."""

    def plan(connection: Connection) -> Plan:
        if statement.text.startswith("SET"):
            return Plan(frozenset(), frozenset())
        if connection.dialect.name == "postgresql":
            question = f"EXPLAIN (FORMAT JSON) {statement.text}"
            answer = connection.exec_driver_sql(question, statement.values).scalar_one()
            nodes = list(_nodes((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]))
            scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
            return Plan(frozenset(scanned), frozenset(node["Index Name"] for node in nodes if "Index Name" in node))
        if statement.text.startswith("INSERT"):  # MariaDB shows no plan of an INSERT of values.
            return Plan(frozenset(), frozenset())
        # MySQL has another form by default. MariaDB has no word for this one.
        form = "" if getattr(connection.dialect, "is_mariadb", False) else "FORMAT=TRADITIONAL "
        rows = connection.exec_driver_sql(f"EXPLAIN {form}{statement.text}", statement.values).mappings().all()
        used = [row for row in rows if row["table"]]
        scanned = {row["table"] for row in used if row["type"] in ("ALL", "index")}
        return Plan(frozenset(scanned), frozenset(f"{row['table']}.{row['key']}" for row in used if row["key"]))

    return await database.read(plan)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", ()):
        yield from _nodes(part)
