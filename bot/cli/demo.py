"""The command `reelmate demo`."""

import asyncio
from typing import Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import (
    DataOption,
    DetailsOption,
    DownloadOption,
    ScaleOption,
    SkipOption,
    StarterOption,
    TrainOnDetailsOption,
)
from bot.reporting import print_note, stage_progress

EXAMPLE = "reelmate demo --data ml-1m"


def command(
    data: DataOption = None,
    download: DownloadOption = None,
    starter: StarterOption = False,
    details: DetailsOption = None,
    train_on_details: TrainOnDetailsOption = False,
    skip_bad_rows: SkipOption = False,
    scale: ScaleOption = None,
    host: Annotated[
        str,
        typer.Option(
            "--host", metavar="ADDRESS", help="IPv4 address of the page; 0.0.0.0 lets other machines open it."
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="N", help="Port of the page; 0 takes a free one.")
    ] = 8000,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Print the address and do not open a browser.")
    ] = False,
) -> None:
    """Try the bot on a chat page in your browser, without an account or a token.

    The page is reachable from this machine only, unless --host names another address. With --data, --download or
    --starter, that data set is prepared first. Without them, the demo uses what was prepared last. If nothing was
    prepared, it prepares MovieLens 1M, or the starter set if the download fails.
    """
    with one_line_errors():
        from bot.process import demo
        from bot.releases.source import Source
        from bot.settings import load_settings

        source = Source.of(data, download, starter, details, skip_bad_rows, scale, train_on_details)
        settings = load_settings()
        demo.check(settings, host, port)
        if not source.is_default or not asyncio.run(demo.is_prepared(settings)):
            from bot.releases import pipeline

            with stage_progress() as progress:
                pipeline.prepare(source, settings, pipeline.training_options(), progress, print_note)
        asyncio.run(demo.demo(settings, host, port, open_browser=not no_browser))
