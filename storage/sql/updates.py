"""Which of Telegram's updates have come, so that one that comes again has no second effect."""

from datetime import datetime
from typing import cast

from sqlalchemy import Table, delete, insert

from storage.errors import Conflict
from storage.sql.database import Database
from storage.sql.models import UpdateRow

_UPDATES = cast(Table, UpdateRow.__table__)


class Updates:
    """Every method raises Unavailable where the database does not answer within its deadline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first_time(self, update_id: int, now: datetime) -> bool:
        """True for the first call with this id, False for every other; of several at the same time, one gets True."""
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(_UPDATES), {"update_id": update_id, "seen_at": now})
        except Conflict:
            return False
        return True

    async def forget_before(self, time: datetime) -> None:
        """Delete the ids that came before this time; Telegram repeats an update for 24 hours at most."""
        async with self._database.writing() as connection:
            await connection.execute(delete(_UPDATES).where(_UPDATES.c.seen_at < time))
