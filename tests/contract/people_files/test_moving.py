"""People move between installations over every kind of database."""

import asyncio
import gzip
import json
from pathlib import Path

import pytest

from bot.errors import BadInput
from bot.people.exporting import export_people
from bot.people.importing import import_people
from bot.reporting import no_progress
from bot.settings import Settings
from storage.sql import Catalogue, Database, People, PeopleTransfer, Ratings
from tests.builders import movie
from tests.contract.people_files.helpers import NOW, OTHER_BOT, SECOND, settings_of, stored
from tests.migrated import create_database

ALL_ROWS = {"ratings": 12, "changes": 42, "marks": 18, "cards": 3, "wishes": 9, "imports": 6}


def written(folder: Path) -> list[str]:
    """Return the names of the files in a folder, also of hidden and unfinished ones."""
    return sorted(path.name for path in folder.iterdir() if path.is_file())


async def test_there_and_back(there: Settings, here: Settings, tmp_path: Path) -> None:
    """Every row arrives, a second import changes nothing, and an export here writes the same file."""
    first, second, shares = tmp_path / "first.jsonl", tmp_path / "second.jsonl.gz", list[tuple[str, float]]()
    assert await export_people(there, first, (), lambda *share: shares.append(share)) == {"people": 3, "ratings": 12}
    assert (first.stat().st_mode & 0o777, shares[0], shares[-1]) == (0o600, ("exporting", 0.0), ("exporting", 1.0))
    everybody = {"people": {"new": 3, "changed": 0, "same": 0}, "rows": ALL_ROWS}
    assert await import_people(here, first, (), no_progress, is_trial=True) == everybody
    assert await stored(here) == []
    assert await import_people(here, first, (), no_progress) == everybody
    assert await stored(here) == await stored(there)
    nothing = {"people": {"new": 0, "changed": 0, "same": 3}, "rows": {}}
    assert await import_people(here, first, (), no_progress) == nothing
    await export_people(here, second, (), no_progress)
    # MySQL returns the names of a JSON object in an order of its own.
    lines = gzip.decompress(second.read_bytes()).splitlines()
    assert list(map(json.loads, lines)) == list(map(json.loads, first.read_bytes().splitlines()))
    assert await import_people(there, second, (), no_progress) == nothing


async def test_only_some_people(there: Settings, here: Settings, tmp_path: Path) -> None:
    """Both commands take people by their ids, and name one whom they do not find."""
    some, everybody = tmp_path / "some.jsonl", tmp_path / "everybody.jsonl"
    with pytest.raises(BadInput, match=r"^--person 9: nobody has this id$"):
        await export_people(there, some, (8, 9), no_progress)
    assert written(tmp_path) == []
    assert (await export_people(there, some, (2**40, 7, 7), no_progress))["people"] == 2
    await export_people(there, everybody, (), no_progress)
    with pytest.raises(BadInput, match=r"^--person 8: nobody in .*some\.jsonl has this id$"):
        await import_people(here, some, {7, 8}, no_progress)
    assert (await import_people(here, everybody, {8}, no_progress))["people"]["new"] == 1
    assert (await import_people(here, some, (), no_progress))["people"]["new"] == 2
    assert await stored(here) == await stored(there)


async def test_what_was_said_here_later_stays(there: Settings, here: Settings, tmp_path: Path) -> None:
    """The rest is merged, and what the dry run says is what happens."""
    file = tmp_path / "people.jsonl"
    await export_people(there, file, (), no_progress)
    async with Database(here.database_url.get_secret_value()) as database:
        await People(database).get_or_create(7, "ready", NOW + SECOND)
        for movie_id, seconds in ((10, 30), (20, 1)):
            await Ratings(database).rate(7, movie_id, 2.0, "button", NOW + seconds * SECOND)
        announced = await import_people(here, file, (), no_progress, is_trial=True)
        assert await import_people(here, file, (), no_progress) == announced
        assert announced["people"] == {"new": 2, "changed": 1, "same": 0}
        stars = {movie_id: rating.stars for movie_id, rating in (await Ratings(database).of(7)).items()}
        anne = await People(database).get(7)
    assert stars == {10: 2.0, 20: 4.0, 40: 1.0, 90: 4.5}
    assert anne is not None
    assert (anne.gender, anne.consent, anne.created_at) == (None, False, NOW)
    assert (await import_people(here, file, (), no_progress))["people"]["same"] == 3


async def test_somebody_whom_the_bot_creates_meanwhile(there: Settings, here: Settings, any_database: Database) -> None:
    """What they have said until their row is locked counts, although they were new when the import looked."""
    transfer, people = PeopleTransfer(any_database), await stored(there)
    await People(any_database).get_or_create(7, "ready", NOW + SECOND)
    await Ratings(any_database).rate(7, 10, 2.0, "button", NOW + 30 * SECOND)
    merges = await any_database.write(lambda connection: transfer._merge(connection, people, set(), "ready"))
    assert [merged.outcome for merged in merges] == ["changed", "new", "new"]
    assert (await Ratings(any_database).of(7))[10].stars == 2.0
    assert (await stored(here))[1:] == people[1:]


async def test_two_imports_at_once(there: Settings, here: Settings, tmp_path: Path) -> None:
    """Everything is stored once."""
    file = tmp_path / "people.jsonl"
    await export_people(there, file, (), no_progress)
    await asyncio.gather(*(import_people(here, file, (), no_progress) for _ in range(4)))
    assert await stored(here) == await stored(there)


async def test_another_bot_gets_no_messages(there: Settings, here: Settings, tmp_path: Path) -> None:
    """Messages of one bot are not those of another, and without BOT_TOKEN it is not known which bot it is."""
    file = tmp_path / "people.jsonl"
    await export_people(there, file, (), no_progress)
    for token in (OTHER_BOT, None):
        of_other_bot = here.model_copy(update={"bot_token": settings_of(tmp_path, bot_token=token).bot_token})
        rows = (await import_people(of_other_bot, file, (), no_progress, is_trial=True))["rows"]
        assert rows == {name: 3 if name == "imports" else count for name, count in ALL_ROWS.items() if name != "cards"}
    await import_people(of_other_bot, file, (), no_progress)
    for person in await stored(of_other_bot):
        assert person.profile["open_question"] is None
        assert {change["message_id"] for change in person.rows["changes"]} == {None}
        assert [draft["source"] for draft in person.rows["imports"]] == ["imdb"]
    assert (await import_people(of_other_bot, file, (), no_progress))["people"]["same"] == 3


async def test_another_data_set_is_refused(there: Settings, tmp_path: Path) -> None:
    """Under other ids, ratings would be of other movies. An empty catalogue may be filled later."""
    file, other = tmp_path / "people.jsonl", settings_of(tmp_path / "other")
    await export_people(there, file, (), no_progress)
    url = other.database_url.get_secret_value()
    await create_database(url)
    assert (await import_people(other, file, (), no_progress, is_trial=True))["people"]["new"] == 3
    async with Database(url) as database:
        await Catalogue(database).replace([movie(10 * number, title=f"Other {number}") for number in range(1, 9)])
    with pytest.raises(BadInput, match=r"is about other movies: of \d+ movies that it names, 8 have their id here"):
        await import_people(other, file, (), no_progress)
    assert await stored(other) == []


async def test_a_file_that_exists_is_not_replaced(there: Settings, tmp_path: Path) -> None:
    """Neither is anything left beside it."""
    file = tmp_path / "people.jsonl"
    file.write_text("mine")
    with pytest.raises(BadInput, match=r"people\.jsonl exists: name a new file"):
        await export_people(there, file, (), no_progress)
    assert (file.read_text(), written(tmp_path)) == ("mine", ["people.jsonl"])


async def test_the_lines_of_a_file(there: Settings, tmp_path: Path) -> None:
    """The header names the format, its version, the bot and the best known movies; a line has no empty values."""
    file = tmp_path / "people.jsonl"
    await export_people(there, file, (7,), no_progress)
    header, person, end = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    assert (header["format"], header["version"], header["bot_id"]) == ("reelmate people", 1, 123_456)
    assert len(header["movies"]) > 10
    assert person["ratings"][0] == {
        "movie_id": 10,
        "stars": 5.0,
        "source": "reaction",
        "rated_at": "2026-03-04T05:06:13.890123Z",
    }
    assert (person["person_id"], person["profile"]["services"]) == (7, ["Netflix", "Café Kino"])
    assert end == {"people": 1}


async def test_pages_are_small(
    there: Settings, here: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A page has a limited number of people and of rows, so that memory does not grow with the number of people."""
    file = tmp_path / "people.jsonl"
    await export_people(there, file, (), no_progress)
    await import_people(here, file, (), no_progress)
    async with Database(here.database_url.get_secret_value()) as database:
        for name, limit, sizes in (("PAGE_ROWS", 70, [2, 1]), ("PAGE_PEOPLE", 1, [1, 1, 1])):
            monkeypatch.setattr(f"storage.sql.transfer.store.{name}", limit)
            pages = [[person.person_id for person in page] async for page in PeopleTransfer(database).pages()]
            assert [len(page) for page in pages] == sizes
            assert [person_id for page in pages for person_id in page] == [7, 8, 2**40]
        assert [len(page) async for page in PeopleTransfer(database).pages([8, 9, 7])] == [1, 1]
