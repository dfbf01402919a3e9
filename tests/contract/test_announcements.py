"""Announcements: recipients, drafts, deliveries at most once, and their outcomes; and usage statistics."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from storage.records import DELIVERY_STATUSES, DeliveryStatus, Movie
from storage.sql import Announcements, Catalogue, Database, Jobs, LeaseState, Marks, People, Ratings, Usage
from storage.statistics import DailyCounts, LikedTitle, Statistics

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
LEASE = timedelta(seconds=10)
LONG_AGO = NOW - timedelta(days=60)
LAST_WEEK = NOW - timedelta(days=7)
ADMIN = 1


async def add_subscribers(database: Database, person_ids: Sequence[int], created_at: datetime = LONG_AGO) -> None:
    """Create people who want messages."""
    for person_id in person_ids:
        await People(database).get_or_create(person_id, "ready", created_at)
        await People(database).update(person_id, notify=True)


async def started(database: Database, person_ids: Sequence[int]) -> int:
    """Return the job id of an announcement to these people that the worker "one" has claimed."""
    await add_subscribers(database, person_ids)
    announcements = Announcements(database)
    job_id = await announcements.draft("Hello", ADMIN, NOW)
    assert await announcements.start(job_id, None) == len(person_ids)
    assert await Jobs(database).claim("announcing", "one", NOW, LEASE) is not None
    return job_id


async def steps(database: Database, call: Callable[[], Awaitable[object]]) -> int:
    """Return how many steps SQLite takes for a call, which does not depend on the load of the machine."""
    counter = itertools.count()
    # The only connection of the pool, which the call will use.
    async with database.reading() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.set_progress_handler(lambda: next(counter) < 0, 1)
    await call()
    await driver.set_progress_handler(None, 1)
    return next(counter)


async def nonzero_counts(database: Database, job_id: int) -> dict[DeliveryStatus, int]:
    """Return the number of deliveries by status, without zeros."""
    counts = await Announcements(database).counts(job_id)
    assert set(counts) == set(DELIVERY_STATUSES)
    return {status: count for status, count in counts.items() if count}


class TestRecipients:
    """The recipients of an announcement."""

    async def test_only_reachable_subscribers(self, any_database: Database) -> None:
        """People who never switched messages on, switched them off or blocked the bot are not recipients."""
        await add_subscribers(any_database, [1, 2, 3])
        people = People(any_database)
        await people.get_or_create(4, "ready", NOW)
        await people.update(2, notify=False)
        await people.update(3, blocked=True)
        assert await Announcements(any_database).count_recipients(None) == 1

    async def test_active_people_did_something_recently(self, any_database: Database) -> None:
        """Registering, rating, removing a rating and being shown a card count as activity, if they are recent."""
        await add_subscribers(any_database, [1, 2, 3, 4])
        await add_subscribers(any_database, [5], NOW)
        await Ratings(any_database).rate(1, 10, 5.0, "button", LONG_AGO)
        await Ratings(any_database).rate(2, 10, 5.0, "button", NOW)
        await Ratings(any_database).rate(2, 10, None, "button", NOW)
        await Marks(any_database).put(3, [10], "shown", NOW)
        await Marks(any_database).put(4, [10], "later", LONG_AGO)
        announcements = Announcements(any_database)
        assert await announcements.count_recipients(LAST_WEEK) == 3
        assert await announcements.count_recipients(None) == 5

    async def test_a_card_of_an_announcement_is_no_activity(self, any_database: Database) -> None:
        """A movie that is marked as shown during the delivery does not count, but the person's own marks do."""
        job_id = await started(any_database, [1, 2])
        announcements, marks = Announcements(any_database), Marks(any_database)
        await announcements.next_batch(job_id, "one", {}, 2, NOW, LEASE)
        await marks.put(1, [10], "shown", NOW + timedelta(seconds=1))
        await marks.put(2, [10], "seen", NOW + timedelta(seconds=1))
        ended = NOW + timedelta(seconds=2)
        await announcements.next_batch(job_id, "one", {1: "sent", 2: "sent"}, 2, ended, LEASE)
        assert await announcements.count_recipients(LAST_WEEK) == 1
        await marks.put(1, [11], "shown", ended + timedelta(seconds=1))
        assert await announcements.count_recipients(LAST_WEEK) == 2


class TestDrafts:
    """Announcements that an admin has written and not sent yet."""

    async def test_a_draft_is_sent_once(self, replicas: tuple[Database, Database]) -> None:
        """Of many concurrent confirmations one queues it, for the recipients at that moment."""
        await add_subscribers(replicas[0], [1, 2, 3])
        stores = [Announcements(database) for database in replicas]
        job_id = await stores[0].draft("Hello", ADMIN, NOW)
        results = await asyncio.gather(*(stores[number % 2].start(job_id, None) for number in range(6)))
        assert sorted(results, key=str) == [3, None, None, None, None, None]
        await add_subscribers(replicas[0], [4])
        assert await nonzero_counts(replicas[0], job_id) == {"waiting": 3}

    async def test_a_cancelled_draft_is_never_sent(self, any_database: Database) -> None:
        """Starting it after it was cancelled has no effect."""
        await add_subscribers(any_database, [1])
        job_id = await Announcements(any_database).draft("Hello", ADMIN, NOW)
        await Jobs(any_database).cancel(job_id, NOW)
        assert await Announcements(any_database).start(job_id, None) is None
        assert await nonzero_counts(any_database, job_id) == {}

    async def test_a_job_causes_one_announcement(self, any_database: Database) -> None:
        """Repeating the call for the same cause creates no second announcement."""
        await add_subscribers(any_database, [1, 2])
        announcements = Announcements(any_database)
        cause, _ = await Jobs(any_database).request("model", ADMIN, NOW, notify=True)
        announced = await announcements.start_after_job(cause.job_id, ADMIN, NOW)
        assert announced is not None
        assert await announcements.start_after_job(cause.job_id, ADMIN, NOW) is None
        assert await announcements.text(announced) is None
        assert await nonzero_counts(any_database, announced) == {"waiting": 2}


class TestDeliveries:
    """The deliveries of an announcement."""

    async def test_everybody_is_in_one_batch(self, any_database: Database) -> None:
        """Batches are no larger than requested, contain nobody twice, and end with an empty batch."""
        job_id = await started(any_database, range(1, 8))
        announcements, sizes, outcomes = Announcements(any_database), [], {}
        while True:
            batch = await announcements.next_batch(job_id, "one", outcomes, 3, NOW, LEASE)
            assert batch.lease_state is LeaseState.HELD
            if not batch.person_ids:
                break
            sizes.append(len(batch.person_ids))
            outcomes = dict.fromkeys(batch.person_ids, "sent")
        assert sizes == [3, 3, 1]
        assert await nonzero_counts(any_database, job_id) == {"sent": 7}

    async def test_the_cost_of_a_batch_does_not_grow_with_the_queue(self, database: Database) -> None:
        """The first 16 of 80 deliveries take SQLite as many steps as the last 16: it does not scan all waiting ones."""
        job_id = await started(database, range(1, 81))

        async def take() -> None:
            batch = await Announcements(database).next_batch(job_id, "one", {}, 16, NOW, LEASE)
            assert len(batch.person_ids) == 16

        costs = [await steps(database, take) for _ in range(5)]
        assert max(costs) < 1.1 * min(costs)

    async def test_outcomes_are_stored(self, any_database: Database) -> None:
        """A delivery that certainly failed waits again, and people who blocked the bot are marked."""
        job_id = await started(any_database, [1, 2, 3, 4])
        announcements = Announcements(any_database)
        await announcements.next_batch(job_id, "one", {}, 4, NOW, LEASE)
        outcomes: dict[int, DeliveryStatus] = {1: "sent", 2: "blocked", 3: "waiting", 4: "uncertain"}
        for _ in range(2):
            batch = await announcements.next_batch(job_id, "one", outcomes, 0, NOW, LEASE)
            assert batch.person_ids == ()
        assert await nonzero_counts(any_database, job_id) == {"sent": 1, "blocked": 1, "waiting": 1, "uncertain": 1}
        person = await People(any_database).get(2)
        assert person is not None
        assert person.blocked
        assert (await announcements.next_batch(job_id, "one", {}, 4, NOW, LEASE)).person_ids == (3,)

    async def test_people_who_are_set_aside_keep_waiting(self, any_database: Database) -> None:
        """They are in no batch and not declined when nobody else is left; later they get their turn."""
        job_id = await started(any_database, [1, 2, 3])
        announcements = Announcements(any_database)
        batch = await announcements.next_batch(job_id, "one", {}, 5, NOW, LEASE, (1, 2))
        assert batch.person_ids == (3,)
        batch = await announcements.next_batch(job_id, "one", {3: "sent"}, 5, NOW, LEASE, (1, 2))
        assert batch.person_ids == ()
        assert await nonzero_counts(any_database, job_id) == {"sent": 1, "waiting": 2}
        assert (await announcements.next_batch(job_id, "one", {}, 5, NOW, LEASE, (1,))).person_ids == (2,)

    async def test_who_comes_next(self, any_database: Database) -> None:
        """They are recipients of the next batches, and asking for them neither marks nor takes anybody."""
        job_id = await started(any_database, range(1, 8))
        announcements = Announcements(any_database)
        await People(any_database).update(6, notify=False)
        upcoming = await announcements.upcoming(job_id, 4, (2,))
        assert len(set(upcoming)) == 4
        assert set(upcoming) < {1, 3, 4, 5, 7}
        batch = await announcements.next_batch(job_id, "one", {}, 7, NOW, LEASE)
        assert set(batch.person_ids) == {1, 2, 3, 4, 5, 7}
        assert await announcements.upcoming(job_id, 4) == []

    async def test_people_who_unsubscribed_are_skipped(self, any_database: Database) -> None:
        """People who switch messages off or block the bot during the announcement do not get it."""
        job_id = await started(any_database, [1, 2, 3])
        await People(any_database).update(1, notify=False)
        await People(any_database).update(2, blocked=True)
        announcements = Announcements(any_database)
        assert (await announcements.next_batch(job_id, "one", {}, 5, NOW, LEASE)).person_ids == (3,)
        assert (await announcements.next_batch(job_id, "one", {3: "sent"}, 5, NOW, LEASE)).person_ids == ()
        assert await nonzero_counts(any_database, job_id) == {"sent": 1, "declined": 2}

    async def test_deliveries_of_a_dead_worker_are_uncertain(self, any_database: Database) -> None:
        """The next worker continues with the other deliveries. A worker without a lease cannot take over."""
        job_id = await started(any_database, [1, 2, 3])
        announcements = Announcements(any_database)
        first = await announcements.next_batch(job_id, "one", {}, 2, NOW, LEASE)
        await announcements.take_over(job_id, "two", NOW)
        assert await nonzero_counts(any_database, job_id) == {"sending": 2, "waiting": 1}
        assert await Jobs(any_database).claim("announcing", "two", NOW + LEASE, LEASE) is not None
        await announcements.take_over(job_id, "two", NOW + LEASE)
        second = await announcements.next_batch(job_id, "two", {}, 5, NOW + LEASE, LEASE)
        assert {*first.person_ids, *second.person_ids} == {1, 2, 3}
        assert len(second.person_ids) == 1
        assert await nonzero_counts(any_database, job_id) == {"uncertain": 2, "sending": 1}

    async def test_a_worker_that_lost_its_lease_reports_outcomes_and_sends_nothing(
        self, any_database: Database
    ) -> None:
        """What it had sent is stored as sent, not as uncertain. It gets no further batch."""
        job_id = await started(any_database, [1, 2, 3])
        announcements = Announcements(any_database)
        (person_id,) = (await announcements.next_batch(job_id, "one", {}, 1, NOW, LEASE)).person_ids
        await Jobs(any_database).claim("announcing", "two", NOW + LEASE, LEASE)
        await announcements.take_over(job_id, "two", NOW + LEASE)
        late = await announcements.next_batch(job_id, "one", {person_id: "sent"}, 1, NOW + LEASE, LEASE)
        assert (late.lease_state, late.person_ids) == (LeaseState.LOST, ())
        assert await nonzero_counts(any_database, job_id) == {"sent": 1, "waiting": 2}

    async def test_a_cancelled_announcement_has_no_further_batch(self, any_database: Database) -> None:
        """The outcomes are stored, and the other deliveries do not change."""
        job_id = await started(any_database, [1, 2, 3])
        announcements = Announcements(any_database)
        (person_id,) = (await announcements.next_batch(job_id, "one", {}, 1, NOW, LEASE)).person_ids
        await Jobs(any_database).cancel(job_id, NOW)
        batch = await announcements.next_batch(job_id, "one", {person_id: "sent"}, 1, NOW, LEASE)
        assert (batch.lease_state, batch.person_ids) == (LeaseState.CANCELLED, ())
        assert await nonzero_counts(any_database, job_id) == {"sent": 1, "waiting": 2}

    async def test_deleted_people_have_no_deliveries(self, any_database: Database) -> None:
        """The outcome of a message to a person who was deleted meanwhile is not stored."""
        job_id = await started(any_database, [1, 2])
        announcements = Announcements(any_database)
        (person_id,) = (await announcements.next_batch(job_id, "one", {}, 1, NOW, LEASE)).person_ids
        await People(any_database).forget(person_id)
        await announcements.next_batch(job_id, "one", {person_id: "sent"}, 0, NOW, LEASE)
        assert await nonzero_counts(any_database, job_id) == {"waiting": 1}


async def test_usage_statistics(any_database: Database) -> None:
    """Three people, their ratings, shown movies and thumbs on cards, days without gaps, and what two people like."""
    await Catalogue(any_database).replace([Movie(number, f"Movie {number}", 1990) for number in (10, 11, 12, 13)])
    await add_subscribers(any_database, [1, 2], NOW)
    await People(any_database).get_or_create(3, "ready", LONG_AGO)
    await People(any_database).update(2, blocked=True)
    ratings, marks = Ratings(any_database), Marks(any_database)
    await marks.put(1, [10, 11], "shown", NOW)
    await marks.put(2, [10], "shown", NOW)
    await marks.put(3, [12], "shown", NOW)
    await marks.put(3, [13], "later", NOW)
    await ratings.rate(1, 10, 5.0, "button", NOW)
    await ratings.rate(1, 11, 1.0, "reaction", NOW - timedelta(days=1))
    await ratings.rate(3, 12, 5.0, "stars", LONG_AGO)
    await ratings.rate(2, 12, 4.0, "stars", NOW)
    await ratings.rate(2, 11, 3.5, "stars", NOW)
    days = (
        DailyCounts(date(2026, 3, 2), 0, 0),
        DailyCounts(date(2026, 3, 3), 0, 1),
        DailyCounts(date(2026, 3, 4), 2, 3),
    )
    expected = Statistics(
        people=3,
        active={1: 3, 30: 3},
        reachable=1,
        ratings=5,
        shown=4,
        thumbs_up=1,
        thumbs_down=1,
        top_titles=(LikedTitle("Movie 12 (1990)", 2),),
        misunderstood={},
        days=days,
    )
    assert await Usage(any_database).statistics(3, NOW, (1, 30)) == expected
    assert expected.thumb_share == 0.25
    later = await Usage(any_database).statistics(3, NOW + timedelta(days=2), (1, 30))
    assert later.active == {1: 0, 30: 3}


async def test_usage_statistics_of_an_empty_database(any_database: Database) -> None:
    """All numbers are zero, and there is no share of thumbs."""
    expected = Statistics(0, {}, 0, 0, 0, 0, 0, (), {}, (DailyCounts(date(2026, 3, 4), 0, 0),))
    assert await Usage(any_database).statistics(1, NOW) == expected
    assert expected.thumb_share is None


async def test_what_was_not_understood_is_counted_by_day_and_kind(any_database: Database) -> None:
    """An update counts once for a kind. Only the days of the statistics are counted, the largest number first."""
    usage = Usage(any_database)
    await usage.count_misunderstood("old", NOW - timedelta(days=2))
    await usage.count_misunderstood("title", NOW - timedelta(days=1))
    for update_id in (1, 1, 2, None, None):
        await usage.count_misunderstood("text", NOW, update_id)
    await usage.count_misunderstood("title", NOW, 1)
    counted = (await usage.statistics(2, NOW)).misunderstood
    assert list(counted.items()) == [("text", 4), ("title", 2)]
