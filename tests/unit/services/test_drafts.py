"""Drafts of announcements, which can be sent for a day unless a newer one replaces them, and misunderstandings."""

from recsys.services.administration import (
    COMMAND_LINE,
    STATISTICS_DAYS,
    Administration,
    AnnouncementPreview,
    Audience,
    Gone,
    NotAllowed,
    Overview,
)
from recsys.services.misunderstandings import Misunderstandings, Misunderstood
from storage.sql import Database, Usage
from tests.unit.services.helpers import Clock
from tests.unit.services.test_administration import ADA, administration, drafted

__all__ = ["administration"]


async def test_a_new_draft_replaces_the_earlier_ones_of_its_author(
    administration: Administration, database: Database
) -> None:
    """The earlier draft can be neither previewed nor sent. A draft of the command line stays."""
    other = await administration.draft_announcement(COMMAND_LINE, "Hello from the machine")
    assert isinstance(other, AnnouncementPreview)
    first, second = await drafted(administration), await drafted(administration)
    assert await administration.preview_announcement(ADA, first, Audience.EVERYBODY) == Gone()
    assert await administration.announce(ADA, first) == Gone()
    job = await administration.job(ADA, first)
    assert not isinstance(job, Gone | NotAllowed)
    assert job.status == "cancelled"
    for draft in (second, other.job_id):
        assert await administration.announce(ADA, draft) == AnnouncementPreview(draft, 0)
    assert await database.read(lambda connection: connection.exec_driver_sql("SELECT COUNT(*) FROM jobs").scalar()) == 3


async def test_a_draft_can_be_sent_for_a_day(administration: Administration, clock: Clock) -> None:
    """A second later it is too old."""
    draft = await drafted(administration)
    clock.advance(hours=24)
    preview = AnnouncementPreview(draft, 0)
    assert await administration.preview_announcement(ADA, draft, Audience.EVERYBODY) == preview
    clock.advance(seconds=1)
    assert await administration.preview_announcement(ADA, draft, Audience.EVERYBODY) == Gone()
    assert await administration.announce(ADA, draft) == Gone()


async def test_what_was_not_understood_is_counted_by_kind(
    administration: Administration, database: Database, clock: Clock
) -> None:
    """An update counts once, and what is older than the statistics is not counted."""
    misunderstandings = Misunderstandings(Usage(database), clock)
    await misunderstandings.count(Misunderstood.TITLE)
    clock.advance(days=STATISTICS_DAYS)
    for update_id, kind in (
        (1, Misunderstood.TEXT),
        (1, Misunderstood.TEXT),
        (2, Misunderstood.TEXT),
        (3, Misunderstood.LANGUAGE),
    ):
        await misunderstandings.count(kind, update_id)
    overview = await administration.stats(ADA)
    assert isinstance(overview, Overview)
    assert list(overview.statistics.misunderstood.items()) == [("text", 2), ("language", 1)]
