"""The claims of this process on updates, and the heartbeat that keeps them from other processes."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import islice
from uuid import uuid4

from storage.errors import StorageError
from storage.sql import ClaimResult, Updates

HEARTBEAT_INTERVAL_S = 1.0
"""The process records a heartbeat this often, in seconds."""

MAX_SILENCE = timedelta(seconds=5)
"""A process without a heartbeat for this long may have its updates claimed by another process."""

_RELEASE_S = 1.0
_GIVEN_UP_AT_ONCE = 500

_logger = logging.getLogger(__name__)


class Claims:
    """Claims updates for this process."""

    def __init__(self, updates: Updates, *, alone: bool) -> None:
        """Create claims of a process that records no heartbeats yet.

        Args:
            updates: the record of updates that were delivered.
            alone: whether this is the only process of the bot. Then any other owner of an update has died.
        """
        self._updates = updates
        self._alone = alone
        self._latest: int | None = None  # The highest id that was received, if only this process receives updates.
        self._max_silence = timedelta(0) if alone else MAX_SILENCE
        self._owner = uuid4().hex
        self._is_failing = False
        self._given_up: set[int] = set()
        self._giving_up = asyncio.Lock()

    async def claim(self, update_id: int) -> ClaimResult:
        """Claim an update that this process is not handling.

        If this is the only process, an update that is newer than all that were received needs no row in the database
        before it is handled.

        Raises:
            StorageError: the database does not answer.
        """
        if self._latest is not None and update_id > self._latest:
            self._latest = update_id
            return ClaimResult.NEW
        if update_id in self._given_up:
            async with self._giving_up:  # Otherwise the claim could be given up while the update is handled.
                self._given_up.discard(update_id)
        return await self._updates.claim(update_id, self._owner, datetime.now(UTC), self._max_silence)

    def give_up(self, update_id: int) -> None:
        """Let other processes claim an update that was not handled here. They can after the next heartbeat."""
        self._given_up.add(update_id)

    @asynccontextmanager
    async def recording_heartbeats(
        self, address: tuple[str, int] | None, number: int | None = None
    ) -> AsyncIterator[None]:
        """Record heartbeats until the block ends, then release the updates that are not handled.

        Args:
            address: where this process listens. Only one process of a host can listen there, so an earlier process with
                the same address has died, and its updates are released at once. None if the process does not listen.
            number: which of several processes that share the address this is; None if it is the only one.
        """
        replica = self._owner if address is None else replica_name(address, number)
        await self._record_heartbeat(replica)
        if self._alone:
            with suppress(StorageError):  # Otherwise each update is claimed in the database.
                self._latest = await self._updates.latest()
        beating = asyncio.create_task(self._record_heartbeats(replica), name="heartbeat")
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.wait((beating,))
            await self._release()

    async def _record_heartbeats(self, replica: str) -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_INTERVAL_S)
            await self._record_heartbeat(replica)

    async def _record_heartbeat(self, replica: str) -> None:
        try:
            await self._updates.record_heartbeat(replica, self._owner, datetime.now(UTC))
            await self._give_up_refused()
        except StorageError as error:
            if not self._is_failing:
                _logger.warning("cannot record heartbeats; another process may take updates over", exc_info=error)
            self._is_failing = True
        else:
            self._is_failing = False

    async def _give_up_refused(self) -> None:
        async with self._giving_up:
            given_up = list(islice(self._given_up, _GIVEN_UP_AT_ONCE))
            if given_up:
                await self._updates.give_up(given_up, self._owner)
                self._given_up.difference_update(given_up)

    async def _release(self) -> None:
        try:
            async with asyncio.timeout(_RELEASE_S):
                await self._updates.release(self._owner)
        except (StorageError, TimeoutError):
            _logger.warning("the updates of this process are not released; another process waits before it claims them")


def replica_name(address: tuple[str, int], number: int | None = None) -> str:
    """Return the name of a replica that listens at an address of this host; it is the same after a restart.

    Args:
        address: the host and the port.
        number: which of several processes that share the address it is; None if it is the only one.
    """
    host, port = address
    process = "" if number is None else f" {number}"
    return sha256(f"{socket.gethostname()} {host}:{port}{process}".encode()).hexdigest()[:32]
