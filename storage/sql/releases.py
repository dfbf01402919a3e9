"""The trained models, and which of them is served."""

from typing import Any, cast

from sqlalchemy import Row, Table, select

from storage.errors import NotFound
from storage.records import Release
from storage.sql.database import Database
from storage.sql.models import ActiveReleaseRow, ReleaseRow

_RELEASES = cast(Table, ReleaseRow.__table__)
_ACTIVE = cast(Table, ActiveReleaseRow.__table__)


class Releases:
    """Every method raises Unavailable where the database does not answer within its deadline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, release: Release) -> None:
        """Write or overwrite a release; safe to repeat. It is not active yet."""
        values = {
            "version": release.version,
            "url": release.url,
            "created_at": release.created_at,
            "validation_ndcg": release.validation_ndcg,
        }
        async with self._database.writing() as connection:
            await connection.execute(self._database.upsert(_RELEASES), values)

    async def activate(self, version: str) -> None:
        """Make a release the one that is served, and the one before it no longer; safe to repeat.

        Raises:
            NotFound: there is no such release; the active one stays.
        """
        async with self._database.writing() as connection:
            known = await connection.execute(select(_RELEASES.c.version).where(_RELEASES.c.version == version))
            if known.first() is None:
                raise NotFound(f"there is no release {version}")
            await connection.execute(self._database.upsert(_ACTIVE), {"slot": 1, "version": version})

    async def active(self) -> Release | None:
        """The release that is served; None before the first."""
        served = select(_RELEASES).join(_ACTIVE, _ACTIVE.c.version == _RELEASES.c.version)
        async with self._database.reading() as connection:
            row = (await connection.execute(served)).first()
        return None if row is None else _release(row)

    async def all(self) -> list[Release]:
        """Every release, the oldest first."""
        ordered = select(_RELEASES).order_by(_RELEASES.c.created_at, _RELEASES.c.version)
        async with self._database.reading() as connection:
            return [_release(row) for row in await connection.execute(ordered)]


def _release(row: Row[Any]) -> Release:
    return Release(version=row.version, url=row.url, created_at=row.created_at, validation_ndcg=row.validation_ndcg)
