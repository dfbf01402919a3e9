"""The history of activations, and the revisions that report changes."""

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
    releases = Releases(any_database)
    for release in (A, B, C):
        await releases.add(release)
    return releases


async def test_each_rollback_goes_one_release_further_back(releases: Releases) -> None:
    """Three releases were activated, two of them again. Rolling back visits each of them once and ends at the first."""
    assert await releases.previous() is None
    for release in (A, B, B, C, C):
        await releases.activate(release.version)
    assert (await releases.active(), await releases.previous()) == (C, B)
    await releases.withdraw("c", "b")
    assert (await releases.active(), await releases.previous()) == (B, A)
    await releases.withdraw("b", "a")
    assert (await releases.active(), await releases.previous()) == (A, None)
    with pytest.raises(NotFound, match="release b was not active before a"):
        await releases.withdraw("a", "b")
    assert await releases.active() == A
    assert await releases.ever_active() == {"a", "b", "c"}


async def test_a_rollback_may_skip_releases(releases: Releases) -> None:
    """Every activation after the restored release is withdrawn, also an earlier one of the same version."""
    assert await releases.earlier() == []
    for version in "bacab":
        await releases.activate(version)
    assert await releases.earlier() == [A, C]
    await releases.activate("c")
    assert await releases.earlier() == [B, A]
    await releases.withdraw("c", "a")
    assert (await releases.active(), await releases.earlier()) == (A, [C, B])
    await releases.withdraw("a", "b")
    assert (await releases.active(), await releases.earlier()) == (B, [])


async def test_a_release_whose_folder_was_deleted_is_not_restored(releases: Releases) -> None:
    """Some machine may still have a copy of it. Its path on the machine that added it is not stored."""
    for version in "abcba":
        await releases.activate(version)
    for _ in range(2):
        await releases.withdraw_deleted(["b", "unknown"])
    assert (await releases.active(), await releases.earlier()) == (A, [C])
    await releases.activate("b")
    assert (await releases.active(), await releases.earlier()) == (B, [A, C])
    assert {release.url for release in await releases.all()} == {""}


async def test_a_rollback_is_safe_to_repeat(releases: Releases) -> None:
    """Only the active release can be withdrawn, so a repeated rollback does not withdraw the release before."""
    for release in (A, B, C):
        await releases.activate(release.version)
    for _ in range(3):
        await releases.withdraw("c", "b")
        await releases.withdraw("a", "b")
    assert (await releases.active(), await releases.previous()) == (B, A)


async def test_a_withdrawn_release_can_be_activated_again(releases: Releases) -> None:
    """After a new activation the previous release is the one that was active before it."""
    for version in "ab":
        await releases.activate(version)
    await releases.withdraw("b", "a")
    await releases.activate("b")
    assert (await releases.active(), await releases.previous()) == (B, A)
    await releases.activate("a")
    assert (await releases.active(), await releases.previous()) == (A, B)
    await releases.withdraw("a", "b")
    assert (await releases.active(), await releases.previous()) == (B, A)


async def test_changes_increment_their_revision(any_database: Database) -> None:
    """Every change increments its own revision only. Reading and putting no movies do not."""
    catalogue, revisions = Catalogue(any_database), Revisions(any_database)
    assert await revisions.all() == {}
    await catalogue.replace([Movie(1, "One")])
    first = await revisions.all()
    await catalogue.put_many([Movie(2, "Two")])
    second = await revisions.all()
    assert first.keys() == second.keys() == {"catalogue"}
    assert second["catalogue"] > first["catalogue"]
    await catalogue.put_many([])
    await catalogue.all()
    await revisions.increment("vectors")
    third = await revisions.all()
    assert third == {**second, "vectors": third["vectors"]}


async def test_a_revision_ascends_whatever_the_clock_says(any_database: Database) -> None:
    """The clock of another machine may be ahead."""
    revisions, ahead = Revisions(any_database), 2**62
    await revisions.increment("vectors")
    async with any_database.writing() as connection:
        await connection.execute(text("UPDATE revisions SET number = :ahead"), {"ahead": ahead})
    await revisions.increment("vectors")
    assert await revisions.all() == {"vectors": ahead + 1}


async def test_the_active_release_survives_the_migration(any_url: str) -> None:
    """A database from before the history of activations keeps its active release, on upgrade and downgrade."""
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
        await releases.withdraw("a", "b")
        await downgrade(any_url, "0002")
        async with database.reading() as connection:
            assert (await connection.execute(text("SELECT slot, version FROM active_release"))).all() == [(1, "b")]


async def test_revisions_survive_the_renamed_table(any_url: str) -> None:
    """The counters keep their values when the table is renamed, on upgrade and downgrade."""
    await migrate(any_url)
    async with Database(any_url) as database:
        revisions = Revisions(database)
        await revisions.increment("vectors")
        await downgrade(any_url, "0005")
        async with database.reading() as connection:
            rows = (await connection.execute(text("SELECT name, number FROM stamps"))).all()
        await migrate(any_url)
        assert rows == list((await revisions.all()).items())
