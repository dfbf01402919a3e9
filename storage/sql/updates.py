"""Which of Telegram's updates have come, so that one that comes again has no second effect."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import cast

from sqlalchemy import Table, delete, insert, select, update

from storage.errors import Conflict
from storage.sql.database import Database
from storage.sql.models import UpdateRow

_UPDATES = cast(Table, UpdateRow.__table__)


class Claim(StrEnum):
    """What an update that has come is.

    Attributes:
        NEW: to be handled now.
        BUSY: somebody else is at it.
        DONE: it was handled before.
    """

    NEW = "new"
    BUSY = "busy"
    DONE = "done"


class Updates:
    """Every method raises Unavailable where the database does not answer within its deadline."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, update_id: int, now: datetime, lease: timedelta) -> Claim:
        """Begin with an update; of several who do at the same time, one gets NEW.

        Args:
            update_id: Telegram's.
            now: the time.
            lease: for so long nobody else may begin with it; whoever has not come to `handled` by then has died.
        """
        row = {"update_id": update_id, "seen_at": now, "handled_at": None}
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(_UPDATES), row)
        except Conflict:
            pass
        else:
            return Claim.NEW
        is_open = (_UPDATES.c.update_id == update_id) & _UPDATES.c.handled_at.is_(None)
        async with self._database.writing() as connection:
            taken = update(_UPDATES).where(is_open, _UPDATES.c.seen_at <= now - lease).values(seen_at=now)
            if (await connection.execute(taken)).rowcount == 1:
                return Claim.NEW
            open_ = (await connection.execute(select(_UPDATES.c.update_id).where(is_open))).first()
        return Claim.DONE if open_ is None else Claim.BUSY

    async def handled(self, update_id: int, now: datetime) -> None:
        """Note that an update is done with; safe to repeat."""
        done = update(_UPDATES).where(_UPDATES.c.update_id == update_id).values(handled_at=now)
        async with self._database.writing() as connection:
            await connection.execute(done)

    async def forget_before(self, time: datetime) -> None:
        """Delete the ids that came before this time; Telegram repeats an update for 24 hours at most."""
        async with self._database.writing() as connection:
            await connection.execute(delete(_UPDATES).where(_UPDATES.c.seen_at < time))
