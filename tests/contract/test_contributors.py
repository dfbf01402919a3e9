"""Training data: the ratings of people who consented, without their identity."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from storage.records import Contributor, Rating
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
    consenting = await contributors.all()
    assert consenting == [Contributor("F", 30, None, (Rating(10, 5, "button", NOW), Rating(20, 1, "button", LATER)))]
    assert "987654321" not in str([asdict(contributor) for contributor in consenting])
    await people.update(987_654_321, consent=False)
    assert await contributors.all() == []
