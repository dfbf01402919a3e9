"""The migrations: up, down, at the same time, cut off, and equal to the models."""

import asyncio
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, inspect, text

from storage import migrations
from storage.errors import Misconfigured
from storage.migrations import downgrade, migrate, migrate_to, newest_revision
from storage.records import Movie
from storage.sql import Catalogue, Database
from storage.sql.models import Base
from tests.servers.sql_servers import OpenServer

FULL = Movie(
    movie_id=2**40,
    title="Ñandú 🎬",
    year=1995,
    genres=("Drama",),
    description="«Émile» 'x'",
    directors=("Agnès Varda",),
    actors=("A", "B"),
    poster_url="https://example.org/1.jpg",
    rating_count=2**33,
    rating_mean=4.146846413095811,
)


async def _tables(url: str) -> set[str]:
    def names(connection: Connection) -> set[str]:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}

    async with Database(url) as database, database.reading() as connection:
        return await connection.run_sync(names)


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


async def test_up_down_up(any_url: str) -> None:
    """A database can be upgraded, upgraded again, downgraded to nothing and upgraded, and stores data then."""
    for change, expected in [
        (migrate(any_url), set(Base.metadata.tables)),
        (migrate(any_url), set(Base.metadata.tables)),
        (downgrade(any_url, "base"), set()),
        (migrate(any_url), set(Base.metadata.tables)),
    ]:
        await change
        assert await _tables(any_url) == expected
    async with Database(any_url) as database:
        await Catalogue(database).replace([FULL])
        await migrate(any_url)
        assert await Catalogue(database).all() == [FULL]


async def test_every_revision_goes_down_and_up(any_url: str) -> None:
    """Each migration can be downgraded, upgraded and downgraded again, and earlier tables keep their data."""
    await migrate(any_url)
    scripts = ScriptDirectory(str(Path(migrations.__file__).parent))
    async with Database(any_url) as database:
        await Catalogue(database).replace([FULL])
        for script in scripts.walk_revisions():
            if script.down_revision is not None:
                earlier = str(script.down_revision)
                for change in (downgrade(any_url, earlier), migrate(any_url, script.revision)):
                    await change
                    async with database.reading() as connection:
                        titles = (await connection.execute(text("SELECT title FROM movies"))).scalars().all()
                    assert titles == [FULL.title]
                await downgrade(any_url, earlier)
        await migrate(any_url)
        assert await _tables(any_url) == set(Base.metadata.tables)
        assert await Catalogue(database).all() == [FULL]


async def test_migrations_match_the_models(any_database: Database) -> None:
    """The migrated schema equals that of the models."""
    async with any_database.reading() as connection:
        assert await connection.run_sync(_differences) == []


async def test_concurrent_migrations(any_url: str) -> None:
    """Replicas that migrate the same database concurrently all succeed."""
    await asyncio.gather(*(migrate(any_url) for _ in range(4)))
    async with Database(any_url) as database:
        assert await Catalogue(database).count() == 0


async def test_a_migration_that_was_cut_off_goes_on(sql_servers: OpenServer) -> None:
    """On MariaDB, which commits every change of the schema at once, any statement can be the last one."""
    url = await (await sql_servers("mariadb")).new_database()
    statements, cuts = 0, 0

    def cut_off(_: Connection, __: object, statement: str, *___: object) -> None:
        nonlocal statements
        statements += statement.split()[0] in ("CREATE", "ALTER", "DROP", "INSERT", "UPDATE")
        if statements > 7:
            raise RuntimeError("cut off")

    event.listen(Engine, "after_cursor_execute", cut_off)
    try:
        for _ in range(100):
            try:
                await migrate(url)
            except RuntimeError:
                statements, cuts = 0, cuts + 1
            else:
                break
    finally:
        event.remove(Engine, "after_cursor_execute", cut_off)
    assert cuts > 5
    assert await _tables(url) == set(Base.metadata.tables)
    async with Database(url) as database, database.reading() as connection:
        assert await connection.run_sync(_differences) == []


async def test_an_older_version_gets_its_schema_back(any_url: str) -> None:
    """What both revisions have stays, and an upgrade adds the rest again."""
    await migrate_to(any_url, newest_revision())
    async with Database(any_url) as database:
        await Catalogue(database).replace([FULL])
    await migrate_to(any_url, "0023")
    assert "installations" not in await _tables(any_url)
    await migrate_to(any_url, newest_revision())
    assert await _tables(any_url) == set(Base.metadata.tables)
    async with Database(any_url) as database:
        assert await Catalogue(database).all() == [FULL]


async def test_a_database_of_a_newer_version_is_left_alone(database_url: str) -> None:
    """This version does not know what to undo."""
    await migrate(database_url)
    async with Database(database_url) as database, database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for revision in (newest_revision(), "0023"):
        with pytest.raises(Misconfigured, match="the database has revision 9999, which this version does not know"):
            await migrate_to(database_url, revision)
