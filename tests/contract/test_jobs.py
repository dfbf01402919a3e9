"""Jobs: one of each lane at a time, taken with a lease, and given up or lost in time; and what admins did."""

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
    """A job's status."""
    job = await jobs.get(job_id)
    assert job is not None
    return job.status


async def test_a_request_is_kept_with_all_it_says(any_database: Database) -> None:
    """It waits, for nobody in particular; the message that shows how far it is can be noted later."""
    jobs = Jobs(any_database)
    made, is_new = await jobs.request("model", ADMIN, NOW, notify=True)
    assert is_new
    expected = Job(made.job_id, "model", True, None, "waiting", ADMIN, None, None, NOW, None, "", 0.0, "", False)
    assert made == expected
    await jobs.set_progress_message(made.job_id, ADMIN, 7)
    kept = await jobs.get(made.job_id)
    assert kept is not None
    assert (kept.chat_id, kept.message_id, kept.is_open) == (ADMIN, 7, True)
    assert await jobs.get(made.job_id + 1) is None


async def test_there_is_one_open_refresh(any_database: Database) -> None:
    """Whatever else is asked for while one waits or runs leads to that one; once it has ended, a new one is made."""
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


async def test_one_worker_of_many_gets_it(replicas: tuple[Database, Database]) -> None:
    """Of eight who claim at the same time one does, and the others find nothing to do while its lease lasts."""
    workers = [Jobs(database) for database in replicas]
    made, _ = await workers[0].request("metadata", ADMIN, NOW)
    claims = [workers[number % 2].claim("refreshing", str(number), NOW, LEASE) for number in range(8)]
    (got,) = [job for job in await asyncio.gather(*claims) if job is not None]
    assert (got.job_id, got.status) == (made.job_id, "running")
    assert await workers[1].claim("refreshing", "late", LATER, LEASE) is None
    assert await workers[1].claim("announcing", "late", LATER, LEASE) is None


async def test_the_lease_of_the_dead_runs_out(any_database: Database) -> None:
    """Another one takes the job then; the first, if it lives after all, learns it, and can change nothing any more."""
    jobs = Jobs(any_database)
    made, _ = await jobs.request("model", ADMIN, NOW)
    await jobs.claim("refreshing", "one", NOW, LEASE)
    assert await jobs.renew_lease(made.job_id, "one", LATER, LEASE, "training", 0.25) is LeaseState.HELD
    assert await jobs.claim("refreshing", "two", TOO_LATE, LEASE) is None
    taken = await jobs.claim("refreshing", "two", TOO_LATE + LEASE, LEASE)
    assert taken is not None
    assert (taken.job_id, taken.stage, taken.share) == (made.job_id, "training", 0.25)
    assert await jobs.renew_lease(made.job_id, "one", TOO_LATE + LEASE, LEASE, "", 0.0) is LeaseState.LOST
    assert not await jobs.finish(made.job_id, "one", "failed", "no", TOO_LATE)
    await jobs.release(made.job_id, "one")
    assert await status(jobs, made.job_id) == "running"
    assert await jobs.finish(made.job_id, "two", "done", "", TOO_LATE)
    assert not await jobs.finish(made.job_id, "two", "failed", "", TOO_LATE)
    assert await status(jobs, made.job_id) == "done"


async def test_what_is_released_is_taken_at_once(any_database: Database) -> None:
    """A worker that stops in good order keeps nobody waiting for its lease to run out."""
    jobs = Jobs(any_database)
    made, _ = await jobs.request("model", ADMIN, NOW)
    await jobs.claim("refreshing", "one", NOW, LEASE)
    await jobs.release(made.job_id, "one")
    taken = await jobs.claim("refreshing", "two", NOW, LEASE)
    assert taken is not None
    assert taken.job_id == made.job_id


async def test_a_running_job_is_asked_to_end_and_a_waiting_one_ends(any_database: Database) -> None:
    """The worker of a running one hears of it when it next holds on; what has ended stays as it is."""
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


async def test_acts_are_kept_in_order(any_database: Database) -> None:
    """The newest comes first, and every field comes back."""
    audit = Audit(any_database)
    acts = [AuditEntry(NOW, ADMIN, "announce", 1, "waiting"), AuditEntry(NOW, 0, "stats", None, "done")]
    for act in acts:
        await audit.record(act)
    assert await audit.recent(5) == acts[::-1]
    assert await audit.recent(1) == acts[1:]


@pytest.mark.parametrize("count", [2, 3])
async def test_a_number_is_given_once(any_database: Database, count: int) -> None:
    """Numbers only grow, so that an old button never comes to mean another job."""
    jobs, numbers = Jobs(any_database), []
    for _ in range(count):
        made, _ = await jobs.request("model", ADMIN, NOW)
        await jobs.cancel(made.job_id, NOW)
        numbers.append(made.job_id)
    assert numbers == sorted(set(numbers))


async def test_whoever_works_says_so(replicas: tuple[Database, Database]) -> None:
    """The latest word of any worker is what everybody sees; before there was one, nothing."""
    one, two = (Jobs(database) for database in replicas)
    assert await one.last_heartbeat() is None
    await one.record_heartbeat(NOW)
    await two.record_heartbeat(LATER)
    await two.record_heartbeat(LATER)
    assert [await jobs.last_heartbeat() for jobs in (one, two)] == [LATER, LATER]
