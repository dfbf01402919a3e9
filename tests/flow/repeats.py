"""Updates that are delivered again although they had their effect."""

from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import Table, select, update

from bot.app import Services
from bot.local_bot_api import TelegramServer
from storage.sql.models import UpdateRow

_UPDATES = cast(Table, UpdateRow.__table__)


async def repeat(server: TelegramServer, bot: Services, update_id: int | None = None) -> None:
    """Deliver an update again, as after a kill between its effect and the mark that it was handled.

    Args:
        server: the server that delivers it.
        bot: the bot that handled it, and handles it again.
        update_id: the update; None for the last one.
    """
    repeated = server.updates[-1]["update_id"] if update_id is None else update_id
    await until_handled(bot, repeated)
    long_ago = datetime.now(UTC) - timedelta(minutes=10)
    unmark = update(_UPDATES).where(_UPDATES.c.update_id == repeated).values(handled_at=None, seen_at=long_ago)
    async with bot.stores.database.writing() as connection:
        await connection.execute(unmark)
    server.redeliver(repeated)
    await until_handled(bot, repeated)


async def until_handled(bot: Services, update_id: int) -> None:
    """Wait until an update is marked as handled."""
    handled_at = select(_UPDATES.c.handled_at).where(_UPDATES.c.update_id == update_id)
    is_handled = False
    while not is_handled:
        async with bot.stores.database.reading() as connection:
            is_handled = (await connection.execute(handled_at)).scalar() is not None
