"""How often something was changed that every replica keeps a copy of: whoever sees a new number looks again."""

from collections.abc import Mapping
from typing import Literal, cast

from sqlalchemy import Table, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.sql.database import Database
from storage.sql.models import StampRow

StampName = Literal["catalogue", "vectors"]
"""The movies in SQL; the active release's vectors, which everybody with an index of their own shall publish anew."""

_STAMPS = cast(Table, StampRow.__table__)


class Revisions:
    """Every method raises Unavailable where the database does not answer within its deadline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Mapping[str, int]:
        """The numbers by `StampName`; what was never changed is left out."""
        async with self._database.reading() as connection:
            return {row.name: row.number for row in await connection.execute(select(_STAMPS))}

    async def note_change(self, name: StampName) -> None:
        """Count one more change."""
        async with self._database.writing() as connection:
            await note_change(self._database, connection, name)


async def note_change(database: Database, connection: AsyncConnection, name: StampName) -> None:
    """Count one more change, in the transaction that makes it."""
    await connection.execute(database.insert_missing(_STAMPS), {"name": name, "number": 0})
    await connection.execute(update(_STAMPS).where(_STAMPS.c.name == name).values(number=_STAMPS.c.number + 1))
