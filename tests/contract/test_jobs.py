"""The job queue: one job per lane at a time, leases, cancellation and heartbeats; and the audit log."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from storage.records import AuditEntry, Job, JobStatus
from storage.sql import Audit, Database, Jobs, LeaseState

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
LEASE = timedelta(seconds=10)
LATER = NOW + timedelta(seconds=9)
TOO_LATE = NOW + timedelta(seconds=10)
ADMIN = 2**40 + 1


async def status(jobs: Jobs, job_id: int) -> JobStatus:
    """Return the status of a job."""
    job = await jobs.get(job_id)
    assert job is not None
    return job.status


async def test_a_request_is_stored_with_all_fields(any_database: Database) -> None:
    """It waits for any worker."""
    jobs = Jobs(any_database)
    job, is_new = await jobs.request("model", ADMIN, NOW, notify=True)
    assert is_new
    expected = Job(job.job_id, "model", True, None, "waiting", ADMIN, NOW, None, "", 0.0, "", False)
    assert job == expected
    assert job.is_open
    assert await jobs.get(job.job_id) == job
    assert await jobs.get(job.job_id + 1) is None


async def test_a_job_has_several_messages(any_database: Database) -> None:
    """Each message is stored once, and an update that comes again adds none."""
    jobs = Jobs(any_database)
    job, _ = await jobs.request("model", ADMIN, NOW)
    assert await jobs.progress_messages(job.job_id) == []
    assert not await jobs.has_progress_message(10)
    for message_id, update_id in ((7, 10), (7, None), (8, 10), (9, 11)):
        await jobs.add_progress_message(job.job_id, ADMIN, message_id, update_id)
    await jobs.add_progress_message(job.job_id, 2, 5)
    assert await jobs.progress_messages(job.job_id) == [(2, 5), (ADMIN, 7), (ADMIN, 9)]
    assert await jobs.progress_messages(job.job_id + 1) == []
    assert await jobs.has_progress_message(10)
    assert not await jobs.has_progress_message(None)


async def test_a_lane_has_one_open_job(any_database: Database) -> None:
    """A request while a job waits or runs returns that job. After the job has ended, a request creates a new one."""
    jobs = Jobs(any_database)
    first, _ = await jobs.request("vectors", ADMIN, NOW)
    assert await jobs.request("model", ADMIN, LATER) == (first, False)
    assert await jobs.claim("refreshing", "one", NOW, LEASE) is not None
    second, is_new = await jobs.request("rollback", ADMIN, LATER)
    assert (second.job_id, is_new) == (first.job_id, False)
    assert await jobs.finish(first.job_id, "one", "done", "as it should be", LATER)
    third, is_new = await jobs.request("metadata", ADMIN, LATER)
    assert is_new
    assert [(job.job_id, job.status, job.result) for job in await jobs.recent(5)] == [
        (third.job_id, "waiting", ""),
        (first.job_id, "done", "as it should be"),
    ]


async def test_one_of_many_workers_claims_a_job(replicas: tuple[Database, Database]) -> None:
    """Of eight concurrent claims one succeeds, and the others return nothing until the lease expires."""
    workers = [Jobs(database) for database in replicas]
    job, _ = await workers[0].request("metadata", ADMIN, NOW)
    claims = [workers[number % 2].claim("refreshing", str(number), NOW, LEASE) for number in range(8)]
    (claimed,) = [job for job in await asyncio.gather(*claims) if job is not None]
    assert (claimed.job_id, claimed.status) == (job.job_id, "running")
    assert await workers[1].claim("refreshing", "late", LATER, LEASE) is None
    assert await workers[1].claim("announcing", "late", LATER, LEASE) is None


async def test_the_lease_of_a_dead_worker_expires(any_database: Database) -> None:
    """Another worker claims the job then. The first, if still alive, has lost its lease and can change nothing."""
    jobs = Jobs(any_database)
    job, _ = await jobs.request("model", ADMIN, NOW)
    await jobs.claim("refreshing", "one", NOW, LEASE)
    assert await jobs.renew_lease(job.job_id, "one", LATER, LEASE, "training", 0.25) is LeaseState.HELD
    assert await jobs.claim("refreshing", "two", TOO_LATE, LEASE) is None
    claimed = await jobs.claim("refreshing", "two", TOO_LATE + LEASE, LEASE)
    assert claimed is not None
    assert (claimed.job_id, claimed.stage, claimed.share) == (job.job_id, "training", 0.25)
    assert await jobs.renew_lease(job.job_id, "one", TOO_LATE + LEASE, LEASE, "", 0.0) is LeaseState.LOST
    assert not await jobs.finish(job.job_id, "one", "failed", "no", TOO_LATE)
    await jobs.release(job.job_id, "one")
    assert await status(jobs, job.job_id) == "running"
    assert await jobs.finish(job.job_id, "two", "done", "", TOO_LATE)
    assert not await jobs.finish(job.job_id, "two", "failed", "", TOO_LATE)
    assert await status(jobs, job.job_id) == "done"


async def test_a_released_job_can_be_claimed_at_once(any_database: Database) -> None:
    """After a graceful stop of a worker nobody waits for its lease to expire."""
    jobs = Jobs(any_database)
    job, _ = await jobs.request("model", ADMIN, NOW)
    await jobs.claim("refreshing", "one", NOW, LEASE)
    await jobs.release(job.job_id, "one")
    claimed = await jobs.claim("refreshing", "two", NOW, LEASE)
    assert claimed is not None
    assert claimed.job_id == job.job_id


async def test_cancelling_ends_a_waiting_job_and_stops_a_running_one(any_database: Database) -> None:
    """The worker of a running job is notified when it renews its lease. A job that has ended does not change."""
    jobs = Jobs(any_database)
    first, _ = await jobs.request("model", ADMIN, NOW)
    cancelled = await jobs.cancel(first.job_id, LATER)
    assert cancelled is not None
    assert (cancelled.status, cancelled.finished_at) == ("cancelled", LATER)
    second, _ = await jobs.request("model", ADMIN, NOW)
    await jobs.claim("refreshing", "one", NOW, LEASE)
    for _ in range(2):
        cancelled = await jobs.cancel(second.job_id, LATER)
        assert cancelled is not None
        assert (cancelled.status, cancelled.cancel_requested) == ("running", True)
    assert await jobs.renew_lease(second.job_id, "one", LATER, LEASE, "", 0.0) is LeaseState.CANCELLED
    await jobs.finish(second.job_id, "one", "done", "", LATER)
    cancelled = await jobs.cancel(second.job_id, LATER)
    assert cancelled is not None
    assert (cancelled.status, cancelled.cancel_requested) == ("done", True)
    assert await jobs.cancel(second.job_id + 1, LATER) is None


async def test_audit_entries_are_in_order(any_database: Database) -> None:
    """The newest entry comes first, with all fields."""
    audit = Audit(any_database)
    entries = [AuditEntry(NOW, ADMIN, "announce", 1, "waiting"), AuditEntry(NOW, 0, "stats", None, "done")]
    for entry in entries:
        await audit.record(entry)
    assert await audit.recent(5) == entries[::-1]
    assert await audit.recent(1) == entries[1:]


@pytest.mark.parametrize("count", [2, 3])
async def test_job_ids_are_not_reused(any_database: Database, count: int) -> None:
    """Ids only grow, so that an old button cannot refer to another job."""
    jobs, job_ids = Jobs(any_database), []
    for _ in range(count):
        job, _ = await jobs.request("model", ADMIN, NOW)
        await jobs.cancel(job.job_id, NOW)
        job_ids.append(job.job_id)
    assert job_ids == sorted(set(job_ids))


async def test_heartbeats_of_workers(replicas: tuple[Database, Database]) -> None:
    """Every replica sees the last heartbeat of any worker, and None before the first."""
    first, second = (Jobs(database) for database in replicas)
    assert await first.last_heartbeat() is None
    await first.record_heartbeat(NOW)
    await second.record_heartbeat(LATER)
    await second.record_heartbeat(LATER)
    assert [await jobs.last_heartbeat() for jobs in (first, second)] == [LATER, LATER]
