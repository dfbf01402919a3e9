"""The worker that runs the jobs admins request: refreshes and announcements.

It runs as `reelmate worker` and inside a bot that polls. Any number of workers share one database. A worker leases the
job that it runs and renews the lease twice a second. If a lease is not renewed for 10 s, its worker is assumed to be
dead, and another worker resumes the job. Jobs of one lane run one after the other, even if different workers run them;
see `storage.sql.jobs`.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from typing import NamedTuple

from telegram import Bot

from bot.app import Services, open_services
from bot.application import connect_worker
from bot.backoff import Backoff
from bot.client.throttle import Throttle
from bot.jobs.announcer import MAX_AT_ONCE, Announcer, WorkerContext
from bot.jobs.lease import JOB_LEASE, Lease, wait_for_event
from bot.jobs.progress_message import ProgressMessages
from bot.jobs.retries import retry_storage
from bot.observability import logs
from bot.releases import activation, refresh
from bot.releases.details import refresh_details
from bot.runtime import stop_at_signals
from bot.settings import Settings
from bot.waiting import database_answers
from handlers.posters import Posters
from handlers.texts import admin
from storage.errors import NotFound, StorageError
from storage.records import LANES, AuditEntry, Job, JobStatus, Lane
from storage.sql import LeaseState

POLL_INTERVAL_S = 1.0
"""An idle worker checks for new jobs this often, in seconds."""

HEARTBEAT_INTERVAL_S = 5.0
"""A worker records that it is alive this often, in seconds; see `recsys.services.administration.HEARTBEAT_TIMEOUT`."""

SHUTDOWN_TIMEOUT_S = 2.0
"""At shutdown, running jobs get this many seconds to stop before they are cancelled."""


class Outcome(NamedTuple):
    """The outcome of a job.

    Attributes:
        status: the final status.
        result: a line of details, which may be empty.
        is_news: whether the job changed the recommendations. If it did not, nobody is notified.
    """

    status: JobStatus
    result: str = ""
    is_news: bool = True


_logger = logging.getLogger(__name__)


async def run(settings: Settings, level: str = "INFO") -> None:
    """Run a worker until SIGTERM or SIGINT.

    Args:
        settings: as for `reelmate run`.
        level: minimum level to log.

    Raises:
        Misconfigured: a setting is missing or wrong.
        NotFound: nothing was ever prepared.
        Unavailable: the database or the metadata store does not answer. The database has some time to begin to answer.
    """
    _ = settings.token
    logs.configure(settings.secrets(), level=level)
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(stop_at_signals())
        if not await database_answers(settings, stop):
            return
        services = await stack.enter_async_context(open_services(settings))
        await stack.enter_async_context(services.reloader.running())
        await stack.enter_async_context(running_worker(services, settings))
        _logger.info("waiting for jobs")
        await stop.wait()


@asynccontextmanager
async def running_worker(services: Services, settings: Settings) -> AsyncIterator[None]:
    """Run a worker while the block runs. Jobs that are unfinished at its end are released for other workers."""
    async with connect_worker(settings, MAX_AT_ONCE + len(LANES)) as bot:
        worker = Worker(services, settings, bot)
        task = asyncio.create_task(worker.run(), name="worker")
        try:
            yield
        finally:
            worker.stop()
            _, unfinished = await asyncio.wait([task], timeout=SHUTDOWN_TIMEOUT_S)
            if unfinished:
                task.cancel()
            await asyncio.wait([task])
            if not task.cancelled() and (error := task.exception()) is not None:
                _logger.error("the worker has died", exc_info=error)


class Worker:
    """Claims and runs jobs, one of each lane at a time."""

    def __init__(self, services: Services, settings: Settings, bot: Bot) -> None:
        """Create a worker.

        Args:
            services: the services of a running bot.
            settings: ANNOUNCE_RATE, and the settings that a refresh needs.
            bot: sends and edits messages; it must not retry by itself.
        """
        self._stores, self._settings = services.stores, settings
        self._owner = secrets.token_hex(16)
        rate = settings.announce_rate
        throttle = Throttle(rate)
        context = WorkerContext(bot, services.conversation, Posters(self._stores.posters, settings.bot_id))
        self._announcer = Announcer(self._stores.announcements, context, throttle, rate)
        self._progress_messages = ProgressMessages(bot, self._stores.jobs)
        self._stopping = asyncio.Event()
        self._leases: set[Lease] = set()

    async def run(self) -> None:
        """Run jobs until `stop` is called."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._send_heartbeats(), name="heartbeat")
            for lane in LANES:
                tasks.create_task(self._run_lane(lane), name=lane)

    def stop(self) -> None:
        """Claim no further job, and release the running ones."""
        self._stopping.set()
        for lease in self._leases:
            lease.stopped.set()

    async def _send_heartbeats(self) -> None:
        while not self._stopping.is_set():
            try:
                await self._stores.jobs.record_heartbeat(datetime.now(UTC))
            except StorageError as error:
                _logger.warning("cannot record a heartbeat", exc_info=error)
            await wait_for_event(self._stopping, HEARTBEAT_INTERVAL_S)

    async def _run_lane(self, lane: Lane) -> None:
        """Claim and run the jobs of one lane, one after the other."""
        backoff = Backoff()
        while not self._stopping.is_set():
            pause_s = POLL_INTERVAL_S
            try:
                job = await self._stores.jobs.claim(lane, self._owner, datetime.now(UTC), JOB_LEASE)
                backoff.reset()
            except StorageError as error:
                job, pause_s = None, backoff.next()
                _logger.warning("cannot check for jobs", extra={"lane": lane}, exc_info=error)
            if job is not None:
                await self._run_job(job)
                continue
            await wait_for_event(self._stopping, pause_s)

    async def _run_job(self, job: Job) -> None:
        """Run a claimed job to its end, or until its lease stops."""
        lease = Lease(self._stores.jobs, job, self._owner)
        deliveries = self._deliveries if job.kind == "announcement" else _no_deliveries
        _logger.info("job begun", extra={"job_id": job.job_id, "kind": job.kind})
        self._leases.add(lease)
        background_tasks = [
            asyncio.create_task(lease.renew_until_stopped(), name="lease"),
            asyncio.create_task(self._progress_messages.follow(job.job_id, deliveries), name="progress"),
        ]
        try:
            outcome = await self._work(lease)
        finally:
            self._leases.discard(lease)
            for task in background_tasks:
                task.cancel()
            await asyncio.wait(background_tasks)
        if await self._finish(lease, outcome):
            await self._progress_messages.show_result(job.job_id, deliveries)

    def _deliveries(self) -> admin.Deliveries:
        return self._announcer.deliveries

    async def _work(self, lease: Lease) -> Outcome | None:
        """Do the work of a job. Return None if the lease stopped before it was done."""
        try:
            if lease.job.kind == "announcement":
                return Outcome("done") if await self._announcer.send(lease) else None
            return await self._refresh_until_stopped(lease)
        except StorageError as error:
            return Outcome("failed", str(error))
        except Exception as error:
            _logger.exception("a job failed", extra={"job_id": lease.job.job_id})
            return Outcome("failed", type(error).__name__)

    async def _refresh_until_stopped(self, lease: Lease) -> Outcome | None:
        """Run a refresh, and cancel it if the lease stops. Return None if it was cancelled."""
        work = asyncio.create_task(self._refresh(lease), name=lease.job.kind)
        stopped = asyncio.create_task(lease.stopped.wait(), name="lease stopped")
        try:
            await asyncio.wait((work, stopped), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, stopped):
                task.cancel()
            await asyncio.wait((work, stopped))
        return None if work.cancelled() else work.result()

    async def _refresh(self, lease: Lease) -> Outcome:
        """Run a refresh or a rollback, and keep the lease's stage and share up to date."""

        def progress(stage: str, share: float) -> None:
            lease.stage, lease.share = stage, share

        match lease.job.kind:
            case "metadata":
                written = await refresh.refresh_metadata(self._stores, self._settings, progress=progress)
                return Outcome("done", admin.movies_written(written))
            case "details":
                report = await refresh_details(self._stores, self._settings, progress)
                return Outcome("done", admin.details_read(report.asked, report.found), is_news=report.found > 0)
            case "vectors":
                try:
                    is_published = await refresh.refresh_vectors(self._stores, self._settings, progress)
                except NotFound as error:
                    return Outcome("failed", str(error))
                return Outcome("done", "" if is_published else admin.PUBLISHED_SOON())
            case "model":
                activated = await refresh.refresh_model(self._stores, self._settings, progress=progress)
            case _:
                activated = await activation.roll_back(self._stores, lease.job.release)
        if isinstance(activated, activation.Refused):
            return Outcome("failed", activated.reason)
        live = admin.live(activated.release, activated.skipped, is_new=activated.is_new, was_live=activated.was_live)
        return Outcome("done", live, is_news=activated.is_new or not activated.was_live)

    async def _finish(self, lease: Lease, outcome: Outcome | None) -> bool:
        """Store the outcome of a job, or release the job if the worker shuts down.

        Returns:
            Whether the job has ended here; False if it was released or another worker has it.
        """
        job, jobs = lease.job, self._stores.jobs
        if lease.state is LeaseState.LOST:
            _logger.warning("a job was lost to another worker", extra={"job_id": job.job_id})
            return False
        if outcome is None and lease.state is LeaseState.HELD:
            await retry_storage(lambda: jobs.release(job.job_id, self._owner))
            return False
        status, result, is_news = outcome or Outcome("cancelled")
        if status == "done" and job.notify and is_news:
            # Before the job ends: after a crash in between, the job is repeated, but the announcement starts only once.
            await retry_storage(
                lambda: self._stores.announcements.start_after_job(job.job_id, job.requested_by, datetime.now(UTC))
            )
        if not await retry_storage(lambda: jobs.finish(job.job_id, self._owner, status, result, datetime.now(UTC))):
            return False
        entry = AuditEntry(datetime.now(UTC), job.requested_by, f"end {job.kind}", job.job_id, status)
        await retry_storage(lambda: self._stores.audit.record(entry))
        _logger.info("job ended", extra={"job_id": job.job_id, "kind": job.kind, "status": status})
        return True


def _no_deliveries() -> None:
    return None
