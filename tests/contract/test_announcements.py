"""Announcements: whom they are for, that nobody gets one twice, and what became of each; and how the bot is used."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from storage.records import DELIVERY_STATUSES, DailyCounts, DeliveryStatus, Statistics
from storage.sql import Announcements, Database, Jobs, LeaseState, Marks, People, Ratings, Usage
from storage.sql.models import AnnouncementRow

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
LEASE = timedelta(seconds=10)
LONG_AGO = NOW - timedelta(days=60)
LAST_WEEK = NOW - timedelta(days=7)
ADMIN = 1


async def agree(database: Database, person_ids: Sequence[int], came: datetime = LONG_AGO) -> None:
    """People who came a while ago and want messages."""
    for person_id in person_ids:
        await People(database).get_or_create(person_id, "ready", came)
        await People(database).update(person_id, notify=True)


async def begun(database: Database, person_ids: Sequence[int]) -> int:
    """An announcement to these people that a worker "one" has taken."""
    await agree(database, person_ids)
    announcements = Announcements(database)
    job_id = await announcements.draft("Hello", ADMIN, NOW)
    assert await announcements.start(job_id, None) == len(person_ids)
    assert await Jobs(database).claim("announcing", "one", NOW, LEASE) is not None
    return job_id


async def steps(database: Database, call: Callable[[], Awaitable[object]]) -> int:
    """How many steps SQLite takes for a call: the same at every run, however busy the machine is."""
    taken = itertools.count()
    # The pool's only connection, which the call will get.
    async with database.reading() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
    await driver.set_progress_handler(lambda: next(taken) < 0, 1)
    await call()
    await driver.set_progress_handler(None, 1)
    return next(taken)


async def counted(database: Database, job_id: int) -> dict[DeliveryStatus, int]:
    """The statuses that any delivery has."""
    found = await Announcements(database).counts(job_id)
    assert set(found) == set(DELIVERY_STATUSES)
    return {status: count for status, count in found.items() if count}


class TestRecipients:
    """Whom an announcement is for."""

    async def test_only_who_agreed_and_can_be_reached(self, any_database: Database) -> None:
        """Not those who never switched messages on, nor who switched them off, nor who blocked the bot."""
        await agree(any_database, [1, 2, 3])
        people = People(any_database)
        await people.get_or_create(4, "ready", NOW)
        await people.update(2, notify=False)
        await people.update(3, blocked=True)
        assert await Announcements(any_database).count_recipients(None) == 1

    async def test_the_active_are_those_who_did_something(self, any_database: Database) -> None:
        """Coming, rating, taking a rating back and being shown a card count; long ago does not."""
        await agree(any_database, [1, 2, 3, 4])
        await agree(any_database, [5], NOW)
        await Ratings(any_database).rate(1, 10, 5.0, "button", LONG_AGO)
        await Ratings(any_database).rate(2, 10, 5.0, "button", NOW)
        await Ratings(any_database).rate(2, 10, None, "button", NOW)
        await Marks(any_database).put(3, [10], "shown", NOW)
        await Marks(any_database).put(4, [10], "later", LONG_AGO)
        announcements = Announcements(any_database)
        assert await announcements.count_recipients(LAST_WEEK) == 3
        assert await announcements.count_recipients(None) == 5

    async def test_a_card_that_an_announcement_brought_is_no_activity(self, any_database: Database) -> None:
        """It is marked as shown while the delivery goes on; a mark of the person's own counts still."""
        job_id = await begun(any_database, [1, 2])
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
    """What an admin has written and not sent yet."""

    async def test_a_draft_is_sent_once(self, replicas: tuple[Database, Database]) -> None:
        """Of many who confirm at the same time one begins it, with the people of that moment."""
        await agree(replicas[0], [1, 2, 3])
        both = [Announcements(database) for database in replicas]
        job_id = await both[0].draft("Hello", ADMIN, NOW)
        started = await asyncio.gather(*(both[number % 2].start(job_id, None) for number in range(6)))
        assert sorted(started, key=str) == [3, None, None, None, None, None]
        await agree(replicas[0], [4])
        assert await counted(replicas[0], job_id) == {"waiting": 3}

    async def test_a_cancelled_draft_is_never_sent(self, any_database: Database) -> None:
        """A tap on the other button comes too late."""
        await agree(any_database, [1])
        job_id = await Announcements(any_database).draft("Hello", ADMIN, NOW)
        await Jobs(any_database).cancel(job_id, NOW)
        assert await Announcements(any_database).start(job_id, None) is None
        assert await counted(any_database, job_id) == {}

    async def test_texts_that_were_not_sent_do_not_stay(self, any_database: Database) -> None:
        """A draft older than a day goes with the next one; the announcements that were sent stay."""
        announcements = Announcements(any_database)
        old = await announcements.draft("Old", ADMIN, NOW - timedelta(days=1, seconds=1))
        young = await announcements.draft("Young", ADMIN, NOW - timedelta(hours=23))
        sent = await announcements.draft("Sent", ADMIN, NOW - timedelta(days=1, seconds=1))
        await announcements.start(sent, None)
        new = await announcements.draft("New", ADMIN, NOW)
        async with any_database.reading() as connection:
            kept = (await connection.execute(select(AnnouncementRow.job_id))).scalars().all()
        assert sorted(kept) == sorted({young, sent, new} - {old})
        assert await announcements.text(new) == "New"

    async def test_people_are_told_once_after_a_job(self, any_database: Database) -> None:
        """The same cause, by a worker that does it again, makes no second announcement."""
        await agree(any_database, [1, 2])
        announcements = Announcements(any_database)
        cause, _ = await Jobs(any_database).request("model", ADMIN, NOW, notify=True)
        told = await announcements.start_after_job(cause.job_id, ADMIN, NOW)
        assert told is not None
        assert await announcements.start_after_job(cause.job_id, ADMIN, NOW) is None
        assert await announcements.text(told) is None
        assert await counted(any_database, told) == {"waiting": 2}


class TestDeliveries:
    """What becomes of an announcement to each."""

    async def test_everybody_gets_one_turn(self, any_database: Database) -> None:
        """Batches hold no more than asked for, never somebody again, and end with nobody."""
        job_id = await begun(any_database, range(1, 8))
        announcements, seen, outcomes = Announcements(any_database), [], {}
        while True:
            batch = await announcements.next_batch(job_id, "one", outcomes, 3, NOW, LEASE)
            assert batch.lease_state is LeaseState.HELD
            if not batch.person_ids:
                break
            seen.append(len(batch.person_ids))
            outcomes = dict.fromkeys(batch.person_ids, "sent")
        assert seen == [3, 3, 1]
        assert await counted(any_database, job_id) == {"sent": 7}

    async def test_a_batch_costs_no_more_while_many_wait(self, database: Database) -> None:
        """The first 16 of 80 people take SQLite as many steps as the last 16: nobody goes through all who wait."""
        job_id = await begun(database, range(1, 81))

        async def take() -> None:
            batch = await Announcements(database).next_batch(job_id, "one", {}, 16, NOW, LEASE)
            assert len(batch.person_ids) == 16

        costs = [await steps(database, take) for _ in range(5)]
        assert max(costs) < 1.1 * min(costs)

    async def test_outcomes_are_noted_and_who_blocked_the_bot_with_them(self, any_database: Database) -> None:
        """One who certainly got nothing waits again, and the others have had their turn."""
        job_id = await begun(any_database, [1, 2, 3, 4])
        announcements = Announcements(any_database)
        await announcements.next_batch(job_id, "one", {}, 4, NOW, LEASE)
        outcomes: dict[int, DeliveryStatus] = {1: "sent", 2: "blocked", 3: "waiting", 4: "uncertain"}
        for _ in range(2):
            batch = await announcements.next_batch(job_id, "one", outcomes, 0, NOW, LEASE)
            assert batch.person_ids == ()
        assert await counted(any_database, job_id) == {"sent": 1, "blocked": 1, "waiting": 1, "uncertain": 1}
        blocked = await People(any_database).get(2)
        assert blocked is not None
        assert blocked.blocked
        assert (await announcements.next_batch(job_id, "one", {}, 4, NOW, LEASE)).person_ids == (3,)

    async def test_who_does_not_want_it_any_more_is_passed_over(self, any_database: Database) -> None:
        """Messages switched off, or the bot blocked, while others were being sent to."""
        job_id = await begun(any_database, [1, 2, 3])
        await People(any_database).update(1, notify=False)
        await People(any_database).update(2, blocked=True)
        announcements = Announcements(any_database)
        assert (await announcements.next_batch(job_id, "one", {}, 5, NOW, LEASE)).person_ids == (3,)
        assert (await announcements.next_batch(job_id, "one", {3: "sent"}, 5, NOW, LEASE)).person_ids == ()
        assert await counted(any_database, job_id) == {"sent": 1, "declined": 2}

    async def test_what_a_dead_worker_was_sending_is_uncertain(self, any_database: Database) -> None:
        """The next worker goes on with the others; whoever has no lease takes nothing over."""
        job_id = await begun(any_database, [1, 2, 3])
        announcements = Announcements(any_database)
        first = await announcements.next_batch(job_id, "one", {}, 2, NOW, LEASE)
        await announcements.take_over(job_id, "two", NOW)
        assert await counted(any_database, job_id) == {"sending": 2, "waiting": 1}
        assert await Jobs(any_database).claim("announcing", "two", NOW + LEASE, LEASE) is not None
        await announcements.take_over(job_id, "two", NOW + LEASE)
        second = await announcements.next_batch(job_id, "two", {}, 5, NOW + LEASE, LEASE)
        assert {*first.person_ids, *second.person_ids} == {1, 2, 3}
        assert len(second.person_ids) == 1
        assert await counted(any_database, job_id) == {"uncertain": 2, "sending": 1}

    async def test_a_worker_that_was_thought_dead_tells_what_it_knows_and_sends_nothing_more(
        self, any_database: Database
    ) -> None:
        """What it had sent counts as sent, not as uncertain; a further batch it does not get."""
        job_id = await begun(any_database, [1, 2, 3])
        announcements = Announcements(any_database)
        (person_id,) = (await announcements.next_batch(job_id, "one", {}, 1, NOW, LEASE)).person_ids
        await Jobs(any_database).claim("announcing", "two", NOW + LEASE, LEASE)
        await announcements.take_over(job_id, "two", NOW + LEASE)
        late = await announcements.next_batch(job_id, "one", {person_id: "sent"}, 1, NOW + LEASE, LEASE)
        assert (late.lease_state, late.person_ids) == (LeaseState.LOST, ())
        assert await counted(any_database, job_id) == {"sent": 1, "waiting": 2}

    async def test_a_cancelled_announcement_gives_no_further_batch(self, any_database: Database) -> None:
        """What was sent is noted, and the rest stays as it was."""
        job_id = await begun(any_database, [1, 2, 3])
        announcements = Announcements(any_database)
        (person_id,) = (await announcements.next_batch(job_id, "one", {}, 1, NOW, LEASE)).person_ids
        await Jobs(any_database).cancel(job_id, NOW)
        stopped = await announcements.next_batch(job_id, "one", {person_id: "sent"}, 1, NOW, LEASE)
        assert (stopped.lease_state, stopped.person_ids) == (LeaseState.CANCELLED, ())
        assert await counted(any_database, job_id) == {"sent": 1, "waiting": 2}

    async def test_forgotten_people_leave_no_delivery(self, any_database: Database) -> None:
        """What comes of a message that was on its way to them is noted nowhere."""
        job_id = await begun(any_database, [1, 2])
        announcements = Announcements(any_database)
        (person_id,) = (await announcements.next_batch(job_id, "one", {}, 1, NOW, LEASE)).person_ids
        await People(any_database).forget(person_id)
        await announcements.next_batch(job_id, "one", {person_id: "sent"}, 0, NOW, LEASE)
        assert await counted(any_database, job_id) == {"waiting": 1}


async def test_usage_has_the_numbers_of_a_small_world(any_database: Database) -> None:
    """Three people, three ratings, four movies shown of which one got a thumb up on its card; days without gaps."""
    await agree(any_database, [1, 2], NOW)
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
    days = (
        DailyCounts(date(2026, 3, 2), 0, 0),
        DailyCounts(date(2026, 3, 3), 0, 1),
        DailyCounts(date(2026, 3, 4), 2, 1),
    )
    expected = Statistics(people=3, reachable=1, ratings=3, shown=4, thumbs_up=1, days=days)
    assert await Usage(any_database).statistics(3, NOW) == expected
    assert expected.thumb_share == 0.25


async def test_usage_of_an_empty_database(any_database: Database) -> None:
    """Nobody, nothing, and no share of nothing."""
    expected = Statistics(0, 0, 0, 0, 0, (DailyCounts(date(2026, 3, 4), 0, 0),))
    assert await Usage(any_database).statistics(1, NOW) == expected
    assert expected.thumb_share is None
