"""Jobs that admins asked for: refreshes and announcements. `reelmate worker`, and a part of a bot that polls.

Any number of workers share one database. A job is leased: whoever holds it says so twice a second; if it does not for
10 s, it has died and another one goes on. Jobs of one lane run one after the other, whoever runs them; see
`storage.sql.jobs`.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime

from telegram import Bot

from bot.app import Services, open_services
from bot.application import connect_worker
from bot.backoff import Backoff
from bot.jobs.announcer import MAX_AT_ONCE, Announcer, CardSender
from bot.jobs.lease import LEASE, Lease, insist, rest_until
from bot.jobs.pace import Pace
from bot.jobs.progress_message import Progress
from bot.observability import logs
from bot.releases import activation, refresh
from bot.runtime import stop_at_signals
from bot.settings import Settings
from handlers.posters import Posters
from handlers.texts import admin
from storage.errors import NotFound, StorageError
from storage.records import LANES, AuditEntry, DeliveryStatus, Job, JobStatus, Lane
from storage.sql import LeaseState

POLL_INTERVAL_S = 1.0
"""So often a worker without a job looks for one."""

ATTEND_EVERY_S = 5.0
"""So often a worker says that it is there; see `recsys.services.administration.SILENT_AFTER`."""

STOP_S = 2.0
"""How long what is in hand may take at the end."""

Outcome = tuple[JobStatus, str]
"""How a job has ended, and one line about it."""

_logger = logging.getLogger(__name__)


async def run(settings: Settings, level: str = "INFO") -> None:
    """Work until SIGTERM or SIGINT.

    Args:
        settings: as for `reelmate run`.
        level: from which level on is logged.

    Raises:
        Misconfigured: a setting is missing or wrong.
        NotFound: nothing was ever prepared.
        Unavailable: a service that nothing can stand in for does not answer.
    """
    _ = settings.token
    logs.configure(settings.secrets(), level=level)
    async with AsyncExitStack() as stack:
        stop = stack.enter_context(stop_at_signals())
        services = await stack.enter_async_context(open_services(settings))
        await stack.enter_async_context(services.reloader.running())
        await stack.enter_async_context(running_worker(services, settings))
        _logger.info("waiting for jobs")
        await stop.wait()


@asynccontextmanager
async def running_worker(services: Services, settings: Settings) -> AsyncIterator[None]:
    """Do jobs while the block runs; what is in hand at its end is given back for others to go on with."""
    async with connect_worker(settings, MAX_AT_ONCE + len(LANES)) as bot:
        worker = Worker(services, settings, bot)
        task = asyncio.create_task(worker.run(), name="worker")
        try:
            yield
        finally:
            worker.stop()
            _, late = await asyncio.wait([task], timeout=STOP_S)
            for one in late:
                one.cancel()
            await asyncio.wait([task])
            if not task.cancelled() and (error := task.exception()) is not None:
                _logger.error("the worker has died", exc_info=error)


class Worker:
    """Takes jobs, one of each lane at a time."""

    def __init__(self, services: Services, settings: Settings, bot: Bot) -> None:
        """Wire it.

        Args:
            services: all that a running bot has.
            settings: ANNOUNCE_RATE is read, and what a refresh needs.
            bot: sends and edits; it repeats nothing by itself.
        """
        self._services, self._stores, self._settings = services, services.stores, settings
        self._owner = secrets.token_hex(16)
        rate = settings.announce_rate
        pace = Pace(rate)
        speaker = CardSender(bot, services.conversation, Posters(self._stores.posters, settings.bot_id))
        self._announcer = Announcer(self._stores.announcements, speaker, pace, rate)
        self._progress = Progress(bot, self._stores.jobs, pace)
        self._stopping = asyncio.Event()
        self._leases: set[Lease] = set()

    async def run(self) -> None:
        """Work until told to stop."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._attend(), name="heartbeat")
            for lane in LANES:
                tasks.create_task(self._serve(lane), name=lane)

    def stop(self) -> None:
        """Take no further job, and give back those in hand."""
        self._stopping.set()
        for lease in self._leases:
            lease.ended.set()

    async def _attend(self) -> None:
        """Say again and again that somebody is there to work."""
        while not self._stopping.is_set():
            try:
                await self._stores.jobs.record_heartbeat(datetime.now(UTC))
            except StorageError as error:
                _logger.warning("cannot say that a worker is there", exc_info=error)
            await rest_until(self._stopping, ATTEND_EVERY_S)

    async def _serve(self, lane: Lane) -> None:
        backoff = Backoff()
        while not self._stopping.is_set():
            pause_s = POLL_INTERVAL_S
            try:
                job = await self._stores.jobs.claim(lane, self._owner, datetime.now(UTC), LEASE)
                backoff.reset()
            except StorageError as error:
                job, pause_s = None, backoff.next()
                _logger.warning("cannot look for jobs", extra={"lane": lane}, exc_info=error)
            if job is not None:
                await self._do(job)
                continue
            await rest_until(self._stopping, pause_s)

    async def _do(self, job: Job) -> None:
        lease = Lease(self._stores.jobs, job, self._owner)
        self._leases.add(lease)
        is_announcement = job.kind == "announcement"

        def counts() -> Mapping[DeliveryStatus, int] | None:
            return self._announcer.counts if is_announcement else None

        _logger.info("job begun", extra={"job_id": job.job_id, "kind": job.kind})
        beside = [
            asyncio.create_task(lease.keep(), name="lease"),
            asyncio.create_task(self._progress.follow(job.job_id, counts), name="progress"),
        ]
        outcome: Outcome | None
        try:
            outcome = await (self._announce(lease) if is_announcement else self._refresh(lease))
        except StorageError as error:
            outcome = ("failed", str(error))
        except Exception as error:
            _logger.exception("a job failed", extra={"job_id": job.job_id})
            outcome = ("failed", type(error).__name__)
        finally:
            self._leases.discard(lease)
            for task in beside:
                task.cancel()
            await asyncio.wait(beside)
        if await self._conclude(lease, outcome):
            await self._progress.conclude(job.job_id, counts)

    async def _announce(self, lease: Lease) -> Outcome | None:
        return ("done", "") if await self._announcer.send(lease) else None

    async def _refresh(self, lease: Lease) -> Outcome | None:
        """Work until that is done, or the lease ends."""
        work = asyncio.create_task(self._refreshed(lease), name=lease.job.kind)
        ended = asyncio.create_task(lease.ended.wait(), name="end of the lease")
        try:
            await asyncio.wait((work, ended), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (work, ended):
                task.cancel()
            await asyncio.wait((work, ended))
        return None if work.cancelled() else work.result()

    async def _refreshed(self, lease: Lease) -> Outcome:
        def progress(stage: str, share: float) -> None:
            lease.stage, lease.share = stage, share

        match lease.job.kind:
            case "metadata":
                written = await refresh.refresh_metadata(self._stores, self._settings, progress=progress)
                return "done", admin.movies_written(written)
            case "vectors":
                try:
                    is_published = await refresh.refresh_vectors(self._stores, self._settings, progress)
                except NotFound as error:
                    return "failed", str(error)
                return "done", "" if is_published else admin.PUBLISHED_SOON()
            case "model":
                found = await refresh.refresh_model(self._stores, self._settings, progress=progress)
            case _:
                found = await activation.roll_back(self._stores, lease.job.release)
        if isinstance(found, activation.Refused):
            return "failed", found.reason
        return "done", admin.live(found.release)

    async def _conclude(self, lease: Lease, outcome: Outcome | None) -> bool:
        """End the job, or give it back; whether it has ended here."""
        job, jobs = lease.job, self._stores.jobs
        if lease.state is LeaseState.LOST:
            _logger.warning("a job was lost", extra={"job_id": job.job_id})
            return False
        if outcome is None and lease.state is LeaseState.HELD:
            await insist(lambda: jobs.release(job.job_id, self._owner))
            return False
        status, result = outcome or ("cancelled", "")
        if status == "done" and job.notify:
            # Before the end: whoever does it again after a crash tells nobody twice.
            await insist(
                lambda: self._stores.announcements.start_after_job(job.job_id, job.requested_by, datetime.now(UTC))
            )
        if not await insist(lambda: jobs.finish(job.job_id, self._owner, status, result, datetime.now(UTC))):
            return False
        act = AuditEntry(datetime.now(UTC), job.requested_by, f"end {job.kind}", job.job_id, status)
        await insist(lambda: self._stores.audit.record(act))
        _logger.info("job ended", extra={"job_id": job.job_id, "kind": job.kind, "status": status})
        return True
