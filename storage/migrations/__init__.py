"""Schema migrations, shipped in the package: `migrate` upgrades any database to the newest revision.

A revision is one file in `versions/`. A test compares the schema that the revisions create with `storage.sql.models`.
"""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.engine import Connection

from storage.sql.database import Database

_TIMEOUT_S = 600.0


async def migrate(database_url: str) -> None:
    """Upgrade a database to the newest revision. A SQLite file that does not exist is created. Safe to repeat.

    Args:
        database_url: as for `storage.sql.Database`.

    Raises:
        Misconfigured: the URL cannot be used.
        Unavailable: the database does not answer.
    """
    await _run(database_url, lambda config: command.upgrade(config, "head"))


async def downgrade(database_url: str, revision: str) -> None:
    """Downgrade a database to a revision; "base" removes all tables with their data."""
    await _run(database_url, lambda config: command.downgrade(config, revision))


async def _run(database_url: str, change: Callable[[Config], None]) -> None:
    def run(connection: Connection) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
        config.set_main_option("path_separator", "os")
        config.attributes["connection"] = connection
        change(config)

    async with Database(database_url) as database, database.writing(_TIMEOUT_S) as connection:
        await connection.run_sync(run)
