"""The command `reelmate export-people`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption, PeopleOption
from bot.reporting import print_result, stage_progress

EXAMPLE = "reelmate export-people people.jsonl.gz"


def command(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="File to write, such as people.jsonl; compressed if it ends in .gz.")
    ],
    person: PeopleOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write what is stored about people into a file, for another installation.

    The bot may keep running. The file contains personal data: keep it private, and delete it after the import.
    """
    with one_line_errors():
        from bot.people.exporting import export_people
        from bot.settings import load_settings

        with stage_progress() as progress:
            written = asyncio.run(export_people(load_settings(), file, person or (), progress))
        print_result({"file": str(file), **written}, as_json)
