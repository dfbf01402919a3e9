"""The use cases of an admin on a real SQLite database, with a clock that the test sets."""

import logging
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from recsys.services.administration import (
    COMMAND_LINE,
    HEARTBEAT_TIMEOUT,
    RECENT_JOBS,
    STATISTICS_DAYS,
    Administration,
    AnnouncementPreview,
    Audience,
    Gone,
    Health,
    NotAllowed,
    Overview,
    RequestedJob,
)
from recsys.services.probes import Probe
from storage.errors import Unavailable
from storage.records import AuditEntry, Release
from storage.sql import Announcements, Audit, Contributors, Database, Jobs, Marks, People, Ratings, Releases, Usage
from storage.statistics import DailyCounts
from tests.unit.services.helpers import START, Clock

ADA, STRANGER = 1, 2
LEASE = timedelta(minutes=1)


async def answers() -> None:
    """A part of the bot that works."""


async def does_not_answer() -> None:
    """A part of the bot that is down."""
    raise Unavailable("no answer")


def administration_of(database: Database, clock: Clock, probes: Mapping[str, Probe] | None = None) -> Administration:
    """The use cases over a database; Ada is the only admin."""
    return Administration(
        {ADA},
        Jobs(database),
        Announcements(database),
        Audit(database),
        Usage(database),
        Releases(database),
        Contributors(database),
        probes or {},
        clock,
    )


@pytest.fixture
def administration(database: Database, clock: Clock) -> Administration:
    """The use cases over an empty database."""
    return administration_of(database, clock)


async def drafted(administration: Administration) -> int:
    """The job id of a new draft by Ada."""
    preview = await administration.draft_announcement(ADA, "Hello")
    assert isinstance(preview, AnnouncementPreview)
    return preview.job_id


async def requested(administration: Administration, **options: Any) -> RequestedJob:
    """The outcome of Ada's request for a new model."""
    outcome = await administration.request_refresh(ADA, "model", **options)
    assert isinstance(outcome, RequestedJob)
    return outcome


async def audited(database: Database) -> list[tuple[int, str, int | None, str]]:
    """The audit log as (admin id, action, job id, outcome), the oldest entry first."""
    entries = await Audit(database).recent(100)
    return [(entry.admin_id, entry.action, entry.job_id, entry.outcome) for entry in reversed(entries)]


# --- who may --------------------------------------------------------------------------------------------------------


async def test_a_stranger_may_do_nothing(administration: Administration, database: Database) -> None:
    """Every use case refuses somebody who is no admin, changes nothing, and stores nothing about them."""
    draft, job = await drafted(administration), (await requested(administration)).job
    entries = await audited(database)
    outcomes = [
        await administration.request_refresh(STRANGER, "model"),
        await administration.request_rollback(STRANGER),
        await administration.cancel(STRANGER, job.job_id),
        await administration.job(STRANGER, job.job_id),
        await administration.draft_announcement(STRANGER, "Hello"),
        await administration.preview_announcement(STRANGER, draft, Audience.EVERYBODY),
        await administration.announce(STRANGER, draft),
        await administration.count_recipients(STRANGER, None),
        await administration.stats(STRANGER),
        await administration.health(STRANGER),
    ]
    await administration.add_progress_message(STRANGER, job.job_id, STRANGER, 5)
    assert outcomes == [NotAllowed()] * 10
    assert await administration.progress_messages(ADA, job.job_id) == []
    await administration.add_progress_message(ADA, job.job_id, ADA, 6)
    assert await administration.progress_messages(STRANGER, job.job_id) == []
    assert await administration.job(ADA, job.job_id) == job
    assert isinstance(await administration.preview_announcement(ADA, draft, Audience.EVERYBODY), AnnouncementPreview)
    assert await Jobs(database).get(job.job_id + 1) is None
    assert await audited(database) == entries


async def test_a_refusal_is_logged(administration: Administration, caplog: pytest.LogCaptureFixture) -> None:
    """The log has nothing about the caller, because /forget cannot delete it there."""
    with caplog.at_level(logging.WARNING):
        await administration.stats(STRANGER)
    [record] = caplog.records
    assert record.getMessage() == "an admin command was refused: the caller is not an admin"
    assert STRANGER not in vars(record).values()


async def test_the_command_line_may_do_everything(administration: Administration) -> None:
    """Whoever can type a command on the machine needs no further permission."""
    outcome = await administration.request_refresh(COMMAND_LINE, "metadata")
    assert isinstance(outcome, RequestedJob)
    assert outcome.job.requested_by == COMMAND_LINE


# --- jobs -----------------------------------------------------------------------------------------------------------


async def test_a_second_request_returns_the_job_that_is_waiting(administration: Administration) -> None:
    """One refresh runs at a time, whichever kind it is."""
    first = await requested(administration, notify=True)
    assert (first.is_new, first.job.kind, first.job.status, first.job.notify) == (True, "model", "waiting", True)
    assert first.job.created_at == START
    assert await administration.request_refresh(ADA, "vectors") == RequestedJob(first.job, is_new=False)


async def test_a_rollback_leaves_the_active_release(administration: Administration, database: Database) -> None:
    """Without an active release there is nothing to leave; the job names the release that was active."""
    assert await administration.request_rollback(ADA) == Gone()
    releases = Releases(database)
    for version in ("one", "two"):
        await releases.add(Release(version, f"file:///{version}", START))
        await releases.activate(version)
    outcome = await administration.request_rollback(ADA)
    assert isinstance(outcome, RequestedJob)
    assert (outcome.is_new, outcome.job.kind, outcome.job.release) == (True, "rollback", "two")


async def test_a_waiting_job_is_cancelled_at_once(administration: Administration, clock: Clock) -> None:
    """A repetition changes nothing, and a job that never was is gone."""
    job_id = (await requested(administration)).job.job_id
    clock.advance(minutes=5)
    for _ in range(2):
        job = await administration.cancel(ADA, job_id)
        assert not isinstance(job, Gone | NotAllowed)
        assert (job.status, job.finished_at) == ("cancelled", START + timedelta(minutes=5))
    assert await administration.cancel(ADA, 99) == Gone()
    assert await administration.job(ADA, 99) == Gone()


async def test_a_running_job_is_asked_to_end(administration: Administration, database: Database, clock: Clock) -> None:
    """It keeps running until its worker notices."""
    job_id = (await requested(administration)).job.job_id
    await Jobs(database).claim("refreshing", "worker", clock.now, LEASE)
    job = await administration.cancel(ADA, job_id)
    assert not isinstance(job, Gone | NotAllowed)
    assert (job.status, job.cancel_requested) == ("running", True)


async def test_progress_messages_belong_to_the_job(administration: Administration) -> None:
    """The worker finds all of them through the job."""
    job_id = (await requested(administration)).job.job_id
    for message_id in (55, 56):
        await administration.add_progress_message(ADA, job_id, ADA, message_id)
    assert await administration.progress_messages(ADA, job_id) == [(ADA, 55), (ADA, 56)]


# --- announcements --------------------------------------------------------------------------------------------------


@pytest.fixture
async def people(database: Database, clock: Clock) -> Clock:
    """Seven people who came 60 days ago; two of them do not want messages or cannot get any.

    Person 10 did nothing since then, 11 rated a movie 20 days ago, 12 rated a movie 3 days ago, 13 marked a movie
    3 days ago, and 14 came 3 days ago. 15 rated a movie 3 days ago but switched messages off, and 16 rated a movie
    3 days ago but blocked the bot.
    """
    people, ratings = People(database), Ratings(database)
    for person_id in (10, 11, 12, 13, 15, 16):
        await people.get_or_create(person_id, "ready", clock.now)
        await people.update(person_id, notify=person_id != 15, blocked=person_id == 16)
    clock.advance(days=40)
    await ratings.rate(11, 1, 5.0, "button", clock.now)
    clock.advance(days=17)
    for person_id in (12, 15, 16):
        await ratings.rate(person_id, 1, 5.0, "button", clock.now)
    await Marks(database).put(13, [1], "later", clock.now)
    await people.get_or_create(14, "ready", clock.now)
    await people.update(14, notify=True)
    clock.advance(days=3)
    return clock


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("audience", "recipients"), [(Audience.EVERYBODY, 5), (Audience.MONTH, 4), (Audience.WEEK, 3)], ids=str
)
async def test_an_audience_is_counted_by_activity(
    administration: Administration, audience: Audience, recipients: int
) -> None:
    """Rating, marking and arriving are activity; preview, count and announcement agree on the number."""
    draft = await administration.draft_announcement(ADA, "Hello")
    assert draft == AnnouncementPreview(1, 5)
    preview = AnnouncementPreview(1, recipients)
    assert await administration.preview_announcement(ADA, 1, audience) == preview
    assert await administration.count_recipients(ADA, audience.days) == recipients
    assert await administration.announce(ADA, 1, audience.days) == preview


async def test_activity_ends_after_the_last_day(administration: Administration, people: Clock) -> None:
    """Exactly 7 days after the rating a person still counts as active, one second later not any more."""
    people.advance(days=4)
    assert await administration.count_recipients(ADA, 7) == 3
    people.advance(seconds=1)
    assert await administration.count_recipients(ADA, 7) == 0


@pytest.mark.usefixtures("people")
async def test_a_draft_is_announced_once(administration: Administration, database: Database) -> None:
    """The second confirmation finds no draft, and nobody gets the announcement twice."""
    draft = await drafted(administration)
    assert await administration.announce(ADA, draft) == AnnouncementPreview(draft, 5)
    assert await administration.announce(ADA, draft) == Gone()
    assert await administration.preview_announcement(ADA, draft, Audience.EVERYBODY) == Gone()
    assert sum((await Announcements(database).counts(draft)).values()) == 5


async def test_a_cancelled_draft_is_gone(administration: Administration) -> None:
    """It can be neither previewed nor announced."""
    draft = await drafted(administration)
    job = await administration.cancel(ADA, draft)
    assert not isinstance(job, Gone | NotAllowed)
    assert job.status == "cancelled"
    assert await administration.preview_announcement(ADA, draft, Audience.EVERYBODY) == Gone()
    assert await administration.announce(ADA, draft) == Gone()


# --- usage and health -----------------------------------------------------------------------------------------------


async def test_a_worker_is_missing_once_its_heartbeat_is_15_seconds_old(
    administration: Administration, database: Database, clock: Clock
) -> None:
    """Before the first heartbeat there is no worker either."""
    assert timedelta(seconds=15) == HEARTBEAT_TIMEOUT
    assert not await administration.has_worker()
    await Jobs(database).record_heartbeat(clock.now)
    clock.advance(seconds=14.999)
    assert await administration.has_worker()
    clock.advance(seconds=0.001)
    assert not await administration.has_worker()
    await Jobs(database).record_heartbeat(clock.now)
    assert await administration.has_worker()


async def test_health_has_a_result_for_each_part(database: Database, clock: Clock) -> None:
    """A part that is down and a worker that is silent have a problem; the worker comes last."""
    administration = administration_of(database, clock, {"database": answers, "metadata": does_not_answer})
    problems = ["", "no answer", "none is running: start `reelmate worker`"]
    health = await administration.health(ADA)
    assert isinstance(health, Health)
    assert [result.name for result in health.probes] == ["database", "metadata", "worker"]
    assert [result.problem for result in health.probes] == problems
    assert (health.release, health.jobs) == (None, ())
    await Jobs(database).record_heartbeat(clock.now)
    health = await administration.health(ADA)
    assert isinstance(health, Health)
    assert [result.problem for result in health.probes] == [*problems[:2], ""]


async def test_health_lists_the_last_jobs_and_the_active_release(
    administration: Administration, database: Database
) -> None:
    """The newest job comes first, and a draft is no job yet."""
    release = Release("one", "file:///one", START)
    await Releases(database).add(release)
    await Releases(database).activate("one")
    job_ids = []
    for _ in range(RECENT_JOBS + 1):
        job_ids.append((await requested(administration)).job.job_id)
        await administration.cancel(ADA, job_ids[-1])
    await drafted(administration)
    health = await administration.health(ADA)
    assert isinstance(health, Health)
    assert [job.job_id for job in health.jobs] == job_ids[:0:-1]
    assert health.release == release


@pytest.mark.usefixtures("people")
async def test_people_who_left_and_are_in_the_active_release_are_counted(
    administration: Administration, database: Database
) -> None:
    """Both /stats and /health count them. Another release and other people do not matter."""
    people, contributors, releases = People(database), Contributors(database), Releases(database)

    async def counted() -> tuple[int, int]:
        overview, health = await administration.stats(ADA), await administration.health(ADA)
        assert isinstance(overview, Overview)
        assert isinstance(health, Health)
        return overview.left, health.left

    assert await counted() == (0, 0)
    for version, person_ids in (("one", (11, 12)), ("two", (11, 12, 15))):
        for person_id in person_ids:
            await people.update(person_id, consent=True)
        await contributors.record(version, (await contributors.read())[1])
        await releases.add(Release(version, f"file:///{version}", START))
        await releases.activate(version)
    assert await counted() == (0, 0)
    await people.forget(15)
    await people.forget(10)
    assert await counted() == (1, 1)
    await people.update(12, consent=False)
    assert await counted() == (2, 2)
    await releases.activate("one")
    assert await counted() == (1, 1)


@pytest.mark.usefixtures("people")
async def test_usage_is_counted_by_day(administration: Administration, people: Clock) -> None:
    """The last of the 30 days is today, and people and ratings stand at the days on which they came."""
    overview = await administration.stats(ADA)
    assert isinstance(overview, Overview)
    statistics, today = overview.statistics, people.now.date()
    assert (statistics.people, statistics.reachable, statistics.ratings) == (7, 5, 4)
    assert len(statistics.days) == STATISTICS_DAYS == 30
    assert [day for day in statistics.days if day.people or day.ratings] == [
        DailyCounts(today - timedelta(days=20), people=0, ratings=1),
        DailyCounts(today - timedelta(days=3), people=1, ratings=3),
    ]
    assert statistics.days[-1].date == today
    # Within a day nobody did anything. 15 and 16 count, too: they rated a movie.
    assert statistics.active == {1: 0, 7: 5, 30: 6}


# --- the audit log --------------------------------------------------------------------------------------------------


async def test_every_action_is_in_the_audit_log(
    administration: Administration, database: Database, clock: Clock
) -> None:
    """Each entry has the admin, the time, the job and the outcome; reading a job or a count is no action."""
    refresh = (await requested(administration)).job.job_id
    await administration.request_refresh(COMMAND_LINE, "vectors")
    await administration.cancel(ADA, refresh)
    draft = await drafted(administration)
    await administration.announce(ADA, draft)
    await administration.announce(ADA, draft)
    await administration.cancel(ADA, 99)
    clock.advance(hours=1)
    await administration.stats(ADA)
    await administration.health(ADA)
    await administration.job(ADA, refresh)
    await administration.count_recipients(ADA, None)
    await administration.request_rollback(ADA)
    assert await audited(database) == [
        (ADA, "refresh model", refresh, "waiting"),
        (COMMAND_LINE, "refresh vectors", refresh, "busy"),
        (ADA, "cancel", refresh, "cancelled"),
        (ADA, "draft", draft, "done"),
        (ADA, "announce", draft, "waiting"),
        (ADA, "announce", draft, "gone"),
        (ADA, "cancel", 99, "gone"),
        (ADA, "stats", None, "done"),
        (ADA, "health", None, "done"),
    ]
    [health, *_, first] = await Audit(database).recent(100)
    assert health == AuditEntry(START + timedelta(hours=1), ADA, "health", None, "done")
    assert first.at == START
