"""The command `reelmate migrate`."""

import asyncio

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption
from bot.reporting import print_result

EXAMPLE = "DATABASE_URL=postgresql+asyncpg://user@host/reelmate reelmate migrate"


def command(as_json: JsonOption = False) -> None:
    """Migrate the database to the newest schema.

    The commands `import` and `prepare` do this too.
    """
    with one_line_errors():
        from bot.settings import load_settings
        from storage.migrations import migrate

        settings = load_settings()
        asyncio.run(migrate(settings.database_url.get_secret_value()))
        print_result({"database": "up to date"}, as_json)
