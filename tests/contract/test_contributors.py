"""Training data: the ratings of people who consented, without their identity, and which releases learned from them."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

import pytest

import storage.sql.contributors
from storage.records import Contributor, ContributorHashes, Rating
from storage.sql import Contributors, Database, People, Ratings

NOW = datetime(2026, 3, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


async def test_only_consenting_people_contribute_and_stay_anonymous(any_database: Database) -> None:
    """Of four people one has consented and rated. Withdrawn consent or deletion ends the contribution."""
    people, ratings, contributors = People(any_database), Ratings(any_database), Contributors(any_database)
    for person_id, consent in ((987_654_321, True), (2, False), (3, True), (4, True)):
        await people.get_or_create(person_id, "ready", NOW)
        await people.update(person_id, consent=consent, age=30, gender="F")
    for person_id in (987_654_321, 2, 4):
        await ratings.rate(person_id, 20, 1, "button", LATER)
        await ratings.rate(person_id, 10, 5, "button", NOW)
    await people.forget(4)
    consenting, hashes = await contributors.read()
    assert consenting == [Contributor("F", 30, None, (Rating(10, 5, "button", NOW), Rating(20, 1, "button", LATER)))]
    assert "987654321" not in str([asdict(contributor) for contributor in consenting])
    assert [len(part) for part in (hashes.salt, *hashes.hashes)] == [16, 16]
    again = (await contributors.read())[1]
    assert hashes.salt != again.salt
    assert hashes.hashes.isdisjoint(again.hashes)
    await people.update(987_654_321, consent=False)
    consenting, hashes = await contributors.read()
    assert (consenting, hashes.hashes) == ([], frozenset())


@pytest.fixture
async def five(any_database: Database, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Five people with ids of all sizes who have rated and consent, read two at a time."""
    monkeypatch.setattr(storage.sql.contributors, "_CONSENTED_PAGE", storage.sql.contributors._CONSENTED_PAGE.limit(2))
    person_ids = [1, 2, 70_000, 7_391_846_520_113, 2**62]
    for person_id in person_ids:
        await People(any_database).get_or_create(person_id, "ready", NOW)
        await People(any_database).update(person_id, consent=True)
        await Ratings(any_database).rate(person_id, 10, 5, "button", NOW)
    return person_ids


async def test_people_who_left_are_counted_for_each_release(any_database: Database, five: list[int]) -> None:
    """Withdrawn consent and deletion count, unless the person is back with their consent. Others do not count."""
    people, contributors = People(any_database), Contributors(any_database)
    await people.update(five[0], consent=False)
    await contributors.record("four", (await contributors.read())[1])
    await people.update(five[0], consent=True)
    await contributors.record("five", (await contributors.read())[1])
    versions = ("four", "five", "none")

    async def left() -> list[int]:
        return [await contributors.count_left(version) for version in versions]

    assert await left() == [0, 0, 0]
    await people.update(five[0], consent=False)
    assert await left() == [0, 1, 0]
    await people.update(five[2], consent=False)
    await people.forget(five[3])
    assert await left() == [2, 3, 0]
    await people.update(five[2], consent=True)
    await people.get_or_create(five[3], "ready", NOW)
    assert await left() == [1, 2, 0]
    await people.update(five[3], consent=True)
    assert await left() == [0, 1, 0]
    await people.get_or_create(8, "ready", NOW)
    await people.update(8, consent=True)
    for person_id in five:
        await people.forget(person_id)
    assert await left() == [4, 5, 0]


async def test_a_later_record_of_a_release_replaces_the_earlier(any_database: Database, five: list[int]) -> None:
    """The same training with other people of the same taste learned from them. A deleted record counts nobody."""
    people, contributors = People(any_database), Contributors(any_database)
    await contributors.record("a", (await contributors.read())[1])
    await contributors.record("b", ContributorHashes(bytes(16), frozenset()))
    await people.forget(five[0])
    assert (await contributors.count_left("a"), await contributors.count_left("b")) == (1, 0)
    for _ in range(2):
        await contributors.record("a", (await contributors.read())[1])
    assert await contributors.count_left("a") == 0
    await people.forget(five[1])
    assert await contributors.count_left("a") == 1
    for _ in range(2):
        await contributors.delete(["a", "never"])
    await contributors.delete([])
    assert await contributors.count_left("a") == 0
