"""Which of Telegram's updates have come, so that one that comes again has no second effect."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, cast

from sqlalchemy import Connection, Table, bindparam, delete, insert, select, update

from storage.batching import CallBatcher
from storage.errors import Conflict
from storage.sql.database import Database
from storage.sql.models import UpdateRow

_UPDATES = cast(Table, UpdateRow.__table__)
_CLAIM = insert(_UPDATES)
_DONE = update(_UPDATES).where(_UPDATES.c.update_id == bindparam("done")).values(handled_at=bindparam("at"))


class ClaimResult(StrEnum):
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


class _End(NamedTuple):
    update_id: int
    now: datetime


class Updates:
    """Every method raises Unavailable where the database does not answer within its deadline.

    There are two calls for every update, so those that come at the same time share a transaction.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._notes = CallBatcher(self._note)

    async def claim(self, update_id: int, now: datetime, lease: timedelta) -> ClaimResult:
        """Begin with an update; of several who do at the same time, one gets NEW.

        Args:
            update_id: Telegram's.
            now: the time.
            lease: for so long nobody else may begin with it; whoever has not come to `handled` by then has died.
        """
        return await self._notes.submit(_Arrival(update_id, now, lease))

    async def mark_handled(self, update_id: int, now: datetime) -> None:
        """Note that an update is done with; safe to repeat."""
        await self._notes.submit(_End(update_id, now))

    async def _note(self, notes: Sequence[_Arrival | _End]) -> list[ClaimResult]:
        arrivals = [note for note in notes if isinstance(note, _Arrival)]
        ends = [{"done": note.update_id, "at": note.now} for note in notes if isinstance(note, _End)]

        def write(connection: Connection) -> None:
            if arrivals:
                # In one order everywhere: replicas that get the same ones wait for each other, and not in a circle.
                connection.execute(_CLAIM, [_row(one) for one in sorted(arrivals)])
            if ends:
                connection.execute(_DONE, ends)

        try:
            await self._database.write(write)
        except Conflict:
            # At least one had come before.
            if ends:
                await self._database.write(lambda connection: connection.execute(_DONE, ends))
            return [await self._claim_alone(note) if isinstance(note, _Arrival) else ClaimResult.DONE for note in notes]
        return [ClaimResult.NEW if isinstance(note, _Arrival) else ClaimResult.DONE for note in notes]

    async def _claim_alone(self, arrival: _Arrival) -> ClaimResult:
        update_id, now, lease = arrival
        try:
            await self._database.write(lambda connection: connection.execute(_CLAIM, _row(arrival)))
        except Conflict:
            pass
        else:
            return ClaimResult.NEW
        is_open = (_UPDATES.c.update_id == update_id) & _UPDATES.c.handled_at.is_(None)
        taken = update(_UPDATES).where(is_open, _UPDATES.c.seen_at <= now - lease).values(seen_at=now)

        def take_over(connection: Connection) -> ClaimResult:
            if connection.execute(taken).rowcount == 1:
                return ClaimResult.NEW
            open_ = connection.execute(select(_UPDATES.c.update_id).where(is_open)).first()
            return ClaimResult.DONE if open_ is None else ClaimResult.BUSY

        return await self._database.write(take_over)

    async def delete_before(self, time: datetime) -> None:
        """Delete the ids that came before this time; Telegram repeats an update for 24 hours at most."""
        async with self._database.writing() as connection:
            await connection.execute(delete(_UPDATES).where(_UPDATES.c.seen_at < time))


def _row(arrival: _Arrival) -> dict[str, object]:
    return {"update_id": arrival.update_id, "seen_at": arrival.now, "handled_at": None}
