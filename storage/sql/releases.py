"""Releases: the trained models, which of them is active, and which were active before."""

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

_NOT_WITHDRAWN = _ACTIVATIONS.c.withdrawn_at.is_(None)
_ACTIVE = (
    select(_RELEASES, _ACTIVATIONS.c.number)
    .join(_ACTIVATIONS, _ACTIVATIONS.c.version == _RELEASES.c.version)
    .where(_ACTIVATIONS.c.number == select(func.max(_ACTIVATIONS.c.number)).where(_NOT_WITHDRAWN).scalar_subquery())
)


class Releases:
    """The releases and the history of their activations.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, release: Release) -> None:
        """Insert or overwrite a release without activating it. Safe to repeat."""
        values = {
            "version": release.version,
            "url": release.url,
            "created_at": release.created_at,
            "validation_ndcg": release.validation_ndcg,
        }
        async with self._database.writing() as connection:
            await connection.execute(self._database.upsert(_RELEASES), values)

    async def activate(self, version: str) -> None:
        """Make a release the active one. The release that was active becomes the previous one. Safe to repeat.

        Raises:
            NotFound: the release does not exist. The active release does not change.
        """
        async with self._database.writing() as connection:
            row = await connection.execute(select(_RELEASES.c.version).where(_RELEASES.c.version == version))
            if row.first() is None:
                raise NotFound(f"there is no release {version}")
            active = (await connection.execute(_ACTIVE)).first()
            if active is None or active.version != version:
                values = {"version": version, "activated_at": datetime.now(UTC)}
                await connection.execute(insert(_ACTIVATIONS), values)

    async def withdraw(self, version: str) -> None:
        """Roll back from a release to the release that was active before it.

        Safe to repeat: nothing happens if `version` is not the active release.

        Raises:
            NotFound: no release was active before. The active release does not change.
        """
        async with self._database.writing() as connection:
            active = (await connection.execute(_ACTIVE)).first()
            if active is None or active.version != version:
                return
            previous = await _last_other(connection, version)
            if previous is None:
                raise NotFound(f"no release was active before {version}")
            last_activation = await connection.execute(
                select(func.max(_ACTIVATIONS.c.number)).where(
                    _NOT_WITHDRAWN, _ACTIVATIONS.c.version == previous.version
                )
            )
            is_later = _ACTIVATIONS.c.number > last_activation.scalar_one()
            withdraw = update(_ACTIVATIONS).where(_NOT_WITHDRAWN, is_later).values(withdrawn_at=datetime.now(UTC))
            await connection.execute(withdraw)

    async def active(self) -> Release | None:
        """Return the active release; None before the first activation."""
        async with self._database.reading() as connection:
            row = (await connection.execute(_ACTIVE)).first()
        return None if row is None else _release(row)

    async def previous(self) -> Release | None:
        """Return the release that withdrawing the active release would restore; None if there is none."""
        async with self._database.reading() as connection:
            active = (await connection.execute(_ACTIVE)).first()
            return None if active is None else await _last_other(connection, active.version)

    async def all(self) -> list[Release]:
        """Return all releases, the oldest first."""
        query = select(_RELEASES).order_by(_RELEASES.c.created_at, _RELEASES.c.version)
        async with self._database.reading() as connection:
            return [_release(row) for row in await connection.execute(query)]

    async def ever_active(self) -> set[str]:
        """Return the versions that are or have ever been active."""
        async with self._database.reading() as connection:
            return set((await connection.execute(select(_ACTIVATIONS.c.version).distinct())).scalars())


async def _last_other(connection: AsyncConnection, version: str) -> Release | None:
    """Return the release that was activated last, other than `version`. Withdrawn activations are ignored."""
    query = (
        select(_RELEASES)
        .join(_ACTIVATIONS, _ACTIVATIONS.c.version == _RELEASES.c.version)
        .where(_NOT_WITHDRAWN, _ACTIVATIONS.c.version != version)
        .order_by(_ACTIVATIONS.c.number.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).first()
    return None if row is None else _release(row)


def _release(row: Row[Any]) -> Release:
    return Release(version=row.version, url=row.url, created_at=row.created_at, validation_ndcg=row.validation_ndcg)
