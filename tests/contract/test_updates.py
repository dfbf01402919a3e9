"""Updates that were received: claims with an owner, heartbeats, and redelivery."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from storage.sql import ClaimResult, Database, Updates

NOW = datetime(2026, 5, 1, tzinfo=UTC)
SILENCE = timedelta(seconds=5)
LATER = NOW + timedelta(seconds=4)
"""Not yet SILENCE after NOW."""
TOO_LATE = NOW + SILENCE

NEW, BUSY, DONE = ClaimResult.NEW, ClaimResult.BUSY, ClaimResult.DONE


@pytest.fixture
async def updates(any_database: Database) -> Updates:
    """The updates, with heartbeats of the replicas "one" and "two" whose processes have the same names."""
    updates = Updates(any_database)
    for name in ("one", "two"):
        await updates.record_heartbeat(name, name, NOW)
    return updates


async def test_concurrent_calls_share_a_transaction(updates: Updates) -> None:
    """Each call gets its own result, even if one update of the shared transaction was received before."""
    await asyncio.gather(*(updates.claim(update_id, "one", NOW, SILENCE) for update_id in (1, 2, 3)))
    await updates.mark_handled(1, NOW)
    assert await asyncio.gather(
        updates.claim(4, "two", NOW, SILENCE),  # This call runs alone, and the others are batched meanwhile.
        updates.claim(1, "two", LATER, SILENCE),
        updates.mark_handled(2, LATER),
        updates.claim(3, "two", LATER, SILENCE),
        *(updates.claim(5, owner, LATER, SILENCE) for owner in ("one", "two")),
    ) == [NEW, DONE, None, BUSY, NEW, BUSY]
    assert await updates.claim(2, "two", LATER, SILENCE) is DONE


async def test_new_once_and_then_done(updates: Updates) -> None:
    """A handled update is done, whoever claims it and whenever it is redelivered."""
    assert await updates.claim(2**40, "one", NOW, SILENCE) is NEW
    await updates.mark_handled(2**40, NOW)
    for owner in ("one", "two"):
        assert [await updates.claim(2**40, owner, now, SILENCE) for now in (NOW, TOO_LATE)] == [DONE, DONE]
    assert await updates.claim(2, "one", NOW, SILENCE) is NEW


async def test_what_was_handled_without_a_claim(updates: Updates) -> None:
    """It is done for everybody, however often it is marked, and counts among those that were received."""
    assert await updates.latest() == 0
    for now in (NOW, LATER):
        await updates.mark_handled(7, now)
    assert await updates.claim(3, "one", NOW, SILENCE) is NEW
    assert await updates.claim(7, "one", TOO_LATE, SILENCE) is DONE
    assert await updates.latest() == 7


async def test_an_owner_that_is_silent_loses_its_updates(updates: Updates) -> None:
    """An update is busy until its owner is silent for 5 s, then new for one process and busy for the next."""
    assert await updates.claim(5, "one", NOW, SILENCE) is NEW
    assert await updates.claim(5, "two", LATER, SILENCE) is BUSY
    await updates.record_heartbeat("two", "two", TOO_LATE)
    assert await updates.claim(5, "two", TOO_LATE, SILENCE) is NEW
    assert await updates.claim(5, "one", TOO_LATE, SILENCE) is BUSY


async def test_an_owner_with_heartbeats_keeps_its_updates(updates: Updates) -> None:
    """However long the handling takes, nobody else gets the update, and its owner may claim it again."""
    assert await updates.claim(5, "one", NOW, SILENCE) is NEW
    for minutes in (1, 2, 3):
        now = NOW + timedelta(minutes=minutes)
        await updates.record_heartbeat("one", "one", now)
        assert await updates.claim(5, "two", now, SILENCE) is BUSY
    assert await updates.claim(5, "one", now, SILENCE) is NEW


async def test_a_replica_that_starts_again_gives_up_its_updates(updates: Updates) -> None:
    """With the first heartbeat of the new process, every process may claim what the killed one was handling."""
    for update_id in (5, 6):
        assert await updates.claim(update_id, "one", NOW, SILENCE) is NEW
    await updates.record_heartbeat("one", "one again", NOW)
    assert await updates.claim(5, "one again", NOW, SILENCE) is NEW
    assert await updates.claim(5, "two", NOW, SILENCE) is BUSY
    assert await updates.claim(6, "two", NOW, SILENCE) is NEW


async def test_an_update_that_its_owner_gives_up_can_be_claimed(updates: Updates) -> None:
    """Its owner lives on and keeps its other updates. What was handled stays done, and nobody gives up for others."""
    for update_id in (5, 6, 7):
        await updates.claim(update_id, "one", NOW, SILENCE)
    await updates.mark_handled(6, NOW)
    await updates.give_up([5, 6], "one")
    await updates.give_up([7], "two")
    assert [await updates.claim(update_id, "two", NOW, SILENCE) for update_id in (5, 6, 7)] == [NEW, DONE, BUSY]


async def test_a_process_that_stops_releases_its_updates(updates: Updates) -> None:
    """Another process may claim them at once, and what was handled stays done."""
    for update_id in (5, 6):
        await updates.claim(update_id, "one", NOW, SILENCE)
    await updates.mark_handled(6, NOW)
    for _ in range(2):
        await updates.release("one")
    assert [await updates.claim(update_id, "two", NOW, SILENCE) for update_id in (5, 6)] == [NEW, DONE]


async def test_without_silence_every_open_update_can_be_claimed(updates: Updates) -> None:
    """A bot that polls is the only one, so any other owner has died."""
    assert await updates.claim(5, "one", NOW, SILENCE) is NEW
    assert await updates.claim(5, "two", NOW, timedelta(0)) is NEW


async def test_concurrent_claims(replicas: tuple[Database, Database]) -> None:
    """If processes claim an update concurrently, one claim is new, and again one when its owner is silent."""
    claiming = [(Updates(database), f"{number}{name}") for number, database in enumerate(replicas) for name in "abcd"]
    for now in (NOW, TOO_LATE):
        for updates, owner in claiming:
            await updates.record_heartbeat(owner, owner, now)
        claims = await asyncio.gather(*(updates.claim(5, owner, now, SILENCE) for updates, owner in claiming))
        assert claims.count(NEW) == 1
        winner = claiming[claims.index(NEW)]
        claiming.remove(winner)
