"""The command `reelmate run`."""

import asyncio

from bot.cli.exit_status import one_line_errors
from bot.cli.options import LogLevel, LogLevelOption
from bot.runtime import pause_garbage_collection, serve_with_one_thread

EXAMPLE = "BOT_TOKEN=123456789:AAE-b_c reelmate run"


def command(
    log_level: LogLevelOption = LogLevel.INFO,
) -> None:
    """Run the bot until it is stopped.

    The bot polls Telegram for updates, or has a webhook if WEBHOOK_URL is set.
    """
    with one_line_errors():
        serve_with_one_thread()
        pause_garbage_collection()
        from bot.settings import load_settings

        settings = load_settings()
        _ = settings.token  # Fail before the slow imports if there is no token.
        from bot.process import run

        asyncio.run(run.run(settings, log_level.value))
