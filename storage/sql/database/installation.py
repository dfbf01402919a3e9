"""The name of the installation that a database belongs to."""

from sqlalchemy import select

from storage.errors import NotFound
from storage.sql.database.database import Database
from storage.sql.models import InstallationRow


async def installation_name(database: Database) -> str:
    """Return letters and digits that no other installation has. All replicas over one database have the same name.

    Raises:
        Misconfigured: the tables do not exist.
        NotFound: the row was deleted.
        Unavailable: the database does not answer within its deadline.
    """
    async with database.reading() as connection:
        name = (await connection.execute(select(InstallationRow.name))).scalar()
    if name is None:
        raise NotFound("the table installations is empty: restore its row from a backup")
    return str(name)
