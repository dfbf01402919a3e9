"""The command `reelmate worker`."""

import asyncio

from bot.cli.exit_status import one_line_errors
from bot.cli.options import LogLevel, LogLevelOption
from bot.runtime import serve_with_one_thread

EXAMPLE = "BOT_TOKEN=123456789:AAE-b_c reelmate worker"


def command(
    log_level: LogLevelOption = LogLevel.INFO,
) -> None:
    """Run the refreshes and announcements that admins request, until it is stopped.

    A bot that polls runs them itself. A bot with a webhook needs a worker.
    """
    with one_line_errors():
        serve_with_one_thread()
        from bot.settings import load_settings

        settings = load_settings()
        _ = settings.token  # Fail before the slow imports if there is no token.
        from bot.jobs import worker

        asyncio.run(worker.run(settings, log_level.value))
