"""Workers: one that stops gives back what it has, two share a database, and a refresh can tell people or be ended."""

from datetime import UTC, datetime

from bot.app import Services, open_services
from bot.jobs.worker import running_worker
from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from recsys.data import Dataset, snapshot
from recsys.services.administration import COMMAND_LINE, AnnouncementPreview
from storage.records import Job
from tests.flow.admin.helpers import ADMIN, agreed, has


async def announce(services: Services, text: str = "Hello") -> int:
    """Let a text be sent to everybody; the number of its job."""
    draft = await services.administration.draft_announcement(COMMAND_LINE, text)
    assert isinstance(draft, AnnouncementPreview)
    assert isinstance(await services.administration.announce(COMMAND_LINE, draft.job_id), AnnouncementPreview)
    return draft.job_id


async def ended(services: Services, job_id: int) -> Job:
    """A job when it has come to its end."""
    while True:
        job = await services.stores.jobs.get(job_id)
        assert job is not None
        if not job.is_open:
            return job


def copies(people: list[Person], words: str) -> list[int]:
    """How often each has got a message with these words."""
    return [sum(words in message.text for message in person.messages if message.from_bot) for person in people]


async def test_one_that_stops_gives_back_what_it_has(settings: Settings, server: TelegramServer) -> None:
    """What was on its way is finished and noted; the next one goes on at once, and nothing is uncertain."""
    async with open_services(settings) as services:
        people = await agreed(server, services.stores.people, range(11, 211))
        job_id = await announce(services)
        server.faults.delay_next("sendMessage", 0.05, times=200)
        async with running_worker(services, settings):
            await people[40].wait_for(has("Hello"))
        released = await services.stores.jobs.get(job_id)
        assert released is not None
        assert released.status == "waiting"
        assert 0 < sum(copies(people, "Hello")) < 200
        async with running_worker(services, settings):
            assert (await ended(services, job_id)).status == "done"
        assert copies(people, "Hello") == [1] * 200
        assert (await services.stores.announcements.counts(job_id))["sent"] == 200


async def test_two_share_a_database(settings: Settings, server: TelegramServer) -> None:
    """Three announcements by two workers: everybody gets each of them once."""
    async with open_services(settings) as one, open_services(settings) as two:
        people = await agreed(server, one.stores.people, range(11, 61))
        texts = ["first", "second", "third"]
        job_ids = [await announce(one, text) for text in texts]
        async with running_worker(one, settings), running_worker(two, settings):
            assert [(await ended(two, job_id)).status for job_id in job_ids] == ["done"] * 3
        assert [copies(people, text) for text in texts] == [[1] * 50] * 3


async def test_people_are_told_after_a_refresh_if_it_shall_be(
    bot: Services, server: TelegramServer, ada: Person
) -> None:
    """Everybody who wants messages gets a card of their own, and its thumb counts; others hear nothing."""
    people = await agreed(server, bot.stores.people, [11, 12])
    job, _ = await bot.stores.jobs.request("metadata", ADMIN, datetime.now(UTC), notify=True)
    for person in people:
        card = await person.wait_for(has("fresh picks"), 30)
        assert "Movie " in card.text
        await person.press(card, "👍")
        await person.changed(card)
        assert list((await bot.conversation.stars(person.id)).values()) == [5.0]
    assert (await ended(bot, job.job_id)).status == "done"
    assert ada.messages == []


async def test_a_training_is_cancelled(bot: Services, settings: Settings, board: Dataset, ada: Person) -> None:
    """Its process ends, the message says so, and the model stays what it was."""
    snapshot.save(board, settings.snapshot_folder)
    before = await bot.stores.releases.active()
    await ada.send("/refresh model")
    asked = await ada.wait_for(has("Refresh of the model 1"))
    under_way = await ada.wait_for(has("training"), 60)
    assert under_way.message_id == asked.message_id
    await ada.press(under_way, "Cancel")
    assert await ada.wait_for(has("cancelled"), 30)
    assert await bot.stores.releases.active() == before
