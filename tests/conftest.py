"""What several kinds of tests share: a real Redis, and a migrated SQLite database."""

import os
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.migrations import migrate
from storage.sql import Catalogue, Database
from tests.redis_server import RedisServer


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running Redis; skips the test where redis-server is not installed, which in CI is a failure."""
    program = shutil.which("redis-server")
    if program is None:
        said = "redis-server is not installed (Debian: apt-get install redis-server)"
        if os.environ.get("CI"):
            pytest.fail(said)
        pytest.skip(said)
    server = RedisServer(program, tmp_path)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """The DATABASE_URL of a SQLite file that is not there yet, in a folder that is not there yet."""
    return f"sqlite+aiosqlite:///{tmp_path}/data/reelmate.db"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """An open, migrated, empty SQLite database."""
    await migrate(database_url)
    async with Database(database_url) as opened:
        yield opened


@pytest.fixture
def catalogue(database: Database) -> Catalogue:
    """An empty catalogue."""
    return Catalogue(database)
