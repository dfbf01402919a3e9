"""The command `reelmate housekeeping`."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from bot.cli.exit_status import one_line_errors
from bot.cli.options import JsonOption
from bot.reporting import print_result

if TYPE_CHECKING:
    from bot.settings import Settings
    from storage.records import RecordKind

EXAMPLE = "KEEP_CARDS_DAYS=90 reelmate housekeeping"


def command(as_json: JsonOption = False) -> None:
    """Delete the records that are older than the settings allow.

    A running bot does this once a day.
    """
    with one_line_errors():
        from bot.settings import load_settings

        print_result({"deleted": asyncio.run(clean(load_settings()))}, as_json)


async def clean(settings: "Settings") -> "Mapping[RecordKind, int]":
    """Delete the records that are older than the settings allow, and return their number by kind.

    Raises:
        StorageError: the database cannot be used.
    """
    from bot.jobs import housekeeping
    from storage.sql import Database, Housekeeping

    async with Database(settings.database_url.get_secret_value()) as database:
        return await housekeeping.clean(Housekeeping(database), settings.retention)
