"""Writing people to a file."""

from collections.abc import Sequence
from pathlib import Path

from bot.errors import BadInput
from bot.people.files import written
from bot.people.lines import end_line, header_line, person_line
from bot.reporting import ShowProgress
from bot.settings import Settings
from storage.sql import Catalogue, Database, People, PeopleTransfer

TIMEOUT_S = 120.0
"""Deadline of each call of the database."""

SAMPLE = 100
"""The file names this many movies, by which another data set is noticed."""


async def export_people(
    settings: Settings, file: Path, person_ids: Sequence[int], progress: ShowProgress
) -> dict[str, int]:
    """Write people to a new file, which only this user can read. The bot may run meanwhile.

    Args:
        settings: name the database.
        file: to write; compressed if its name ends in ".gz".
        person_ids: the people; empty for everybody.
        progress: is called with the share of people that were written.

    Returns:
        The numbers of people and of their ratings.

    Raises:
        BadInput: the file exists, or somebody does not exist.
        StorageError: the database cannot be read.
    """
    people = ratings = 0
    progress("exporting", 0.0)
    async with Database(settings.database_url.get_secret_value(), timeout_s=TIMEOUT_S) as database:
        transfer = PeopleTransfer(database)
        if person_ids:
            await _check_existing(transfer, person_ids)
        total = max(1, len(set(person_ids)) or await People(database).count())
        movies = await Catalogue(database).best_known(SAMPLE)
        with written(file) as write:
            write(header_line(bot_id(settings), movies))
            async for page in transfer.pages(person_ids or None):
                for person in page:
                    write(person_line(person))
                    people += 1
                    ratings += len(person.rows["ratings"])
                progress("exporting", min(0.99, people / total))
            write(end_line(people))
    progress("exporting", 1.0)
    return {"people": people, "ratings": ratings}


def bot_id(settings: Settings) -> int | None:
    """Return the Telegram user id of the bot; None without a BOT_TOKEN."""
    return None if settings.bot_token is None else settings.bot_id


async def _check_existing(transfer: PeopleTransfer, person_ids: Sequence[int]) -> None:
    missing = sorted(set(person_ids) - await transfer.existing(person_ids))
    if missing:
        raise BadInput(f"--person {missing[0]}: nobody has this id")
