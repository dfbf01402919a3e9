"""A job in a worker's hands: held on to while it is worked on, and given up when it must be."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from bot.backoff import Backoff
from storage.errors import StorageError
from storage.records import Job
from storage.sql import Jobs, LeaseState

LEASE = timedelta(seconds=10)
"""After so long without a word from its worker a job is somebody else's."""

KEEP_S = 0.5
"""So often a worker holds on to its job, and hears whether it is wanted still."""

Answer = TypeVar("Answer")

_logger = logging.getLogger(__name__)


class Lease:
    """One job, for as long as this worker has it.

    Attributes:
        job: as it was when it was taken.
        ended: set when the work shall stop: the job is cancelled or lost, or the worker stops.
        state: why; HELD where the worker itself stops.
        stage: what the job is at, for those who watch.
        share: how much of that is done, 0..1.
    """

    def __init__(self, jobs: Jobs, job: Job, owner: str) -> None:
        self.job = job
        self.ended = asyncio.Event()
        self.state = LeaseState.HELD
        self.stage, self.share = "", 0.0
        self.owner = owner
        self._jobs = jobs

    async def keep(self) -> None:
        """Hold on until it is cancelled, lost or ended."""
        while not self.ended.is_set():
            try:
                job_id, now = self.job.job_id, datetime.now(UTC)
                self.end(await self._jobs.renew_lease(job_id, self.owner, now, LEASE, self.stage[:64], self.share))
            except StorageError as error:
                _logger.warning("cannot hold on to a job", extra={"job_id": self.job.job_id}, exc_info=error)
            await self.rest(KEEP_S)

    def end(self, state: LeaseState) -> None:
        """Take in what the database said of the job."""
        if state is not LeaseState.HELD:
            self.state = state
            self.ended.set()

    async def rest(self, seconds: float) -> None:
        """Wait, but not beyond the end."""
        await rest_until(self.ended, seconds)


async def rest_until(event: asyncio.Event, seconds: float) -> None:
    """Wait so long, or until the event comes."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass


async def insist(call: Callable[[], Awaitable[Answer]]) -> Answer:
    """Make a call that is safe to repeat until the database answers: what a worker knows must not be lost."""
    backoff = Backoff(0.5, 5.0)
    while True:
        try:
            return await call()
        except StorageError as error:
            _logger.warning("a job waits for the database", exc_info=error)
            await asyncio.sleep(backoff.next())
