"""The command `reelmate backup`; `restore` is the other way."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption
from bot.reporting import print_result, stage_progress

EXAMPLE = "reelmate backup /srv/backups/today.tar.gz"


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Archive to write, such as today.tar.gz.")],
    as_json: JsonOption = False,
) -> None:
    """Write everything that cannot be rebuilt into one archive: the database and the models.

    The bot may keep running. The archive contains personal data: keep it private.
    """
    with one_line_errors():
        from bot.backup import back_up
        from bot.settings import load_settings

        with stage_progress() as progress:
            written = asyncio.run(back_up(load_settings(), file.absolute(), progress))
        print_result({"file": str(file), **written}, as_json)
