"""The trained models, which of them is served, and which were before."""

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Row, Table, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.errors import NotFound
from storage.records import Release
from storage.sql.database import Database
from storage.sql.models import ActivationRow, ReleaseRow

_RELEASES = cast(Table, ReleaseRow.__table__)
_ACTIVATIONS = cast(Table, ActivationRow.__table__)

_STANDING = _ACTIVATIONS.c.withdrawn_at.is_(None)
_NEWEST = (
    select(_RELEASES, _ACTIVATIONS.c.number)
    .join(_ACTIVATIONS, _ACTIVATIONS.c.version == _RELEASES.c.version)
    .where(_ACTIVATIONS.c.number == select(func.max(_ACTIVATIONS.c.number)).where(_STANDING).scalar_subquery())
)


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
        """Make a release the one that is served, and the one before it the previous; safe to repeat.

        Raises:
            NotFound: there is no such release; the active one stays.
        """
        async with self._database.writing() as connection:
            known = await connection.execute(select(_RELEASES.c.version).where(_RELEASES.c.version == version))
            if known.first() is None:
                raise NotFound(f"there is no release {version}")
            active = (await connection.execute(_NEWEST)).first()
            if active is None or active.version != version:
                values = {"version": version, "activated_at": datetime.now(UTC)}
                await connection.execute(insert(_ACTIVATIONS), values)

    async def withdraw(self, version: str) -> None:
        """Go back from a release to the one that was active before; safe to repeat, as only the active one is left.

        Raises:
            NotFound: none was active before; this one stays.
        """
        async with self._database.writing() as connection:
            active = (await connection.execute(_NEWEST)).first()
            if active is None or active.version != version:
                return
            previous = await _before(connection, version)
            if previous is None:
                raise NotFound(f"no release was active before {version}")
            since = await connection.execute(
                select(func.max(_ACTIVATIONS.c.number)).where(_STANDING, _ACTIVATIONS.c.version == previous.version)
            )
            left = update(_ACTIVATIONS).where(_STANDING, _ACTIVATIONS.c.number > since.scalar_one())
            await connection.execute(left.values(withdrawn_at=datetime.now(UTC)))

    async def active(self) -> Release | None:
        """The release that is served; None before the first."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_NEWEST)).first()
        return None if row is None else _release(row)

    async def previous(self) -> Release | None:
        """The release to which `withdraw` of the active one goes back; None where there is none."""
        async with self._database.reading() as connection:
            active = (await connection.execute(_NEWEST)).first()
            return None if active is None else await _before(connection, active.version)

    async def all(self) -> list[Release]:
        """Every release, the oldest first."""
        ordered = select(_RELEASES).order_by(_RELEASES.c.created_at, _RELEASES.c.version)
        async with self._database.reading() as connection:
            return [_release(row) for row in await connection.execute(ordered)]

    async def ever_active(self) -> set[str]:
        """The versions that are or were ever served."""
        async with self._database.reading() as connection:
            return set((await connection.execute(select(_ACTIVATIONS.c.version).distinct())).scalars())


async def _before(connection: AsyncConnection, version: str) -> Release | None:
    """The last release other than this one that is active but for what came after it."""
    ordered = (
        select(_RELEASES)
        .join(_ACTIVATIONS, _ACTIVATIONS.c.version == _RELEASES.c.version)
        .where(_STANDING, _ACTIVATIONS.c.version != version)
        .order_by(_ACTIVATIONS.c.number.desc())
        .limit(1)
    )
    row = (await connection.execute(ordered)).first()
    return None if row is None else _release(row)


def _release(row: Row[Any]) -> Release:
    return Release(version=row.version, url=row.url, created_at=row.created_at, validation_ndcg=row.validation_ndcg)
