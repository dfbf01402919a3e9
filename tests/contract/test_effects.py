"""Changes that an update makes once, even if the update is delivered again."""

from datetime import UTC, datetime, timedelta

from storage.changes import RatingChange
from storage.records import AuditEntry
from storage.sql import (
    Announcements,
    Audit,
    CardAnswer,
    Cards,
    Changes,
    Database,
    Jobs,
    Marks,
    People,
    Ratings,
)
from storage.sql.cards import StoredCard

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
LATER = NOW + timedelta(seconds=1)
ANNE, ADMIN = 2**40 + 1, 1
UPDATE, OTHER_UPDATE = 2**33, 2**33 + 1


async def undo(database: Database, update_id: int | None = None, number: int | None = None) -> object:
    """Undo one change, and return what is there now; None if nothing was undone."""
    undone = await Changes(database).undo(ANNE, LATER, number, update_id)
    return None if undone is None else undone.outcome


async def test_undo(any_database: Database) -> None:
    """The same update undoes one change and returns it again; another update undoes the change before."""
    await People(any_database).get_or_create(ANNE, "done", NOW)
    ratings = Ratings(any_database)
    await ratings.rate(ANNE, 1, 5.0, "button", NOW)
    await ratings.rate(ANNE, 2, 1.0, "button", LATER)
    for _ in range(2):
        assert await undo(any_database, UPDATE) == RatingChange(2, 1.0, None)
    assert list(await ratings.of(ANNE)) == [1]
    assert await undo(any_database, OTHER_UPDATE) == RatingChange(1, 5.0, None)


async def test_undo_of_one_change(any_database: Database) -> None:
    """A change that was superseded stays, also when the update is repeated after the later change was undone."""
    await People(any_database).get_or_create(ANNE, "done", NOW)
    ratings = Ratings(any_database)
    first = await ratings.rate(ANNE, 1, 5.0, "button", NOW)
    await ratings.rate(ANNE, 1, 3.0, "button", LATER)
    assert await undo(any_database, UPDATE, first.number) is None
    assert await undo(any_database, OTHER_UPDATE) == RatingChange(1, 3.0, 5.0)
    assert await undo(any_database, UPDATE, first.number) is None
    assert sorted(await ratings.of(ANNE)) == [1]


async def test_ratings(any_database: Database) -> None:
    """An update rates the movies of its positions once, and returns the same changes after they were undone."""
    await People(any_database).get_or_create(ANNE, "done", NOW)
    ratings = Ratings(any_database)
    for _ in range(2):
        first = await ratings.rate(ANNE, 1, 4.5, "stars", NOW, UPDATE, 0)
        second = await ratings.rate(ANNE, 2, None, "stars", LATER, UPDATE, 1)
        assert (first, second) == (RatingChange(1, None, 4.5), RatingChange(2, None, None))
        await undo(any_database)
        assert await ratings.of(ANNE) == {}


async def test_cards_marks_and_the_person(any_database: Database) -> None:
    """A card is answered, a mark removed, a step taken, a setting switched and a person deleted once per update."""
    people, marks, cards = People(any_database), Marks(any_database), Cards(any_database)
    await people.get_or_create(ANNE, "first", NOW)
    await cards.put(ANNE, 7, 1, NOW)
    await marks.put(ANNE, [5], "later", NOW)
    assert await cards.answered_by(UPDATE) is None
    for _ in range(2):
        answer = await cards.answer_card(ANNE, 7, CardAnswer(1, 5.0, None, 2), NOW, UPDATE)
        assert answer is not None
        assert await marks.remove(ANNE, 5, "later", NOW, UPDATE)
        assert await people.move(ANNE, "first", "second", UPDATE, age=25)
        await people.update(ANNE, UPDATE, consent=True)
    assert await cards.answered_by(UPDATE) == answer
    assert not await cards.answer_card(ANNE, 7, CardAnswer(1, 5.0, None, 2), NOW, OTHER_UPDATE)
    assert await cards.answered_by(OTHER_UPDATE) is None
    assert await people.was_moved_by(UPDATE)
    assert not await people.was_moved_by(OTHER_UPDATE)
    await people.update(ANNE, consent=False)
    await people.update(ANNE, UPDATE, consent=True)
    person = await people.get(ANNE)
    assert person is not None
    assert not person.consent
    await people.forget(ANNE, UPDATE)
    await people.get_or_create(ANNE, "first", NOW)
    await people.forget(ANNE, UPDATE)
    assert await people.get(ANNE) is not None


async def test_a_card_that_was_sent(any_database: Database) -> None:
    """An update that has sent a card is remembered. A second card of it, by another process, is a card as well."""
    await People(any_database).get_or_create(ANNE, "first", NOW)
    cards = Cards(any_database)
    await cards.put(ANNE, 6, 1, NOW)
    assert not await cards.was_sent_by(None)
    assert not await cards.was_sent_by(UPDATE)
    for message_id in (7, 8, 8):
        await cards.put(ANNE, message_id, 2, NOW, UPDATE)
    assert await cards.was_sent_by(UPDATE)
    assert not await cards.was_sent_by(OTHER_UPDATE)
    assert [await cards.get(ANNE, message_id) for message_id in (7, 8)] == [StoredCard(2, None, NOW)] * 2


async def test_a_reaction_that_is_taken_back(any_database: Database) -> None:
    """The update takes back the reactions before it, and not also one that the person gave since."""
    await People(any_database).get_or_create(ANNE, "first", NOW)
    ratings = Ratings(any_database)
    for _ in range(2):
        await ratings.rate(ANNE, 1, 5.0, "reaction", NOW)
        assert await ratings.take_back(ANNE, 1, "reaction", LATER, UPDATE) == RatingChange(1, 5.0, None)
    assert {movie_id: rating.stars for movie_id, rating in (await ratings.of(ANNE)).items()} == {1: 5.0}
    assert await ratings.take_back(ANNE, 1, "reaction", LATER, OTHER_UPDATE) == RatingChange(1, 5.0, None)
    assert await ratings.of(ANNE) == {}


async def test_a_rating_of_a_card(any_database: Database) -> None:
    """It is the same effect as a rating without a card."""
    await People(any_database).get_or_create(ANNE, "first", NOW)
    cards, ratings = Cards(any_database), Ratings(any_database)
    for _ in range(2):
        assert await cards.rate(ANNE, 7, 1, 5.0, "reaction", NOW, UPDATE) == RatingChange(1, None, 5.0)
        await undo(any_database)
        assert await ratings.of(ANNE) == {}


async def test_an_answer_of_a_person_who_does_not_exist(any_database: Database) -> None:
    """It stays without effect, even if the update comes again after the person was stored."""
    cards, answer = Cards(any_database), CardAnswer(1, 5.0, None, 2, adopt=True)
    assert not await cards.answer_card(ANNE, 7, answer, NOW, UPDATE)
    await People(any_database).get_or_create(ANNE, "first", NOW)
    assert not await cards.answer_card(ANNE, 7, answer, NOW, UPDATE)
    assert await cards.answer_card(ANNE, 7, answer, NOW, OTHER_UPDATE)


async def test_jobs_and_the_audit_log(any_database: Database) -> None:
    """A refresh is requested, a draft stored and started, and an entry recorded once per update."""
    jobs, announcements, audit = Jobs(any_database), Announcements(any_database), Audit(any_database)
    await People(any_database).get_or_create(ANNE, "done", NOW)
    await People(any_database).update(ANNE, notify=True)
    job, is_new = await jobs.request("rollback", ADMIN, NOW, release="a", update_id=UPDATE)
    assert is_new
    assert await jobs.request("rollback", ADMIN, NOW, release="b", update_id=OTHER_UPDATE) == (job, False)
    cancelled = await jobs.cancel(job.job_id, LATER)
    for update_id, expected in ((UPDATE, True), (OTHER_UPDATE, False)):
        assert await jobs.request("rollback", ADMIN, LATER, release="b", update_id=update_id) == (cancelled, expected)
    drafts = [await announcements.draft("Hello", ADMIN, NOW, UPDATE) for _ in range(2)]
    assert drafts == [job.job_id + 1] * 2
    assert not await announcements.was_started_by(UPDATE)
    assert [await announcements.start(drafts[0], None, UPDATE) for _ in range(2)] == [1, 1]
    assert await announcements.start(drafts[0], None, OTHER_UPDATE) is None
    assert await announcements.was_started_by(UPDATE)
    entry = AuditEntry(NOW, ADMIN, "stats", None, "done")
    for _ in range(2):
        await audit.record(entry, UPDATE)
    assert await audit.recent(5) == [entry]


async def test_a_tap_of_a_person_who_had_blocked_the_bot(any_database: Database) -> None:
    """An answer shows that the person no longer blocks the bot. A tap that is refused changes nothing."""
    people, cards = People(any_database), Cards(any_database)
    await people.get_or_create(ANNE, "done", NOW)
    await cards.put(ANNE, 7, 1, NOW)
    await people.update(ANNE, blocked=True)
    for movie_id, is_blocked in [(9, True), (1, False)]:
        tapped = await cards.tapped(ANNE, 7, NOW)
        await cards.answer_card(ANNE, 7, CardAnswer(movie_id, 5.0, None, 2, unblock=tapped.is_blocked), NOW)
        person = await people.get(ANNE)
        assert person is not None
        assert person.blocked == is_blocked
