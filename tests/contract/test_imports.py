"""Imports: drafts, what they change, and the way back."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from unittest.mock import ANY

import pytest

from storage.changes import UndoneImport
from storage.errors import NotFound
from storage.imports import ImportDraft, ImportEntry, ImportResult
from storage.records import Rating, Retention
from storage.sql import Changes, Database, Housekeeping, Imports, Marks, People, Ratings
from storage.sql.imports.store import MAX_DRAFTS

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
LATER, DAY = NOW + timedelta(seconds=1), timedelta(days=1)
ANNE = 2**40 + 1
FILE = (
    ImportEntry(10, "rated", 4.5, NOW - 9 * DAY),
    ImportEntry(20, "rated", 1.0, None),
    ImportEntry(30, "seen", None, NOW - 8 * DAY),
    ImportEntry(40, "later", None, None),
)


@pytest.fixture
async def any_database(any_database: Database) -> Database:
    """Each kind of database in turn, with Anne."""
    await People(any_database).get_or_create(ANNE, "ready", NOW)
    return any_database


async def imported(
    database: Database, entries: tuple[ImportEntry, ...] = FILE, now: datetime = NOW, update_id: int | None = None
) -> ImportResult:
    """Import a file and return what has changed."""
    imports = Imports(database)
    number = await imports.add(ANNE, ImportDraft("letterboxd", len(entries), entries), now)
    result = await imports.apply(ANNE, number, now, update_id)
    assert result is not None
    assert await imports.apply(ANNE, number, now, update_id) == (result if update_id else None)
    return result


async def stored(database: Database) -> tuple[dict[int, Rating], dict[str, dict[int, datetime]]]:
    """Return the ratings and the marks of Anne."""
    marks = await Marks(database).of(ANNE)
    return await Ratings(database).of(ANNE), {kind: of_kind for kind, of_kind in marks.items() if of_kind}


async def test_import_and_undo(any_database: Database) -> None:
    """One import is one change, and its undo restores exactly what was there before."""
    ratings, changes = Ratings(any_database), Changes(any_database)
    await Marks(any_database).put(ANNE, [10], "unseen", NOW - DAY)
    before = await stored(any_database)
    result = await imported(any_database, update_id=5)
    assert (result.rated, result.seen, result.later, result.same, result.kept) == (2, 1, 1, 0, 0)
    assert await stored(any_database) == (
        {10: Rating(10, 4.5, "import", NOW - 9 * DAY), 20: Rating(20, 1.0, "import", NOW)},
        {"seen": {30: NOW - 8 * DAY}, "later": {40: NOW}},
    )
    again = await imported(any_database, now=LATER)
    assert again == ImportResult(same=4)
    undone = await changes.undo(ANNE, LATER, update_id=6)
    assert undone is not None
    assert undone.outcome == UndoneImport(4)
    assert await changes.undo(ANNE, LATER, update_id=6) == undone
    assert await stored(any_database) == before
    assert await changes.undo(ANNE, LATER) is None
    # After the undo, the file can be imported again.
    assert (await imported(any_database, now=LATER)).rated == 2
    assert set(await ratings.of(ANNE)) == {10, 20}


async def test_only_the_chosen_profile_is_imported(any_database: Database) -> None:
    """Entries of another profile about the same and other movies are deleted with the draft."""
    imports = Imports(any_database)
    entries = (ImportEntry(10, "rated", 5.0, None), *(replace(entry, profile=1) for entry in FILE))
    number = await imports.add(ANNE, ImportDraft("netflix", len(entries), entries), NOW)
    assert await imports.apply(ANNE, number, NOW, profile=0) == ImportResult(rated=1, number=ANY)
    assert await stored(any_database) == ({10: Rating(10, 5.0, "import", NOW)}, {})
    assert await imports.apply(ANNE, number, LATER, profile=1) is None
    number = await imports.add(ANNE, ImportDraft("netflix", len(entries), entries), NOW)
    result = await imports.apply(ANNE, number, LATER, profile=1)
    assert result is not None
    assert (result.rated, result.seen, result.later, result.kept) == (1, 1, 1, 1)


async def test_what_was_said_here_stays(any_database: Database) -> None:
    """A newer rating, one without a date in the file, and what was taken back here are not overwritten."""
    ratings, marks = Ratings(any_database), Marks(any_database)
    await ratings.rate(ANNE, 10, 1.0, "button", NOW - DAY)
    await ratings.rate(ANNE, 20, 5.0, "button", NOW - DAY)
    await ratings.rate(ANNE, 50, 5.0, "button", NOW - DAY)
    await ratings.rate(ANNE, 60, 5.0, "button", NOW - 2 * DAY)
    await ratings.rate(ANNE, 60, None, "button", NOW - DAY)
    await marks.add(ANNE, 40, "later", NOW - 2 * DAY)
    await marks.remove(ANNE, 40, "later", NOW - DAY)
    newer = (ImportEntry(50, "rated", 2.0, NOW - DAY / 2), ImportEntry(60, "rated", 4.0, NOW - 2 * DAY))
    in_future = (ImportEntry(10, "rated", 3.0, NOW + DAY),)
    result = await imported(any_database, (*FILE, *newer))
    assert (result.rated, result.seen, result.later, result.kept) == (1, 1, 0, 4)
    assert {movie_id: rating.stars for movie_id, rating in (await ratings.of(ANNE)).items()} == {10: 1, 20: 5, 50: 2}
    assert (await imported(any_database, in_future)).kept == 1


async def test_what_was_said_after_an_import_survives_its_undo(any_database: Database) -> None:
    """The undo leaves such movies alone, and their own undo leads back to the imported rating."""
    ratings, changes = Ratings(any_database), Changes(any_database)
    result = await imported(any_database)
    await ratings.rate(ANNE, 10, 2.0, "button", LATER)
    undone = await changes.undo(ANNE, LATER, result.number)
    assert undone is not None
    assert undone.outcome == UndoneImport(3)
    assert {movie_id: rating.stars for movie_id, rating in (await ratings.of(ANNE)).items()} == {10: 2.0}
    await changes.undo(ANNE, LATER)
    assert {movie_id: rating.stars for movie_id, rating in (await ratings.of(ANNE)).items()} == {10: 4.5}


async def test_drafts(any_database: Database) -> None:
    """A draft is dropped once; the oldest of too many goes; a repeated update adds none; forget leaves none."""
    imports, draft = Imports(any_database), ImportDraft("imdb", 1, FILE[:1])
    first = await imports.add(ANNE, draft, NOW, update_id=5)
    assert await imports.add(ANNE, draft, NOW, update_id=5) == first
    others = [await imports.add(ANNE, draft, NOW) for _ in range(MAX_DRAFTS)]
    assert await imports.apply(ANNE, first, NOW) is None
    assert await imports.drop(ANNE, others[0])
    assert not await imports.drop(ANNE, others[0])
    assert await imports.apply(ANNE, others[0], NOW) is None
    exported = await People(any_database).export(ANNE)
    assert [row["number"] for row in exported["imports"]] == others[1:]
    await People(any_database).forget(ANNE)
    await People(any_database).get_or_create(ANNE, "ready", NOW)
    assert (await People(any_database).export(ANNE))["imports"] == []


async def test_housekeeping(any_database: Database) -> None:
    """A draft is kept for a while. The parts of an import stay as long as it can be undone."""
    imports, changes = Imports(any_database), Changes(any_database)
    retention = Retention(**{field.name: 9 * DAY for field in fields(Retention)})
    await imports.add(ANNE, ImportDraft("imdb", 1, FILE[:1]), NOW)
    await imported(any_database)
    deleted = await Housekeeping(any_database).clean(retention, NOW + 10 * DAY)
    assert (deleted["updates"], deleted["changes"]) == (1, 1)
    undone = await changes.undo(ANNE, LATER)
    assert undone is not None
    assert undone.outcome == UndoneImport(4)
    await Ratings(any_database).rate(ANNE, 10, 2.0, "button", NOW + 10 * DAY)
    assert (await Housekeeping(any_database).clean(retention, NOW + 10 * DAY))["changes"] == 5


async def test_somebody_who_is_gone(any_database: Database) -> None:
    """Nothing is stored about a person who does not exist."""
    with pytest.raises(NotFound):
        await Imports(any_database).add(9, ImportDraft("imdb", 1, FILE[:1]), NOW)


async def test_more_entries_than_a_statement_takes(any_database: Database) -> None:
    """The undo finds each movie of a file whose ids are in no order, and leaves those alone that were rated since."""
    entries = tuple(ImportEntry(movie_id * 7_919 % 1_009, "seen", None, NOW - DAY) for movie_id in range(1, 1_009))
    result = await imported(any_database, entries)
    rated_since = range(500, 1_009, 100)
    for movie_id in rated_since:
        await Ratings(any_database).rate(ANNE, movie_id, 5.0, "button", LATER)
    undone = await Changes(any_database).undo(ANNE, LATER, result.number)
    assert undone is not None
    assert undone.outcome == UndoneImport(1_008 - len(rated_since))
    assert set(await Ratings(any_database).of(ANNE)) == set(rated_since)
    assert set((await Marks(any_database).of(ANNE))["seen"]) == set(rated_since)


async def test_a_large_file(any_database: Database) -> None:
    """As many entries as a file may have are imported and taken back within the deadlines."""
    count = 50_000
    entries = tuple(ImportEntry(movie_id, "rated", 4.0, NOW - DAY) for movie_id in range(1, count + 1))
    result = await imported(any_database, entries)
    assert result.rated == count
    undone = await Changes(any_database).undo(ANNE, LATER)
    assert undone is not None
    assert undone.outcome == UndoneImport(count)
    assert await Ratings(any_database).count(ANNE) == 0
