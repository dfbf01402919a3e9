"""The lease of a job: how a worker keeps the job to itself, and learns that it has to stop."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta

from storage.errors import StorageError
from storage.records import Job
from storage.sql import Jobs, LeaseState

JOB_LEASE = timedelta(seconds=10)
"""A job whose lease was not renewed for this long may be taken by another worker."""

RENEWAL_INTERVAL_S = 0.5
"""A worker renews its lease this often, in seconds. So it takes this long at most until it notices a cancellation."""

_logger = logging.getLogger(__name__)


class Lease:
    """A worker's lease of one job.

    Attributes:
        job: the job as it was when it was claimed.
        owner: the id of the worker.
        stopped: set when the work has to stop: the job is cancelled or lost, or the worker shuts down.
        state: why it has to stop; HELD if the worker shuts down.
        stage: the current stage of the job, shown to admins.
        share: how much of the stage is done, 0..1.
    """

    def __init__(self, jobs: Jobs, job: Job, owner: str) -> None:
        self.job = job
        self.owner = owner
        self.stopped = asyncio.Event()
        self.state = LeaseState.HELD
        self.stage, self.share = "", 0.0
        self._jobs = jobs

    async def renew_until_stopped(self) -> None:
        """Renew the lease and publish stage and share, every RENEWAL_INTERVAL_S until the work has to stop."""
        while not self.stopped.is_set():
            try:
                job_id, now = self.job.job_id, datetime.now(UTC)
                state = await self._jobs.renew_lease(job_id, self.owner, now, JOB_LEASE, self.stage[:64], self.share)
                self.stop_unless_held(state)
            except StorageError as error:
                _logger.warning("cannot renew the lease of a job", extra={"job_id": self.job.job_id}, exc_info=error)
            await self.wait(RENEWAL_INTERVAL_S)

    def stop_unless_held(self, state: LeaseState) -> None:
        """Stop the work if the database says that the job is cancelled or lost."""
        if state is not LeaseState.HELD:
            self.state = state
            self.stopped.set()

    async def wait(self, seconds: float) -> None:
        """Wait, but not longer than until the work has to stop."""
        await wait_for_event(self.stopped, seconds)


async def wait_for_event(event: asyncio.Event, timeout_s: float) -> None:
    """Wait until an event is set or the timeout has passed."""
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        pass
