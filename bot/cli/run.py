"""The command `reelmate run`."""

import asyncio
from typing import Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import LogLevel, LogLevelOption
from bot.runtime import pause_garbage_collection, serve_with_one_thread

EXAMPLE = "BOT_TOKEN=123456789:AAE-b_c reelmate run"


def command(
    processes: Annotated[
        int,
        typer.Option("--processes", min=1, metavar="N", help="Number of processes that share LISTEN; needs a webhook."),
    ] = 1,
    log_level: LogLevelOption = LogLevel.INFO,
    number: Annotated[int | None, typer.Option("--number", hidden=True)] = None,
) -> None:
    """Run the bot until it is stopped.

    The bot polls Telegram for updates, or has a webhook if WEBHOOK_URL is set. A bot with a webhook may have several
    processes, which share one port.
    """
    with one_line_errors():
        serve_with_one_thread()
        pause_garbage_collection()
        from bot.settings import load_settings

        settings = load_settings()
        _ = settings.token  # Fail before the slow imports if there is no token.
        if processes > 1:
            from bot.process import supervisor

            raise typer.Exit(asyncio.run(supervisor.run(settings, processes, log_level.value)))
        from bot.process import run

        asyncio.run(run.run(settings, log_level.value, number))
