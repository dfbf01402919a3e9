"""Schema migrations, shipped in the package: `migrate` upgrades any database to the newest revision.

A revision is one file in `versions/`. A test compares the schema that the revisions create with `storage.sql.models`.
"""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.engine import Connection

from storage.errors import Misconfigured
from storage.sql.database import Database

_TIMEOUT_S = 600.0
_LOCK = 4_732_108_541_233_507
"""A number of our own for the lock of PostgreSQL."""

_LOCKS = {
    "postgresql": f"SELECT pg_advisory_xact_lock({_LOCK})",
    "mysql": f"SELECT GET_LOCK(CONCAT('reelmate ', LEFT(SHA2(DATABASE(), 256), 32)), {_TIMEOUT_S:.0f})",
}
"""By dialect, the statement that lets one process migrate at a time. The lock ends with the transaction or the
connection. SQLite has one writer anyway."""


async def migrate(database_url: str, revision: str = "head") -> None:
    """Upgrade a database. A SQLite file that does not exist is created. Safe to repeat.

    Processes that migrate the same database at once do so one after the other. An interrupted migration is resumed.

    Args:
        database_url: as for `storage.sql.Database`.
        revision: by default the newest revision.

    Raises:
        Misconfigured: the URL cannot be used.
        Unavailable: the database does not answer.
    """
    await _run(database_url, lambda config: command.upgrade(config, revision))


async def migrate_to(database_url: str, revision: str) -> None:
    """Upgrade or downgrade a database to one of `revisions`. A downgrade deletes what later revisions have added.

    Raises:
        Misconfigured: the URL cannot be used, or a newer version of the program has migrated the database.
        Unavailable: the database does not answer.
    """
    known = revisions()

    def change(config: Config) -> None:
        connection: Connection = config.attributes["connection"]
        current = MigrationContext.configure(connection).get_current_revision()
        if current is not None and current not in known:
            raise Misconfigured(
                f"DATABASE_URL: the database has revision {current}, which this version does not know; use the version "
                "that has migrated it"
            )
        is_later = current is not None and known.index(current) > known.index(revision)
        (command.downgrade if is_later else command.upgrade)(config, revision)

    await _run(database_url, change)


def newest_revision() -> str:
    """Return the revision of the database that this version of the program needs."""
    return revisions()[-1]


def revisions() -> list[str]:
    """Return all revisions that this version of the program knows, the oldest first."""
    scripts = ScriptDirectory(str(Path(__file__).parent)).walk_revisions()
    return [script.revision for script in scripts][::-1]


async def downgrade(database_url: str, revision: str) -> None:
    """Downgrade a database to a revision; "base" removes all tables with their data."""
    await _run(database_url, lambda config: command.downgrade(config, revision))


async def _run(database_url: str, change: Callable[[Config], None]) -> None:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        if connection.dialect.name in _LOCKS:
            connection.execute(text(_LOCKS[connection.dialect.name]))
        change(config)

    async with Database(database_url) as database, database.writing(_TIMEOUT_S) as connection:
        await connection.run_sync(run)
