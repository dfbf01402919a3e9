"""PostgreSQL behind PgBouncer, which gives each transaction another connection to the server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text

from storage.errors import Misconfigured
from storage.migrations import downgrade, migrate
from storage.records import Movie
from storage.sql import Catalogue, Database
from tests.servers.pgbouncer import POOL_SIZE, running_pgbouncer
from tests.servers.sql_servers import OpenServer

MOVIES = {movie_id: Movie(movie_id, f"Title {movie_id}", 1990, ("Drama",)) for movie_id in range(1, 151)}


@pytest.fixture
async def pooled_url(sql_servers: OpenServer) -> AsyncIterator[str]:
    """The DATABASE_URL of an empty database behind PgBouncer."""
    server = await sql_servers("postgresql")
    with running_pgbouncer(await server.new_database()) as url:
        yield url


async def test_two_replicas_share_its_connections(pooled_url: str) -> None:
    """Both migrate at once, write and read, and leave no prepared statements behind on the server."""
    url = f"{pooled_url}?statement_cache_size=0"
    await asyncio.gather(migrate(url), migrate(url))
    async with Database(url) as first, Database(url) as second:
        catalogues = (Catalogue(first), Catalogue(second))

        async def write_and_read(movie: Movie) -> None:
            await catalogues[movie.movie_id % 2].put_many([movie])
            read = catalogues[movie.movie_id // 2 % 2]
            assert await read.get_many([movie.movie_id]) == {movie.movie_id: movie}

        for start in range(1, len(MOVIES), 30):
            await asyncio.gather(*(write_and_read(MOVIES[movie_id]) for movie_id in range(start, start + 30)))
        assert {movie.movie_id: movie for movie in await catalogues[0].all()} == MOVIES
        async with AsyncExitStack() as transactions:
            # Each transaction has a connection to the server for itself.
            connections = [await transactions.enter_async_context(first.reading()) for _ in range(POOL_SIZE)]
            counted = text("SELECT pg_backend_pid(), count(*) FROM pg_prepared_statements")
            rows = [(await connection.execute(counted)).one() for connection in connections]
        assert len({process for process, _ in rows}) == POOL_SIZE
        assert [count for _, count in rows] == [0] * POOL_SIZE
    await downgrade(url, "base")


async def test_without_its_option(pooled_url: str) -> None:
    """The error says which option to add, and nothing about missing tables."""
    await migrate(f"{pooled_url}?statement_cache_size=0")
    async with AsyncExitStack() as opened:
        replicas = [Database(pooled_url) for _ in range(2)]
        for database in replicas:
            opened.push_async_callback(database.close)
        reads = [Catalogue(database).get_many([1]) for database in replicas for _ in range(100)]
        results = await asyncio.gather(*reads, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    assert errors
    for error in errors:
        with pytest.raises(Misconfigured, match=r"add \?statement_cache_size=0 to DATABASE_URL"):
            raise error
