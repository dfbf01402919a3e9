"""Wishes of people in SQL."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest

from storage.errors import NotFound
from storage.records import Retention, StoredWish
from storage.sql import Database, Housekeeping, People, Wishes

NOW = datetime(2026, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
ANNE, BERT, NOBODY = 2**40 + 1, 2, 3
CHESS = {"themes": ["chess", "\N{CLAPPER BOARD}"], "like": [2**40], "year_from": 1990}
NO_WAR = {"genres_none": ["War"]}


@pytest.fixture
async def wishes(any_database: Database) -> Wishes:
    """The wishes in each kind of database in turn, with the people Anne and Bert."""
    for person_id in (ANNE, BERT):
        await People(any_database).get_or_create(person_id, "done", NOW)
    return Wishes(any_database)


async def test_a_wish_of_each_kind(wishes: Wishes) -> None:
    """A person has one wish of each kind, with all conditions and the time, and nobody else has it."""
    await wishes.put(ANNE, "active", CHESS, NOW)
    await wishes.put(ANNE, "lasting", NO_WAR, LATER)
    assert await wishes.get(ANNE, "active") == StoredWish(CHESS, NOW)
    assert await wishes.get(ANNE, "lasting") == StoredWish(NO_WAR, LATER)
    assert [await wishes.get(person_id, "active") for person_id in (BERT, NOBODY)] == [None, None]


async def test_another_wish_replaces_the_first_one(wishes: Wishes) -> None:
    """The last wish of a kind counts, with its time. None removes it, and repeating changes nothing."""
    await wishes.put(ANNE, "lasting", NO_WAR, NOW)
    await wishes.put(ANNE, "active", CHESS, NOW)
    for _ in range(2):
        await wishes.put(ANNE, "active", NO_WAR, LATER)
        assert await wishes.get(ANNE, "active") == StoredWish(NO_WAR, LATER)
    for _ in range(2):
        await wishes.put(ANNE, "active", None, LATER)
        assert await wishes.get(ANNE, "active") is None
    assert await wishes.get(ANNE, "lasting") == StoredWish(NO_WAR, NOW)


async def test_an_update_changes_a_wish_once(wishes: Wishes) -> None:
    """If an update comes again after another one has changed the wish, the later wish remains."""
    await wishes.put(ANNE, "active", CHESS, NOW, 1)
    await wishes.put(ANNE, "lasting", NO_WAR, NOW, 1)
    await wishes.put(ANNE, "active", None, NOW, 2)
    await wishes.put(ANNE, "active", CHESS, LATER, 1)
    assert await wishes.get(ANNE, "active") is None
    await wishes.put(ANNE, "active", NO_WAR, LATER, 3)
    await wishes.put(ANNE, "active", None, LATER, 2)
    assert await wishes.get(ANNE, "active") == StoredWish(NO_WAR, LATER)


async def test_nobody_has_no_wish(wishes: Wishes) -> None:
    """A wish of a person who does not exist raises NotFound and is not stored; to end it changes nothing."""
    with pytest.raises(NotFound):
        await wishes.put(NOBODY, "active", CHESS, NOW, 1)
    await wishes.put(NOBODY, "active", None, NOW)
    assert await wishes.get(NOBODY, "active") is None


async def test_housekeeping_deletes_wishes_that_have_ended(any_database: Database, wishes: Wishes) -> None:
    """An active wish goes once it is older than updates are kept. What a person never wants to see stays."""
    two_days = timedelta(days=2)
    retention = Retention(*[two_days] * len(fields(Retention)))
    await wishes.put(ANNE, "active", CHESS, NOW)
    await wishes.put(BERT, "active", CHESS, LATER)
    await wishes.put(ANNE, "lasting", NO_WAR, NOW)
    for _ in range(2):
        await Housekeeping(any_database).clean(retention, LATER + two_days)
        assert await wishes.get(ANNE, "active") is None
        assert await wishes.get(BERT, "active") == StoredWish(CHESS, LATER)
        assert await wishes.get(ANNE, "lasting") == StoredWish(NO_WAR, NOW)
