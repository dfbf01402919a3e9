"""The movies of the data set, in SQL."""

from collections.abc import Collection, Sequence
from dataclasses import fields
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records import Movie
from storage.sql.database import Database
from storage.sql.models import MovieRow
from storage.sql.revisions import increment_revision

_MOVIES = cast(Table, MovieRow.__table__)
_IDS_PER_STATEMENT = 10_000
"""SQLite takes 32,766 values in one statement, PostgreSQL 32,767."""

_IDS_PER_CARD_LIST = 1_000
_ALL = select(*(_MOVIES.c[field.name] for field in fields(Movie)))
_SOME = _ALL.where(_MOVIES.c.movie_id.in_(bindparam("movie_ids", expanding=True)))
_BULK_TIMEOUT_S = 120.0
"""Deadline of what touches the whole catalogue; what answers a person has the database's own."""


class Catalogue:
    """What is known of every movie. Whatever changes it is noted under the stamp "catalogue".

    Every method raises Unavailable where the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(self, movies: Sequence[Movie]) -> None:
        """Make these movies the whole catalogue, in one transaction; safe to repeat."""
        async with self._database.writing(_BULK_TIMEOUT_S) as connection:
            await self._put(connection, movies)
            stored = (await connection.execute(select(_MOVIES.c.movie_id))).scalars().all()
            gone = sorted(set(stored) - {movie.movie_id for movie in movies})
            for chunk in _chunks(gone):
                await connection.execute(delete(_MOVIES).where(_MOVIES.c.movie_id.in_(chunk)))
            await increment_revision(self._database, connection, "catalogue")

    async def put_many(self, movies: Sequence[Movie]) -> None:
        """Write or overwrite movies, in one transaction; safe to repeat."""
        if not movies:
            return
        async with self._database.writing(_BULK_TIMEOUT_S) as connection:
            await self._put(connection, movies)
            await increment_revision(self._database, connection, "catalogue")

    async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
        """The movies that are known, by id, in the order asked for; unknown ids are left out."""
        wanted = list(dict.fromkeys(movie_ids))
        if len(wanted) <= _IDS_PER_CARD_LIST:
            found = await self._database.read(lambda connection: _read(connection, wanted))
        else:
            found = {}
            async with self._database.reading(_BULK_TIMEOUT_S) as connection:
                for chunk in _chunks(wanted):
                    found |= await connection.run_sync(_read, chunk)
        return {movie_id: found[movie_id] for movie_id in wanted if movie_id in found}

    async def all(self) -> list[Movie]:
        """Every movie, by ascending id."""
        async with self._database.reading(_BULK_TIMEOUT_S) as connection:
            return [_movie(row) for row in await connection.execute(_ALL.order_by(_MOVIES.c.movie_id))]

    async def ids(self) -> set[int]:
        """The id of every movie."""
        async with self._database.reading(_BULK_TIMEOUT_S) as connection:
            return set((await connection.execute(select(_MOVIES.c.movie_id))).scalars())

    async def count(self) -> int:
        """How many movies there are."""
        async with self._database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(_MOVIES))).scalar_one()

    async def ping(self) -> None:
        """Return when the database answers; raises Unavailable."""
        await self._database.ping()

    async def _put(self, connection: AsyncConnection, movies: Sequence[Movie]) -> None:
        if movies:
            await connection.execute(self._database.upsert(_MOVIES), [_values(movie) for movie in movies])


def _read(connection: Connection, movie_ids: list[int]) -> dict[int, Movie]:
    found = [_movie(row) for row in connection.execute(_SOME, {"movie_ids": movie_ids}).all()]
    return {movie.movie_id: movie for movie in found}


def _values(movie: Movie) -> dict[str, Any]:
    return {
        "movie_id": movie.movie_id,
        "title": movie.title,
        "year": movie.year,
        "genres": list(movie.genres),
        "description": movie.description,
        "directors": list(movie.directors),
        "actors": list(movie.actors),
        "poster_url": movie.poster_url,
        "rating_count": movie.rating_count,
        "rating_mean": movie.rating_mean,
    }


def _movie(row: Sequence[Any]) -> Movie:
    """From a row of `_ALL`, whose columns stand in the order of the fields; asking for each by name takes longer."""
    movie_id, title, year, genres, description, directors, actors, *rest = row
    return Movie(movie_id, title, year, tuple(genres), description, tuple(directors), tuple(actors), *rest)


def _chunks(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + _IDS_PER_STATEMENT] for start in range(0, len(ids), _IDS_PER_STATEMENT)]
