"""The command `reelmate import-people`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption, PeopleOption
from bot.reporting import print_result, stage_progress

EXAMPLE = "reelmate import-people people.jsonl.gz --dry-run"


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File that reelmate export-people has written.")],
    person: PeopleOption = None,
    is_trial: Annotated[bool, typer.Option("--dry-run", help="Say what would change, and change nothing.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Merge the people of a file with those of this installation. The latest statement about a movie is kept.

    The bot may keep running. The same file a second time changes nothing, so an import that was cut off is run again.
    """
    with one_line_errors():
        from bot.people.importing import import_people
        from bot.settings import load_settings

        with stage_progress() as progress:
            merged = asyncio.run(import_people(load_settings(), file, person or (), progress, is_trial=is_trial))
        print_result({"file": str(file), "dry_run": is_trial, **merged}, as_json)
