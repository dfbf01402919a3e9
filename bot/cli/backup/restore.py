"""The command `reelmate restore`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption
from bot.reporting import print_result, stage_progress

EXAMPLE = "DATABASE_URL=mysql://me:secret@host/reelmate reelmate restore today.tar.gz"


def command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Archive that reelmate backup has written.")],
    as_json: JsonOption = False,
) -> None:
    """Restore an archive into an empty database, of any kind, and into MODELS_URL.

    A bot that starts afterwards publishes the vectors; `reelmate index` does it at once.
    """
    with one_line_errors():
        from bot.backup import restore
        from bot.settings import load_settings

        with stage_progress() as progress:
            restored = asyncio.run(restore(load_settings(), file.absolute(), progress))
        print_result({"file": str(file), **restored}, as_json)
