"""Revisions: counters of the changes to data that every replica keeps a copy of.

A replica that sees a new revision reloads its copy.
"""

import time
from collections.abc import Mapping
from typing import Literal, cast

from sqlalchemy import Table, case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.sql.database import Database
from storage.sql.models import RevisionRow

RevisionName = Literal["catalogue", "vectors"]
"""The counters: "catalogue" counts changes of the movies in SQL, "vectors" those of the active release's vectors.

When "vectors" has changed, every replica with its own index must publish the vectors again.
"""

_REVISIONS = cast(Table, RevisionRow.__table__)


class Revisions:
    """Change counters of the data that replicas keep copies of.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Mapping[str, int]:
        """Return the revisions by `RevisionName`. Data that never changed is left out."""
        rows = await self._database.read(lambda connection: connection.execute(select(_REVISIONS)).all())
        return {row.name: row.number for row in rows}

    async def increment(self, name: RevisionName) -> None:
        """Increment a revision."""
        async with self._database.writing() as connection:
            await increment_revision(self._database, connection, name)


async def increment_revision(database: Database, connection: AsyncConnection, name: RevisionName) -> None:
    """Increment a revision in the transaction that makes the change.

    The number contains the time. So a database that was restored from a backup gives no number again that it gave
    before, under which replicas may have copies of other data.
    """
    await connection.execute(database.insert_missing(_REVISIONS), {"name": name, "number": 0})
    now, following = time.time_ns() // 1_000_000, _REVISIONS.c.number + 1
    number = case((following > now, following), else_=now)
    await connection.execute(update(_REVISIONS).where(_REVISIONS.c.name == name).values(number=number))
