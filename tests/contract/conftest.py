"""Fixtures that run a test against every kind of database.

SQLite is always tested. MySQL and PostgreSQL are tested if REELMATE_TEST_DATABASE_URLS names empty databases, separated
by spaces.
"""

import os
from collections.abc import AsyncIterator

import pytest

from storage.migrations import downgrade
from storage.sql import Database
from tests.migrated import create_database


@pytest.fixture(params=["sqlite", *os.environ.get("REELMATE_TEST_DATABASE_URLS", "").split()])
def any_url(request: pytest.FixtureRequest, database_url: str) -> str:
    """The URL of each kind of database in turn."""
    return database_url if request.param == "sqlite" else str(request.param)


@pytest.fixture
async def any_database(any_url: str) -> AsyncIterator[Database]:
    """Each kind of database in turn, open and with empty tables."""
    is_file = any_url.startswith("sqlite")
    if not is_file:
        await downgrade(any_url, "base")
    await create_database(any_url)
    async with Database(any_url) as opened:
        yield opened
    if not is_file:
        await downgrade(any_url, "base")


@pytest.fixture
async def replicas(any_url: str, any_database: Database) -> AsyncIterator[tuple[Database, Database]]:
    """The connections of two replicas to one database with empty tables."""
    async with Database(any_url) as second:
        yield any_database, second
