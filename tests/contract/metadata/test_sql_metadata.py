"""Metadata from the tables of the catalogue: a process keeps what it has read."""

from collections.abc import Collection
from datetime import date

import pytest

from storage.metadata import sql as metadata_sql
from storage.metadata.sql import SqlMetadata
from storage.records import Movie
from storage.sql import Catalogue, Database

BARE, FULL = Movie(7, "Bare"), Movie(9, "Full", 1995, ("Drama",), description="A plot.")


async def test_a_second_read_does_not_query_sql(catalogue: Catalogue) -> None:
    """The process returns what it has read, even if the movie was changed in SQL, until the next day."""
    await catalogue.put_many([FULL, BARE])
    days = [date(2026, 5, 1), date(2026, 5, 1), date(2026, 5, 2)]
    store = SqlMetadata(catalogue, iter(days).__next__)
    newer = Movie(BARE.movie_id, "New")
    assert await store.get_many([BARE.movie_id]) == {BARE.movie_id: BARE}
    await catalogue.put_many([newer])
    movies = await store.get_many([FULL.movie_id, BARE.movie_id])
    assert list(movies.items()) == [(FULL.movie_id, FULL), (BARE.movie_id, BARE)]
    assert await store.get_many([BARE.movie_id]) == {BARE.movie_id: newer}


async def test_a_read_that_began_before_a_change(database: Database) -> None:
    """Its result is not kept."""
    newer = Movie(BARE.movie_id, "New")

    class ChangedMeanwhile(Catalogue):
        async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
            """Return the movies, which another process changes before they arrive."""
            movies = await super().get_many(movie_ids)
            await self.put_many([newer])
            store.invalidate()
            return movies

    catalogue = ChangedMeanwhile(database)
    await catalogue.put_many([BARE])
    store = SqlMetadata(catalogue)
    assert await store.get_many([BARE.movie_id]) == {BARE.movie_id: BARE}
    assert await store.get_many([BARE.movie_id]) == {BARE.movie_id: newer}


async def test_a_movie_that_leaves_memory_during_a_read(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is returned all the same. At most MAX_KEPT movies stay in memory."""
    monkeypatch.setattr(metadata_sql, "MAX_KEPT", 1)
    third = Movie(3, "Third")
    reads: list[list[int]] = []

    class ReadMeanwhile(Catalogue):
        async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
            """Return the movies; while one is read, somebody else reads the third."""
            reads.append(list(movie_ids))
            if FULL.movie_id in movie_ids:
                await store.get_many([third.movie_id])
            return await super().get_many(movie_ids)

    catalogue = ReadMeanwhile(database)
    await catalogue.put_many([FULL, BARE, third])
    store = SqlMetadata(catalogue)
    await store.get_many([BARE.movie_id])
    movies = await store.get_many([BARE.movie_id, FULL.movie_id])
    assert list(movies.items()) == [(BARE.movie_id, BARE), (FULL.movie_id, FULL)]
    await store.get_many([FULL.movie_id])
    assert reads == [[BARE.movie_id], [FULL.movie_id], [third.movie_id]]
