"""Which release was active when, and how replicas see that something has changed."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from storage.errors import NotFound
from storage.migrations import downgrade, migrate
from storage.records import Movie, Release
from storage.sql import Catalogue, Database, Releases, Revisions

A, B, C = (Release(name, f"file:///{name}", datetime(2026, 1, day, tzinfo=UTC)) for day, name in enumerate("abc", 1))


@pytest.fixture
async def releases(any_database: Database) -> Releases:
    """Three releases, none of them active yet."""
    made = Releases(any_database)
    for release in (A, B, C):
        await made.add(release)
    return made


async def test_each_way_back_leads_one_release_further(releases: Releases) -> None:
    """Three releases were activated, two of them again; going back meets each of them once and ends at the first."""
    assert await releases.previous() is None
    for release in (A, B, B, C, C):
        await releases.activate(release.version)
    assert (await releases.active(), await releases.previous()) == (C, B)
    await releases.withdraw("c")
    assert (await releases.active(), await releases.previous()) == (B, A)
    await releases.withdraw("b")
    assert (await releases.active(), await releases.previous()) == (A, None)
    with pytest.raises(NotFound, match="no release was active before a"):
        await releases.withdraw("a")
    assert await releases.active() == A
    assert await releases.ever_active() == {"a", "b", "c"}


async def test_going_back_is_safe_to_repeat(releases: Releases) -> None:
    """Only the active release can be left: whoever repeats it does not lose the one before as well."""
    for release in (A, B, C):
        await releases.activate(release.version)
    for _ in range(3):
        await releases.withdraw("c")
        await releases.withdraw("a")
    assert (await releases.active(), await releases.previous()) == (B, A)


async def test_a_release_can_come_back(releases: Releases) -> None:
    """What was withdrawn can be activated again, and then what it followed is the previous one."""
    for version in "ab":
        await releases.activate(version)
    await releases.withdraw("b")
    await releases.activate("b")
    assert (await releases.active(), await releases.previous()) == (B, A)
    await releases.activate("a")
    assert (await releases.active(), await releases.previous()) == (A, B)
    await releases.withdraw("a")
    assert (await releases.active(), await releases.previous()) == (B, A)


async def test_what_changes_the_catalogue_is_seen_by_its_stamp(any_database: Database) -> None:
    """Every change counts up the stamp of its name and no other; reading and putting nothing do not."""
    catalogue, revisions = Catalogue(any_database), Revisions(any_database)
    assert await revisions.all() == {}
    await catalogue.replace([Movie(1, "One")])
    await catalogue.put_many([Movie(2, "Two")])
    await catalogue.put_many([])
    await catalogue.all()
    await revisions.increment("vectors")
    assert await revisions.all() == {"catalogue": 2, "vectors": 1}


async def test_the_active_release_survives_the_change_of_tables(any_url: str) -> None:
    """A database of before the history was kept goes on with its active release, up and down."""
    await downgrade(any_url, "base")
    await migrate(any_url)
    await downgrade(any_url, "0002")
    async with Database(any_url) as database:
        releases = Releases(database)
        for release in (A, B):
            await releases.add(release)
        async with database.writing() as connection:
            await connection.execute(text("INSERT INTO active_release (slot, version) VALUES (1, 'b')"))
        await migrate(any_url)
        assert (await releases.active(), await releases.previous()) == (B, None)
        await releases.activate("a")
        await releases.withdraw("a")
        await downgrade(any_url, "0002")
        async with database.reading() as connection:
            assert (await connection.execute(text("SELECT slot, version FROM active_release"))).all() == [(1, "b")]
    await downgrade(any_url, "base")
