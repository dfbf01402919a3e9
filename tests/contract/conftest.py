"""Fixtures that run a test against every kind of database.

SQLite, MariaDB and PostgreSQL are always tested; the servers are processes that the fixtures start. Further databases
are tested if REELMATE_TEST_DATABASE_URLS names empty ones, separated by spaces.
"""

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from storage.migrations import downgrade
from storage.sql import Database
from tests.migrated import create_database
from tests.servers.sql_servers import SERVERS, OpenServer, SqlServer, open_server

FURTHER_URLS = os.environ.get("REELMATE_TEST_DATABASE_URLS", "").split()


@pytest.fixture(scope="session")
def sql_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenServer]:
    """The database servers of this pytest worker, by name. Each starts when it is first asked for."""
    base = tmp_path_factory.getbasetemp()
    # Each worker has a base folder of its own inside that of the run.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    running: dict[str, SqlServer] = {}

    async def open_once(name: str) -> SqlServer:
        if name not in running:
            running[name] = await open_server(name, shared)
        return running[name]

    yield open_once
    for server in running.values():
        server.stop()


@pytest.fixture(params=["sqlite", *SERVERS, *FURTHER_URLS])
async def any_url(request: pytest.FixtureRequest, database_url: str, sql_servers: OpenServer) -> str:
    """The URL of each kind of database in turn, without tables unless the test uses `any_database`."""
    is_migrated = "any_database" in request.fixturenames
    if request.param in SERVERS:
        server = await sql_servers(request.param)
        return await (server.emptied() if is_migrated else server.new_database())
    url = database_url if request.param == "sqlite" else str(request.param)
    if request.param != "sqlite":
        await downgrade(url, "base")
    if is_migrated:
        await create_database(url)
    return url


@pytest.fixture
async def any_database(any_url: str) -> AsyncIterator[Database]:
    """Each kind of database in turn, open and with empty tables."""
    async with Database(any_url) as opened:
        yield opened


@pytest.fixture
async def replicas(any_url: str, any_database: Database) -> AsyncIterator[tuple[Database, Database]]:
    """The connections of two replicas to one database with empty tables."""
    async with Database(any_url) as second:
        yield any_database, second
