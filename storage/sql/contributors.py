"""The people who consented to training: their ratings and demographics, and which releases learned from them."""

import asyncio
import hmac
import secrets
from collections.abc import Collection, Iterable
from typing import cast

from sqlalchemy import Table, bindparam, delete, select, true

from storage.records import Contributor, ContributorHashes, Rating
from storage.sql.database import Database
from storage.sql.models import PersonRow, RatingRow, ReleaseContributorsRow

_PEOPLE = cast(Table, PersonRow.__table__)
_RATINGS = cast(Table, RatingRow.__table__)
_RELEASE_CONTRIBUTORS = cast(Table, ReleaseContributorsRow.__table__)

_TIMEOUT_S = 120.0
"""Deadline of the query that reads the whole table of ratings."""

_HASH_BYTES = 16
"""Length of a hash and of a salt. No two of a million people have the same hash."""

_PAGE = 5_000
"""The number of people whose ids are read and hashed in one piece, so that other work can go on in between."""

_ROWS = 5_000
"""The ratings for a training are read in pieces of this many rows.

All at once, they would take half as much memory again.
"""

_CONSENTED = (
    select(_PEOPLE.c.gender, _PEOPLE.c.age, _PEOPLE.c.occupation, _RATINGS)
    .join(_RATINGS, _RATINGS.c.person_id == _PEOPLE.c.person_id)
    .where(_PEOPLE.c.consent == true())
    .order_by(_RATINGS.c.person_id, _RATINGS.c.rated_at, _RATINGS.c.movie_id)
)
_CONSENTED_PAGE = (
    select(_PEOPLE.c.person_id)
    .where(_PEOPLE.c.consent == true(), _PEOPLE.c.person_id > bindparam("after"))
    .order_by(_PEOPLE.c.person_id)
    .limit(_PAGE)
)
_OF_RELEASE = select(_RELEASE_CONTRIBUTORS).where(_RELEASE_CONTRIBUTORS.c.version == bindparam("version"))


class Contributors:
    """The people who consented to training, and the releases that learned from them.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> tuple[list[Contributor], ContributorHashes]:
        """Return everybody who currently consents and has rated a movie, and their hashes under a new salt.

        The contributors have nothing that identifies them, and nothing says whose hash is whose.
        """
        contributors: dict[int, tuple[Contributor, list[Rating]]] = {}
        async with self._database.reading(_TIMEOUT_S) as connection:
            result = await connection.stream(_CONSENTED, execution_options={"yield_per": _ROWS})
            async for rows in result.partitions():
                for row in rows:
                    if row.person_id not in contributors:
                        contributors[row.person_id] = Contributor(row.gender, row.age, row.occupation), []
                    contributors[row.person_id][1].append(Rating(row.movie_id, row.stars, row.source, row.rated_at))
        salt = secrets.token_bytes(_HASH_BYTES)
        hashes = await asyncio.to_thread(_hashed, salt, list(contributors))
        people = [
            Contributor(person.gender, person.age, person.occupation, tuple(ratings))
            for person, ratings in contributors.values()
        ]
        return people, ContributorHashes(salt, frozenset(hashes))

    async def record(self, version: str, hashes: ContributorHashes) -> None:
        """Store who contributed to a release; an earlier record of this version is overwritten. Safe to repeat."""
        values = {"version": version, "salt": hashes.salt, "hashes": b"".join(sorted(hashes.hashes))}
        async with self._database.writing() as connection:
            await connection.execute(self._database.upsert(_RELEASE_CONTRIBUTORS), values)

    async def count_left(self, version: str) -> int:
        """Return how many contributors to a release have left: they were deleted or have withdrawn their consent.

        Somebody who consents again has not left. A release without a record has no contributors.
        """
        row = await self._database.read(
            lambda connection: connection.execute(_OF_RELEASE, {"version": version}).first()
        )
        if row is None:
            return 0
        left, page = _split(row.hashes), await self._consented_page(-1)
        while left and page:
            left -= await asyncio.to_thread(_hashed, row.salt, page)
            page = await self._consented_page(page[-1])
        return len(left)

    async def delete(self, versions: Collection[str]) -> None:
        """Delete the records of releases that no longer exist. Safe to repeat."""
        async with self._database.writing() as connection:
            await connection.execute(delete(_RELEASE_CONTRIBUTORS).where(_RELEASE_CONTRIBUTORS.c.version.in_(versions)))

    async def _consented_page(self, after: int) -> list[int]:
        """Return the next ids of people who consent, ascending, behind the id `after`."""
        return await self._database.read(
            lambda connection: list(connection.execute(_CONSENTED_PAGE, {"after": after}).scalars())
        )


def _hashed(salt: bytes, person_ids: Iterable[int]) -> set[bytes]:
    """Return the HMAC-SHA256 of each id under a salt, cut to _HASH_BYTES."""
    return {
        hmac.digest(salt, person_id.to_bytes(8, "big", signed=True), "sha256")[:_HASH_BYTES] for person_id in person_ids
    }


def _split(hashes: bytes) -> set[bytes]:
    return {hashes[start : start + _HASH_BYTES] for start in range(0, len(hashes), _HASH_BYTES)}
