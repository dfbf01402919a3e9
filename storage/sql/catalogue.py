"""The catalogue: the movies of the data set, in SQL."""

import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, date, datetime
from typing import Any, cast

from sqlalchemy import Connection, Table, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.records import Movie, Tag
from storage.sql.database import Database
from storage.sql.models import MovieRow
from storage.sql.movies.details import DETAILS, SHOWN_COLUMNS, oldest_shown, with_shown
from storage.sql.movies.merging import move_to_kept
from storage.sql.revisions import increment_revision

_MOVIES = cast(Table, MovieRow.__table__)
_IDS_PER_STATEMENT = 10_000
"""Number of ids in one statement. SQLite allows 32,766 values, PostgreSQL 32,767."""

_IDS_PER_CARD_LIST = 1_000
"""`get_many` reads up to this many ids with `Database.read` and its short deadline, because a person waits for them."""

_COLUMNS = [_MOVIES.c[field.name] for field in fields(Movie) if field.name not in ("net", "untrained")]
_WITH_DETAILS = _MOVIES.outerjoin(DETAILS, DETAILS.c.movie_id == _MOVIES.c.movie_id)
_MOVIES_BY_ID = (
    select(*_COLUMNS, *SHOWN_COLUMNS)
    .select_from(_WITH_DETAILS)
    .where(_MOVIES.c.movie_id.in_(bindparam("movie_ids", expanding=True)))
)
_ALL_MOVIES = select(*_COLUMNS, *SHOWN_COLUMNS, DETAILS.c.searched).select_from(_WITH_DETAILS)
_BULK_TIMEOUT_S = 120.0
"""Deadline of statements on the whole catalogue."""


class Catalogue:
    """Metadata of all movies. Every change increments the revision "catalogue".

    Movies are returned with their details from TMDB, and stored without them.

    Every method raises Unavailable if the database does not answer within its deadline.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(self, movies: Sequence[Movie], merged: Mapping[int, int] | None = None) -> None:
        """Replace the whole catalogue by these movies, in one transaction. Safe to repeat.

        Args:
            movies: the new catalogue.
            merged: id of a movie that was merged into another one -> id of that one. If the catalogue has had the
                movie, what people said about it is moved. Under another title, the id was that of another movie.
        """
        async with self._database.writing(_BULK_TIMEOUT_S) as connection:
            if merged:
                await connection.run_sync(self._move, movies, merged)
            await self._put(connection, movies)
            stored = (await connection.execute(select(_MOVIES.c.movie_id))).scalars().all()
            removed = sorted(set(stored) - {movie.movie_id for movie in movies})
            for chunk in _chunks(removed):
                await connection.execute(delete(_MOVIES).where(_MOVIES.c.movie_id.in_(chunk)))
            await increment_revision(self._database, connection, "catalogue")

    async def put_many(self, movies: Sequence[Movie]) -> None:
        """Insert or overwrite movies, in one transaction. Safe to repeat."""
        if not movies:
            return
        async with self._database.writing(_BULK_TIMEOUT_S) as connection:
            await self._put(connection, movies)
            await increment_revision(self._database, connection, "catalogue")

    async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
        """Return movies by id, in the requested order. Unknown ids are left out.

        Their details from TMDB come without keywords and services.
        """
        unique_ids = list(dict.fromkeys(movie_ids))
        if len(unique_ids) <= _IDS_PER_CARD_LIST:
            movies = await self._database.read(lambda connection: _read(connection, unique_ids), single=True)
        else:
            movies = {}
            async with self._database.reading(_BULK_TIMEOUT_S) as connection:
                for chunk in _chunks(unique_ids):
                    movies |= await connection.run_sync(_read, chunk)
        return {movie_id: movies[movie_id] for movie_id in unique_ids if movie_id in movies}

    async def all(self) -> list[Movie]:
        """Return all movies, by ascending id."""
        async with self._database.reading(_BULK_TIMEOUT_S) as connection:
            rows = await connection.execute(_ALL_MOVIES.order_by(_MOVIES.c.movie_id))
            oldest = oldest_shown(datetime.now(UTC))
            return [_movie(row, oldest, row.searched) for row in rows]

    async def own(self) -> list[Movie]:
        """Return all movies as their data set describes them, those with the most ratings first."""
        query = select(*_COLUMNS).order_by(_MOVIES.c.rating_count.desc(), _MOVIES.c.movie_id)
        async with self._database.reading(_BULK_TIMEOUT_S) as connection:
            return [_own_movie(row) for row in await connection.execute(query)]

    async def mark_changed(self) -> None:
        """Let running bots load the catalogue again, after its details have changed."""
        async with self._database.writing() as connection:
            await increment_revision(self._database, connection, "catalogue")

    async def best_known(self, count: int) -> dict[int, str]:
        """Return id -> label of the movies with the most ratings in the data set."""
        query = select(_MOVIES.c.movie_id, _MOVIES.c.title, _MOVIES.c.year)
        by_ratings = query.order_by(_MOVIES.c.rating_count.desc(), _MOVIES.c.movie_id).limit(count)
        async with self._database.reading(_BULK_TIMEOUT_S) as connection:
            rows = await connection.execute(by_ratings)
            return {row.movie_id: Movie(row.movie_id, row.title, row.year).label for row in rows}

    async def ids(self) -> set[int]:
        """Return the ids of all movies."""
        async with self._database.reading(_BULK_TIMEOUT_S) as connection:
            return set((await connection.execute(select(_MOVIES.c.movie_id))).scalars())

    async def count(self) -> int:
        """Return the number of movies."""
        async with self._database.reading() as connection:
            return (await connection.execute(select(func.count()).select_from(_MOVIES))).scalar_one()

    async def ping(self) -> None:
        """Return once the database answers."""
        await self._database.ping()

    def _move(self, connection: Connection, movies: Sequence[Movie], merged: Mapping[int, int]) -> None:
        labels = {movie.movie_id: movie.label.casefold() for movie in movies}
        before = _read(connection, list(merged))
        same = {
            movie_id: merged[movie_id]
            for movie_id, movie in before.items()
            if movie.label.casefold() == labels.get(merged[movie_id])
        }
        if same:
            move_to_kept(self._database, connection, same)

    async def _put(self, connection: AsyncConnection, movies: Sequence[Movie]) -> None:
        if movies:
            await connection.execute(self._database.upsert(_MOVIES), [_values(movie) for movie in movies])


def _read(connection: Connection, movie_ids: list[int]) -> dict[int, Movie]:
    oldest = oldest_shown(datetime.now(UTC))
    movies = [_movie(row, oldest) for row in connection.execute(_MOVIES_BY_ID, {"movie_ids": movie_ids}).all()]
    return {movie.movie_id: movie for movie in movies}


def _values(movie: Movie) -> dict[str, Any]:
    movie = movie.own
    values = {
        "movie_id": movie.movie_id,
        "title": movie.title,
        "year": movie.year,
        "genres": list(movie.genres),
        "description": movie.description,
        "directors": list(movie.directors),
        "actors": list(movie.actors),
        "poster_url": movie.poster_url,
        "certificate": movie.certificate,
        "minutes": movie.minutes,
        "imdb_id": movie.imdb_id,
        "tmdb_id": movie.tmdb_id,
        "tags": [list(tag) for tag in movie.tags],
        "rating_count": movie.rating_count,
        "rating_mean": movie.rating_mean,
    }
    # PostgreSQL stores no text that contains a NUL.
    return {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in values.items()}


def _movie(row: Sequence[Any], oldest: date, searched: Mapping[str, Any] | None = None) -> Movie:
    """Convert a row of `_COLUMNS` and SHOWN_COLUMNS."""
    end = len(_COLUMNS)
    movie, details = _own_movie(row[:end]), row[end : end + len(SHOWN_COLUMNS)]
    return with_shown(movie, details, searched, oldest)


def _own_movie(row: Sequence[Any]) -> Movie:
    """Convert a row of `_COLUMNS`. They have the order of the fields, and access by name would be slower."""
    movie_id, title, year, genres, description, directors, actors, poster_url, certificate, minutes, *rest = row
    imdb_id, tmdb_id, tags, rating_count, rating_mean = rest
    return Movie(
        movie_id,
        title,
        year,
        _shared(genres),
        description,
        _shared(directors),
        _shared(actors),
        poster_url,
        certificate,
        minutes,
        imdb_id,
        tmdb_id,
        tuple(Tag(sys.intern(name), people) for name, people in tags or ()),
        rating_count,
        rating_mean,
    )


def _chunks(ids: list[int]) -> list[list[int]]:
    return [ids[start : start + _IDS_PER_STATEMENT] for start in range(0, len(ids), _IDS_PER_STATEMENT)]


def _shared(names: Sequence[str]) -> tuple[str, ...]:
    """Return names of which each is in memory only once, whatever the number of movies that have it."""
    return tuple(map(sys.intern, names))
