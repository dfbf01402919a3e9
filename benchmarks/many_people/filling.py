"""Databases full of generated people, on a PostgreSQL server that is started for them.

Each rating has its change and its "shown" mark. The rows of a person are scattered, as they are when people rate over
months.
"""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from bot.reporting import stage_progress
from storage.migrations import migrate
from storage.sql import Database, People
from tests.servers.sql_servers import PostgreSql

FIRST_ID = 1_000_000_000
FULL = "reelmate_full"
BLOCK, BLOCK_TIMEOUT_S = 10_000, 1_800

_BASE = """
INSERT INTO people (person_id, step, consent, notify, blocked, created_at)
SELECT person, 'ready', person % 10 = 0, true, false, CAST(:now AS timestamp) - interval '60 days'
FROM unnest(CAST(:people AS bigint[])) AS person;

INSERT INTO cards (person_id, message_id, movie_id, shown_at)
SELECT person, 1 + k, 1 + (person * 7919 + :seed * 104729 + k * 97 + 1942) % 3883, CAST(:now AS timestamp)
FROM unnest(CAST(:people AS bigint[])) AS person, generate_series(0, 2) AS k
"""
"""Stores a block of people with cards of the messages 1 to 3. A tenth has consented to training.

The catalogue has as many movies as MovieLens 1M.
"""

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
SELECT person, 'lasting', '{"genres_none": ["Horror"]}', CAST(:now AS timestamp)
FROM unnest(CAST(:people AS bigint[])) AS person WHERE person % 4 = 0;

INSERT INTO updates (update_id, seen_at, handled_at, owner)
SELECT person, CAST(:now AS timestamp), CAST(:now AS timestamp), 'earlier'
FROM unnest(CAST(:people AS bigint[])) AS person;

INSERT INTO effects (update_id, effect, result)
SELECT person, 'answer', '1' FROM unnest(CAST(:people AS bigint[])) AS person
"""
"""Stores the histories of a block of people. A person has 1 to 2 * mean - 1 ratings, all numbers equally often."""


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


class BenchmarkServer(PostgreSql):
    """A PostgreSQL server with memory for a large database.

    It does not wait for the disk, because that wait is the same in all databases and would hide a difference.
    """

    def _command(self) -> list[str]:
        sizes = ("shared_buffers=1GB", "work_mem=64MB", "max_wal_size=4GB")
        # `prepare` does the work of autovacuum, which could run during a measurement.
        settings = (*sizes, "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off")
        return [*super()._command(), *(word for setting in settings for word in ("-c", setting))]


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
    """Create a migrated database, and drop it when the block ends. An interrupted run may have left one."""
    await execute(url, f"DROP DATABASE IF EXISTS {name}")
    await execute(url, f"CREATE DATABASE {name}")
    try:
        await migrate(url_of(url, name))
        async with Database(url_of(url, name), timeout_s=60) as database:
            yield database
    finally:
        await execute(url, f"DROP DATABASE {name}")


@asynccontextmanager
async def full_database(
    url: str, people: Sequence[int], mean: int, seed: int, *, keep: bool
) -> AsyncIterator[Database]:
    """Yield a database with the histories of people, and drop it when the block ends.

    Args:
        url: a database of the server.
        people: ids in a row.
        mean: the mean number of ratings.
        seed: of the histories.
        keep: do not drop the database, and use it if it is there.
    """
    if keep and await _has_database(url, FULL):
        async with Database(url_of(url, FULL), timeout_s=60) as database:
            if await People(database).count() != len(people):
                raise SystemExit(f"the database {FULL} has another number of people: drop it")
            yield database
        return
    await execute(url, f"CREATE DATABASE {FULL}")
    try:
        await migrate(url_of(url, FULL))
        async with Database(url_of(url, FULL), timeout_s=60) as database:
            started = time.perf_counter()
            with stage_progress() as show:
                for start in range(0, len(people), BLOCK):
                    await fill(database, people[start : start + BLOCK], mean, seed, has_history=True)
                    show("filling", min(1.0, (start + BLOCK) / len(people)))
            print(f"filled in {time.perf_counter() - started:.0f} s")
            await prepare(url, FULL)
            yield database
    finally:
        if not keep:
            await execute(url, f"DROP DATABASE {FULL}")


async def prepare(url: str, name: str) -> None:
    """Do what the server does by itself after a while: mark what all transactions see, and collect statistics."""
    await execute(url_of(url, name), "VACUUM ANALYZE")


def url_of(url: str, name: str) -> str:
    """Return the URL of another database of a server."""
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def read_size(database: Database) -> tuple[int, int]:
    """Return the bytes of a database and its number of ratings."""
    async with database.reading(BLOCK_TIMEOUT_S) as connection:
        size = (await connection.execute(text("SELECT pg_database_size(current_database())"))).scalar_one()
        return size, (await connection.execute(text("SELECT count(*) FROM ratings"))).scalar_one()


async def _has_database(url: str, name: str) -> bool:
    async with Database(url) as database, database.reading() as connection:
        query = text("SELECT count(*) FROM pg_database WHERE datname = :name")
        return bool((await connection.execute(query, {"name": name})).scalar_one())
