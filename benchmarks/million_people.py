"""Benchmark of many people: the database work of a thumb turn with a million people and 20 million ratings.

    python benchmarks/million_people.py [--people 1000000] [--ratings 20000000] [--url URL]

It needs PostgreSQL. It starts a server of its own in a temporary folder, or uses the server of a URL whose user may
create databases. It creates three databases: a full one, one that holds only the people who tap, with the same
histories, and an empty one, in which they have only a card. The same turns run in each in turn, so that a change of the
machine's speed meets all of them. Each rating has its change and its "shown" mark. The rows of a person are scattered,
as they are when people rate over months. The own server does not wait for the disk, because that wait is the same in
all databases and would hide a difference.

Afterwards, the benchmark asks the full database how it executes each statement of a turn.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.reporting import stage_progress
from storage.migrations import migrate
from storage.sql import CardAnswer, Cards, Changes, Database, People, Updates, Wishes
from tests.servers.sql_servers import PostgreSql

FIRST_ID, MESSAGE_ID, FIRST_UPDATE, MOVIES = 1_000_000_000, 1, 500_000_000, 3_883
BLOCK, BLOCK_TIMEOUT_S = 10_000, 1_800
ROUNDS, WARM_UP_ROUNDS = 400, 20
GOAL = 1.5
SHOWN_FOR = timedelta(days=14)

_BASE = """
INSERT INTO people (person_id, step, consent, notify, blocked, created_at)
SELECT person, 'ready', false, true, false, CAST(:now AS timestamp) FROM unnest(CAST(:people AS bigint[])) AS person;

INSERT INTO cards (person_id, message_id, movie_id, shown_at)
SELECT person, 1 + k, 1 + (person * 7919 + :seed * 104729 + k * 97 + 1942) % 3883, CAST(:now AS timestamp)
FROM unnest(CAST(:people AS bigint[])) AS person, generate_series(0, 2) AS k
"""
"""Stores a block of people with cards of the messages 1 to 3. The catalogue has as many movies as MovieLens 1M."""

_HISTORY = """
CREATE TEMPORARY TABLE history (person bigint, k bigint, movie_id bigint, at timestamp) ON COMMIT DROP;

INSERT INTO history
SELECT person, k, 1 + (person * 7919 + :seed * 104729 + k * 97) % 3883,
    CAST(:now AS timestamp) - k * interval '6 hours'
FROM unnest(CAST(:people AS bigint[])) AS person, generate_series(0, 2 * :mean - 2) AS k
WHERE k <= (person * 2654435761 + :seed) % (2 * :mean - 1);

INSERT INTO ratings (person_id, movie_id, stars, source, rated_at)
SELECT person, movie_id, 1 + (person + k) % 5, 'button', at FROM history ORDER BY k, person;

INSERT INTO marks (person_id, kind, movie_id, marked_at)
SELECT person, 'shown', movie_id, at FROM history ORDER BY k, person;

INSERT INTO changes (person_id, number, kind, movie_id, message_id, after_stars, source, changed_at)
SELECT person, CAST(extract(epoch FROM at) * 1000 AS bigint), 'rating', movie_id, 1, 1 + (person + k) % 5, 'button', at
FROM history ORDER BY k, person;

INSERT INTO wishes (person_id, kind, wish, said_at)
SELECT person, 'lasting', '{"not_genres": ["Horror"]}', CAST(:now AS timestamp)
FROM unnest(CAST(:people AS bigint[])) AS person WHERE person % 4 = 0;

INSERT INTO updates (update_id, seen_at, handled_at, owner)
SELECT person, CAST(:now AS timestamp), CAST(:now AS timestamp), 'earlier'
FROM unnest(CAST(:people AS bigint[])) AS person;

INSERT INTO effects (update_id, effect, result)
SELECT person, 'answer', '1' FROM unnest(CAST(:people AS bigint[])) AS person
"""
"""Stores the histories of a block of people. A person has 1 to 2 * mean - 1 ratings, all numbers equally often."""


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


class ThumbTurn:
    """The database work of a thumb: from the claim of the update to the confirmed next card."""

    def __init__(self, database: Database) -> None:
        self._updates, self._people, self._wishes = Updates(database), People(database), Wishes(database)
        self._cards, self._changes = Cards(database), Changes(database)

    async def run(self, person_id: int, update_id: int, stars: float) -> bool:
        """Answer the card of MESSAGE_ID with stars. Return whether the answer was stored."""
        now = datetime.now(UTC)
        await self._updates.claim(update_id, "benchmark", now, timedelta(minutes=1))
        await self._people.get(person_id)
        await self._wishes.get(person_id, "active")
        movie_id, history = await self._cards.card_and_history(person_id, MESSAGE_ID, now - SHOWN_FOR)
        if movie_id is None:
            return False
        # A thumb down reads these. The benchmark reads them at every thumb.
        await self._changes.last_answers(person_id, 60)
        candidates = range(movie_id + 1, movie_id + MOVIES)
        next_id = next(id_ for id_ in candidates if id_ not in history.stars and id_ not in history.shown)
        answer = CardAnswer(movie_id, stars, next_movie_id=next_id)
        stored = await self._cards.answer_card(person_id, MESSAGE_ID, answer, now, update_id)
        await self._cards.confirm(person_id, MESSAGE_ID, next_id)
        await self._updates.mark_handled(update_id, now)
        return stored is not None


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
        if connection.dialect.name == "postgresql":
            question = f"EXPLAIN (FORMAT JSON) {statement.text}"
            answer = connection.exec_driver_sql(question, statement.values).scalar_one()
            nodes = list(_nodes((json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]))
            scanned = {node["Relation Name"] for node in nodes if node["Node Type"] == "Seq Scan"}
            return Plan(frozenset(scanned), frozenset(node["Index Name"] for node in nodes if "Index Name" in node))
        if statement.text.startswith("INSERT"):  # MariaDB shows no plan of an INSERT of values.
            return Plan(frozenset(), frozenset())
        rows = connection.exec_driver_sql(f"EXPLAIN {statement.text}", statement.values).mappings().all()
        used = [row for row in rows if row["table"]]
        scanned = {row["table"] for row in used if row["type"] in ("ALL", "index")}
        return Plan(frozenset(scanned), frozenset(f"{row['table']}.{row['key']}" for row in used if row["key"]))

    return await database.read(plan)


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for part in node.get("Plans", ()):
        yield from _nodes(part)


async def fill(database: Database, people: Sequence[int], mean: int, seed: int, *, has_history: bool) -> None:
    """Store one block of people with a card each, and with their histories unless `has_history` is False."""
    parameters = {
        "people": list(people),
        "mean": mean,
        "seed": seed,
        "now": datetime.now(UTC).replace(tzinfo=None),
    }
    async with database.writing(BLOCK_TIMEOUT_S) as connection:
        # The rows refer to people of the same block, so that no foreign key needs a check.
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in (_BASE + ";" + _HISTORY if has_history else _BASE).split(";"):
            names = {name: value for name, value in parameters.items() if f":{name}" in statement}
            await connection.execute(text(statement), names)


async def analyze(database: Database) -> None:
    """Collect what the planner knows of the tables, as the server does by itself after a while."""
    async with database.writing(BLOCK_TIMEOUT_S) as connection:
        await connection.execute(text("ANALYZE"))


class BenchmarkServer(PostgreSql):
    """A PostgreSQL server with memory for a large database."""

    def _command(self) -> list[str]:
        settings = ("shared_buffers=1GB", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")
        sizes = ("max_wal_size=4GB", "work_mem=64MB")
        return [*super()._command(), *(word for setting in (*settings, *sizes) for word in ("-c", setting))]


@asynccontextmanager
async def server_url(url: str | None, folder: Path) -> AsyncIterator[str]:
    """Yield the URL of a database of a server, by default of a server that runs until the block ends."""
    if url is not None:
        yield url
        return
    programs = PostgreSql.find()
    if programs is None:
        raise SystemExit(f"PostgreSQL is not installed (Debian: {PostgreSql.install})")
    server = BenchmarkServer(programs, folder / "template")
    try:
        await server.start()
        yield server.url("postgres")
    finally:
        server.stop()


async def execute(url: str, statement: str) -> None:
    """Execute a statement outside of a transaction."""
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.execute(text(statement))


@asynccontextmanager
async def new_database(url: str, name: str) -> AsyncIterator[Database]:
    """Create a migrated database, and drop it when the block ends."""
    await execute(url, f"CREATE DATABASE {name}")
    try:
        created = make_url(url).set(database=name).render_as_string(hide_password=False)
        await migrate(created)
        async with Database(created, timeout_s=60) as database:
            yield database
    finally:
        await execute(url, f"DROP DATABASE {name}")


async def measure(url: str, people_count: int, rating_count: int, seed: int) -> None:
    """Fill the databases, time the turns, and print the medians and the plans."""
    mean = max(1, rating_count // people_count)
    everybody = range(FIRST_ID, FIRST_ID + people_count)
    positions = np.random.default_rng(seed).choice(people_count, ROUNDS + WARM_UP_ROUNDS, replace=False)
    tapping = [everybody[position] for position in positions.tolist()]
    async with (
        new_database(url, "reelmate_full") as full,
        new_database(url, "reelmate_few") as few,
        new_database(url, "reelmate_empty") as empty,
    ):
        started = time.perf_counter()
        with stage_progress() as show:
            for start in range(0, people_count, BLOCK):
                await fill(full, everybody[start : start + BLOCK], mean, seed, has_history=True)
                show("filling", min(1.0, (start + BLOCK) / people_count))
        filled_s = time.perf_counter() - started
        await fill(few, tapping, mean, seed, has_history=True)
        await fill(empty, tapping, mean, seed, has_history=False)
        databases = {"full": full, "only those who tap": few, "empty": empty}
        for database in databases.values():
            await analyze(database)
        size, stored = await read_size(full)
        print(f"{people_count:,} people, {stored:,} ratings, {size / 1e9:.1f} GB, filled in {filled_s:.0f} s")
        medians = await time_turns(databases, tapping)
        for name, median in medians.items():
            print(f"{name}: a thumb turn takes {median:.2f} ms of database time at the median")
        ratios = [medians["full"] / medians[name] for name in ("only those who tap", "empty")]
        print(f"full / only those who tap: {ratios[0]:.2f}; full / empty: {ratios[1]:.2f} (goal {GOAL})")
        await print_plans(full, tapping[0])


async def read_size(database: Database) -> tuple[int, int]:
    """Return the bytes of a database and its number of ratings."""
    async with database.reading(BLOCK_TIMEOUT_S) as connection:
        size = (await connection.execute(text("SELECT pg_database_size(current_database())"))).scalar_one()
        return size, (await connection.execute(text("SELECT count(*) FROM ratings"))).scalar_one()


async def time_turns(databases: dict[str, Database], tapping: Sequence[int]) -> dict[str, float]:
    """Return the median milliseconds of a turn in each database. Each person taps once in each of them."""
    turns = {name: ThumbTurn(database) for name, database in databases.items()}
    durations: dict[str, list[float]] = {name: [] for name in turns}
    names = list(turns)
    for number, person_id in enumerate(tapping):
        for name in names[number % 3 :] + names[: number % 3]:
            started = time.perf_counter()
            if not await turns[name].run(person_id, FIRST_UPDATE + number, 4.0):
                raise SystemExit(f"the turn of a person was not stored in the database {name}")
            durations[name].append((time.perf_counter() - started) * 1e3)
    return {name: statistics.median(times[WARM_UP_ROUNDS:]) for name, times in durations.items()}


async def print_plans(database: Database, person_id: int) -> None:
    """Print for each statement of a turn which indexes it uses, and the tables that it scans."""
    with recorded() as statements:
        await ThumbTurn(database).run(person_id, FIRST_UPDATE - 1, 2.0)
    for statement in statements:
        plan = await explain(database, statement)
        outcome = f"SCANS {', '.join(sorted(plan.scanned))}" if plan.scanned else "no scan"
        print(f"{outcome}; {', '.join(sorted(plan.indexes)) or 'no index'}: {' '.join(statement.text.split())[:70]}")


async def run(arguments: argparse.Namespace, folder: Path) -> None:
    """Measure on a server."""
    async with server_url(arguments.url, folder) as url:
        await measure(url, arguments.people, arguments.ratings, arguments.seed)


def main() -> None:
    """Read the options and measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--ratings", type=int, default=20_000_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--url", help="a database of a PostgreSQL server whose user is an administrator")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)  # The server may run as another user.
        asyncio.run(run(arguments, Path(folder)))


if __name__ == "__main__":
    main()
