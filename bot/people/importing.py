"""Reading people from a file, and merging them with those in the database."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, cast

from bot.errors import BadInput
from bot.people.exporting import TIMEOUT_S, bot_id
from bot.people.files import lines_of
from bot.people.lines import BadLine, Header, read_end, read_header, read_person, without_messages
from bot.reporting import ShowProgress
from bot.settings import Settings
from handlers.steps import Step
from storage.sql import Catalogue, Database, PeopleTransfer, StoredPerson

BATCH_PEOPLE = 200
BATCH_ROWS = 5_000
"""A transaction merges at most this many people, and begins no further one after this many rows."""


async def import_people(
    settings: Settings, file: Path, person_ids: Collection[int], progress: ShowProgress, *, is_trial: bool = False
) -> dict[str, Any]:
    """Merge the people of a file with those in the database. Safe to repeat, and to interrupt at any time.

    The whole file is checked before anything is written.

    Args:
        settings: name the database, which is migrated.
        file: that `export_people` has written.
        person_ids: the people; empty for everybody.
        progress: is called with the share of the file that was read.
        is_trial: whether nothing is written.

    Returns:
        The numbers of people who are new here, were changed and are the same, and of changed rows by table.

    Raises:
        BadInput: the file cannot be read, a line is bad, or the movies here are others. Nothing has changed.
        StorageError: the database cannot be used. The same call goes on.
    """
    progress("checking", 0.0)
    header = _checked(file, set(person_ids), lambda share: progress("checking", share))
    people, rows = Counter[str](new=0, changed=0, same=0), Counter[str]()
    async with Database(settings.database_url.get_secret_value(), timeout_s=TIMEOUT_S) as database:
        await _check_movies(file, header, Catalogue(database))
        transfer = PeopleTransfer(database)
        is_same_bot = header.bot_id is not None and header.bot_id == bot_id(settings)
        lines = _read(file, lambda share: progress("importing", share))
        next(lines)
        chosen = (
            person for person in cast(Iterator[StoredPerson], lines) if not person_ids or person.person_id in person_ids
        )
        for batch in _batches(chosen):
            of_bot = batch if is_same_bot else list(map(without_messages, batch))
            merged = await transfer.merge(of_bot, Step.READY.value, is_trial=is_trial)
            people.update(merged.people)
            rows.update(merged.rows)
    return {"people": dict(people), "rows": dict(rows)}


def _checked(file: Path, person_ids: Collection[int], show_share: Callable[[float], None]) -> Header:
    """Read the whole file, and return its header.

    Raises:
        BadInput: a line is bad, or somebody is not in the file.
    """
    lines = _read(file, show_share)
    header = cast(Header, next(lines))
    missing = set(person_ids).difference(person.person_id for person in cast(Iterator[StoredPerson], lines))
    if missing:
        raise BadInput(f"--person {min(missing)}: nobody in {file} has this id")
    return header


def _read(file: Path, show_share: Callable[[float], None]) -> Iterator[Header | StoredPerson]:
    """Yield the header of a file and then its people.

    Raises:
        BadInput: a line is bad or missing. The message has its number.
    """
    number = last_id = people = 0
    is_ended = False
    for number, line in lines_of(file, show_share):
        try:
            if number == 1:
                yield read_header(line)
                continue
            if is_ended:
                raise BadLine("expected nothing behind the line with the number of people")
            end = read_end(line)
            if end is not None:
                if end.people != people:
                    raise BadLine(f"people: expected {people}, the number of people in the file")
                is_ended = True
                continue
            person = read_person(line)
            if person.person_id <= last_id:
                raise BadLine("person_id: expected a higher id than in the line before")
        except BadLine as error:
            raise BadInput(f"{file}, line {number}: {error}") from None
        last_id = person.person_id
        people += 1
        yield person
    if not is_ended:
        raise BadInput(f"{file} was cut off after line {number}")


def _batches(people: Iterator[StoredPerson]) -> Iterator[list[StoredPerson]]:
    batch: list[StoredPerson] = []
    rows = 0
    for person in people:
        batch.append(person)
        rows += sum(map(len, person.rows.values()))
        if len(batch) == BATCH_PEOPLE or rows >= BATCH_ROWS:
            yield batch
            batch, rows = [], 0
    if batch:
        yield batch


async def _check_movies(file: Path, header: Header, catalogue: Catalogue) -> None:
    """Compare the movies that the file names with those of the catalogue.

    Raises:
        BadInput: the ids mean other movies here.
    """
    if not header.movies or not await catalogue.count():
        return
    here = await catalogue.get_many(list(header.movies))
    same = sum(movie.label.casefold() == header.movies[movie_id].casefold() for movie_id, movie in here.items())
    if same < max(1, len(here) / 2):
        raise BadInput(
            f"{file} is about other movies: of {len(header.movies)} movies that it names, {len(here)} have their id"
            f" here, and {same} their title, too. Import the same data set in both installations"
        )
