"""Which of Telegram's updates have come, so that one that comes again has no second effect."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, cast

from sqlalchemy import Table, delete, insert, select, update

from storage.errors import Conflict
from storage.sql.database import Database
from storage.sql.models import UpdateRow
from storage.sql.together import Together

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


class _Arrival(NamedTuple):
    update_id: int
    now: datetime
    lease: timedelta


class Updates:
    """Every method raises Unavailable where the database does not answer within its deadline.

    There are two calls for every update, so those that come at the same time share their transactions.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._claims = Together(self._claim_together)
        self._done = Together(self._handled_together)

    async def claim(self, update_id: int, now: datetime, lease: timedelta) -> Claim:
        """Begin with an update; of several who do at the same time, one gets NEW.

        Args:
            update_id: Telegram's.
            now: the time.
            lease: for so long nobody else may begin with it; whoever has not come to `handled` by then has died.
        """
        return await self._claims.ask(_Arrival(update_id, now, lease))

    async def handled(self, update_id: int, now: datetime) -> None:
        """Note that an update is done with; safe to repeat."""
        await self._done.ask((update_id, now))

    async def _claim_together(self, arrivals: Sequence[_Arrival]) -> list[Claim]:
        rows = [{"update_id": one.update_id, "seen_at": one.now, "handled_at": None} for one in arrivals]
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(_UPDATES), rows)
        except Conflict:
            # At least one had come before.
            return [await self._claim_alone(one) for one in arrivals]
        return [Claim.NEW] * len(arrivals)

    async def _claim_alone(self, arrival: _Arrival) -> Claim:
        update_id, now, lease = arrival
        new = {"update_id": update_id, "seen_at": now, "handled_at": None}
        try:
            async with self._database.writing() as connection:
                await connection.execute(insert(_UPDATES), new)
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

    async def _handled_together(self, done: Sequence[tuple[int, datetime]]) -> list[None]:
        update_ids, times = zip(*done, strict=True)
        noted = update(_UPDATES).where(_UPDATES.c.update_id.in_(update_ids)).values(handled_at=max(times))
        async with self._database.writing() as connection:
            await connection.execute(noted)
        return [None] * len(done)

    async def forget_before(self, time: datetime) -> None:
        """Delete the ids that came before this time; Telegram repeats an update for 24 hours at most."""
        async with self._database.writing() as connection:
            await connection.execute(delete(_UPDATES).where(_UPDATES.c.seen_at < time))
