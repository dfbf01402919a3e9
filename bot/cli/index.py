"""The command `reelmate index`."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption
from bot.reporting import print_result, stage_progress
from bot.runtime import serve_with_one_thread

EXAMPLE = "reelmate index my-release"


def command(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="A release folder.", show_default="the newest in MODELS_URL"),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Publish a release's movie vectors and make it the active release.

    The vectors are compared with exact search before the release becomes active.
    """
    with one_line_errors():
        serve_with_one_thread()
        from bot.releases import pipeline
        from bot.settings import load_settings

        settings = load_settings()
        with stage_progress() as progress:
            release = pipeline.find_release(folder, settings)
            check = asyncio.run(pipeline.index_release(release, settings, progress))
        print_result({"release": pipeline.release_summary(release), **pipeline.check_summary(check)}, as_json)
