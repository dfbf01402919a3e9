"""The command `reelmate details`."""

import asyncio
from typing import TYPE_CHECKING

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption
from bot.reporting import ShowProgress, print_result, stage_progress
from bot.runtime import serve_with_one_thread

if TYPE_CHECKING:
    from bot.releases.details import DetailsReport
    from bot.settings import Settings

EXAMPLE = "TMDB_API_KEY=0123456789abcdef0123456789abcdef reelmate details"


def command(as_json: JsonOption = False) -> None:
    """Read plots, people, posters, trailers, titles in other languages and where to watch from TMDB.

    The best known movies come first. Only what is missing or older than five months is read, so an interrupted run
    goes on where it stopped. Running bots notice by themselves. No model is trained on these details.
    """
    with one_line_errors():
        serve_with_one_thread()
        from bot.settings import load_settings

        with stage_progress() as progress:
            report = asyncio.run(_refresh(load_settings(), progress))
        print_result({"read": report.asked, "found": report.found, "current": report.current}, as_json)


async def _refresh(settings: "Settings", progress: ShowProgress) -> "DetailsReport":
    from bot.releases.details import refresh_details
    from bot.stores import open_stores

    async with open_stores(settings) as stores:
        return await refresh_details(stores, settings, progress)
