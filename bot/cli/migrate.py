"""The command `reelmate migrate`."""

import asyncio
from typing import Annotated

import typer

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption
from bot.errors import BadInput
from bot.reporting import print_result

EXAMPLE = "DATABASE_URL=postgresql+asyncpg://user@host/reelmate reelmate migrate"


def command(
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="REVISION",
            help="The revision that an older version printed, to go back to that version. Deletes what is newer.",
        ),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Migrate the database to the newest schema, and print its revision.

    The commands `import` and `prepare` do this too. Before an older version is installed again, --to takes the
    database back to the revision of that version.
    """
    with one_line_errors():
        from bot.settings import load_settings
        from storage.migrations import migrate_to, newest_revision, revisions

        if to is not None and to not in revisions():
            raise BadInput(f"--to {to}: expected one of the revisions {', '.join(revisions())}")
        settings = load_settings()
        asyncio.run(migrate_to(settings.database_url.get_secret_value(), to or newest_revision()))
        state = "up to date" if to in (None, newest_revision()) else "older than this version needs"
        print_result({"database": state, "revision": to or newest_revision()}, as_json)
