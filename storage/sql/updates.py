"""Telegram updates that were received, so that a redelivered update has no second effect."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, cast

from sqlalchemy import Connection, Table, delete, exists, func, insert, select, update

from storage.batching import CallBatcher
from storage.changes import ShownCard
from storage.errors import Conflict
from storage.sql.cards import confirm_cards
from storage.sql.database import Database
from storage.sql.models import HeartbeatRow, UpdateRow

_UPDATES = cast(Table, UpdateRow.__table__)
_HEARTBEATS = cast(Table, HeartbeatRow.__table__)
_LATEST = select(func.coalesce(func.max(_UPDATES.c.update_id), 0))
_INSERT = insert(_UPDATES)


class ClaimResult(StrEnum):
    """The result of claiming an update.

    Attributes:
        NEW: the caller must handle the update.
        BUSY: another process is handling the update.
        DONE: the update was handled before.
    """

    NEW = "new"
    BUSY = "busy"
    DONE = "done"


class _Claim(NamedTuple):
    update_id: int
    owner: str
    now: datetime
    max_silence: timedelta


class _Handled(NamedTuple):
    update_id: int
    now: datetime
    shown: ShownCard | None


class Updates:
    """The updates that were received, and the processes that handle them.

    A process that claims updates is their owner. It records heartbeats under the name of its replica. If a replica
    starts again, its new process takes the place of the earlier one, whose claims count no more.

    Every method raises Unavailable if the database does not answer within its deadline. There are two calls per update,
    so concurrent calls share a transaction.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._batcher = CallBatcher(self._write)

    async def claim(self, update_id: int, owner: str, now: datetime, max_silence: timedelta) -> ClaimResult:
        """Claim an update for handling. If several processes claim it concurrently, one call returns NEW.

        Args:
            update_id: Telegram's id of the update.
            owner: unique name of the process. It must not claim an update that it is handling.
            now: the current time.
            max_silence: time since the last heartbeat of another owner after which that owner is assumed to have died,
                so that its updates can be claimed.
        """
        return await self._batcher.submit(_Claim(update_id, owner, now, max_silence))

    async def latest(self) -> int:
        """Return the highest id of the updates that were received; 0 if there are none."""
        return await self._database.read(lambda connection: connection.execute(_LATEST).scalar_one(), single=True)

    async def mark_handled(self, update_id: int, now: datetime, shown: ShownCard | None = None) -> None:
        """Mark an update as handled, which need not be claimed. Safe to repeat.

        Args:
            update_id: Telegram's id of the update.
            now: the current time.
            shown: the card that a message certainly shows now; None for no change. Nothing changes if the card has
                another movie by now.
        """
        await self._batcher.submit(_Handled(update_id, now, shown))

    async def record_heartbeat(self, replica: str, owner: str, now: datetime) -> None:
        """Record that a process is alive, in place of any earlier process of its replica. Safe to repeat.

        Args:
            replica: name of the replica, of at most 32 characters. It stays the same when the replica starts again.
            owner: the process.
            now: the current time.
        """
        heartbeat = {"name": replica, "at": now, "owner": owner}
        await self._database.write(lambda connection: connection.execute(self._database.upsert(_HEARTBEATS), heartbeat))

    async def give_up(self, update_ids: Collection[int], owner: str) -> None:
        """Let other processes claim these updates of a process, which go on with its other updates. Safe to repeat."""
        are_open = _UPDATES.c.update_id.in_(update_ids) & _UPDATES.c.handled_at.is_(None)
        give_up = update(_UPDATES).where(are_open, _UPDATES.c.owner == owner).values(owner=None)
        await self._database.write(lambda connection: connection.execute(give_up))

    async def release(self, owner: str) -> None:
        """Let other processes claim all updates of a process at once. Safe to repeat."""
        release = delete(_HEARTBEATS).where(_HEARTBEATS.c.owner == owner)
        await self._database.write(lambda connection: connection.execute(release))

    async def _write(self, items: Sequence[_Claim | _Handled]) -> list[ClaimResult]:
        """Write a batch of calls in one transaction; if that conflicts, each claim in its own transaction."""
        claims = [item for item in items if isinstance(item, _Claim)]
        handled = [item for item in items if isinstance(item, _Handled)]
        shown = [item.shown for item in handled if item.shown is not None]

        def mark(connection: Connection) -> None:
            if handled:
                rows = [_handled_row(item) for item in sorted(handled, key=lambda item: item.update_id)]
                connection.execute(self._database.upsert(_UPDATES), rows)
            if shown:
                confirm_cards(connection, shown)

        def write(connection: Connection) -> None:
            if claims:
                # Sorted, because replicas that insert the same ids in the same order cannot end in a deadlock.
                connection.execute(_INSERT, [_row(claim) for claim in sorted(claims)])
            mark(connection)

        try:
            await self._database.write(write)
        except Conflict:
            # At least one of the updates was received before.
            if handled:
                await self._database.write(mark)
            return [await self._claim_one(item) if isinstance(item, _Claim) else ClaimResult.DONE for item in items]
        return [ClaimResult.NEW if isinstance(item, _Claim) else ClaimResult.DONE for item in items]

    async def _claim_one(self, claim: _Claim) -> ClaimResult:
        """Claim an update in a transaction of its own, if no other process that is alive owns it."""
        update_id, owner, now, max_silence = claim
        try:
            await self._database.write(lambda connection: connection.execute(_INSERT, _row(claim)))
        except Conflict:
            pass
        else:
            return ClaimResult.NEW
        is_open = (_UPDATES.c.update_id == update_id) & _UPDATES.c.handled_at.is_(None)
        has_live_owner = exists().where(
            _HEARTBEATS.c.owner == _UPDATES.c.owner, _UPDATES.c.owner != owner, _HEARTBEATS.c.at > now - max_silence
        )
        change_owner = update(_UPDATES).where(is_open, ~has_live_owner).values(owner=owner, seen_at=now)

        # Of processes that claim it concurrently, the later ones must see the owner that the first one stored.
        lock = select(_UPDATES.c.update_id).where(_UPDATES.c.update_id == update_id).with_for_update()

        def take_over(connection: Connection) -> ClaimResult:
            connection.execute(lock)
            if connection.execute(change_owner).rowcount == 1:
                return ClaimResult.NEW
            open_update = connection.execute(select(_UPDATES.c.update_id).where(is_open)).first()
            return ClaimResult.DONE if open_update is None else ClaimResult.BUSY

        return await self._database.write(take_over)


def _row(claim: _Claim) -> dict[str, object]:
    return {"update_id": claim.update_id, "seen_at": claim.now, "handled_at": None, "owner": claim.owner}


def _handled_row(handled: _Handled) -> dict[str, object]:
    return {"update_id": handled.update_id, "seen_at": handled.now, "handled_at": handled.now, "owner": None}
