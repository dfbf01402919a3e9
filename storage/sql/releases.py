"""Releases: the trained models, which of them is active, and which were active before."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Table, func, insert, select, update

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

_LAST_ACTIVATIONS = (
    select(_ACTIVATIONS.c.version, func.max(_ACTIVATIONS.c.number).label("number"))
    .where(_NOT_WITHDRAWN)
    .group_by(_ACTIVATIONS.c.version)
    .subquery()
)
_BY_LAST_ACTIVATION = (
    select(_RELEASES)
    .join(_LAST_ACTIVATIONS, _LAST_ACTIVATIONS.c.version == _RELEASES.c.version)
    .order_by(_LAST_ACTIVATIONS.c.number.desc())
)
"""Selects the releases with an activation that was not withdrawn, the one that was activated last first."""


class Releases:
    """The releases and the history of their activations.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, release: Release) -> None:
        """Insert or overwrite a release without activating it. Its URL is not stored. Safe to repeat."""
        values = {
            "version": release.version,
            "url": "",
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

    async def withdraw(self, version: str, to: str) -> None:
        """Roll back from a release to one that was active before it.

        Safe to repeat: nothing happens if `version` is not the active release.

        Args:
            version: the release to leave.
            to: the release to restore, one of `earlier`.

        Raises:
            NotFound: `to` was not active before. The active release does not change.
        """
        last_activation = select(func.max(_ACTIVATIONS.c.number)).where(_NOT_WITHDRAWN, _ACTIVATIONS.c.version == to)
        async with self._database.writing() as connection:
            active = (await connection.execute(_ACTIVE)).first()
            if active is None or active.version != version:
                return
            number = (await connection.execute(last_activation)).scalar_one()
            if number is None:
                raise NotFound(f"release {to} was not active before {version}")
            is_later = _ACTIVATIONS.c.number > number
            withdraw = update(_ACTIVATIONS).where(_NOT_WITHDRAWN, is_later).values(withdrawn_at=datetime.now(UTC))
            await connection.execute(withdraw)

    async def withdraw_deleted(self, versions: Collection[str]) -> None:
        """Withdraw the activations of releases whose folders were deleted, so that none is restored. Safe to repeat.

        Some machine may still have a copy, but who contributed to these releases is not known any more.
        """
        is_deleted = _ACTIVATIONS.c.version.in_(versions)
        withdraw = update(_ACTIVATIONS).where(_NOT_WITHDRAWN, is_deleted).values(withdrawn_at=datetime.now(UTC))
        async with self._database.writing() as connection:
            await connection.execute(withdraw)

    async def active(self) -> Release | None:
        """Return the active release; None before the first activation."""
        row = await self._database.read(lambda connection: connection.execute(_ACTIVE).first())
        return None if row is None else _release(row)

    async def previous(self) -> Release | None:
        """Return the release that was active before the active one; None if there is none."""
        earlier = await self._earlier(1)
        return earlier[0] if earlier else None

    async def earlier(self) -> list[Release]:
        """Return the releases that were active before the active one, the last one first. None of them is withdrawn."""
        return await self._earlier(None)

    async def _earlier(self, limit: int | None) -> list[Release]:
        def read(connection: Connection) -> list[Release]:
            active = connection.execute(_ACTIVE).first()
            if active is None:
                return []
            query = _BY_LAST_ACTIVATION.where(_RELEASES.c.version != active.version).limit(limit)
            return [_release(row) for row in connection.execute(query)]

        return await self._database.read(read)

    async def all(self) -> list[Release]:
        """Return all releases, the oldest first."""
        query = select(_RELEASES).order_by(_RELEASES.c.created_at, _RELEASES.c.version)
        async with self._database.reading() as connection:
            return [_release(row) for row in await connection.execute(query)]

    async def ever_active(self) -> set[str]:
        """Return the versions that are or have ever been active."""
        async with self._database.reading() as connection:
            return set((await connection.execute(select(_ACTIVATIONS.c.version).distinct())).scalars())


def _release(row: Row[Any]) -> Release:
    return Release(version=row.version, url=row.url, created_at=row.created_at, validation_ndcg=row.validation_ndcg)
