"""How often something was changed that every replica keeps a copy of: whoever sees a new number looks again."""

from collections.abc import Mapping
from typing import Literal, cast

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.sql.database import Database
from storage.sql.models import RevisionRow

RevisionName = Literal["catalogue", "vectors"]
"""The movies in SQL; the active release's vectors, which everybody with an index of their own shall publish anew."""

_REVISIONS = cast(Table, RevisionRow.__table__)


class Revisions:
    """Every method raises Unavailable where the database does not answer within its deadline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Mapping[str, int]:
        """The numbers by `RevisionName`; what was never changed is left out."""
        async with self._database.reading() as connection:
            return {row.name: row.number for row in await connection.execute(select(_REVISIONS))}

    async def increment(self, name: RevisionName) -> None:
        """Count one more change."""
        async with self._database.writing() as connection:
            await increment_revision(self._database, connection, name)


async def increment_revision(database: Database, connection: AsyncConnection, name: RevisionName) -> None:
    """Count one more change, in the transaction that makes it."""
    await connection.execute(database.insert_missing(_REVISIONS), {"name": name, "number": 0})
    await connection.execute(update(_REVISIONS).where(_REVISIONS.c.name == name).values(number=_REVISIONS.c.number + 1))
