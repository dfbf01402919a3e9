"""Workers: release of jobs on shutdown, two workers on one database, notifications after a refresh, cancellation."""

from datetime import UTC, datetime

from bot.app import Services, open_services
from bot.jobs.worker import running_worker
from bot.local_bot_api import Person, TelegramServer
from bot.settings import Settings
from recsys.data import Dataset, snapshot
from recsys.models.towers import Towers
from recsys.services.administration import COMMAND_LINE, AnnouncementPreview
from recsys.serving.publish import publish
from recsys.serving.recommender import Recommender
from storage.records import Job
from tests.flow.admin.helpers import ADMIN, agreed, has
from tests.programs import PATIENCE_S
from tests.recording_index import RecordingIndex


async def announce(services: Services, text: str = "Hello") -> int:
    """Announce a text to everybody and return the id of the job."""
    draft = await services.administration.draft_announcement(COMMAND_LINE, text)
    assert isinstance(draft, AnnouncementPreview)
    assert isinstance(await services.administration.announce(COMMAND_LINE, draft.job_id), AnnouncementPreview)
    return draft.job_id


async def ended(services: Services, job_id: int) -> Job:
    """Wait until a job has ended, and return it."""
    while True:
        job = await services.stores.jobs.get(job_id)
        assert job is not None
        if not job.is_open:
            return job


def copies(people: list[Person], words: str) -> list[int]:
    """Return the number of messages with these words that each person got."""
    return [sum(words in message.text for message in person.messages if message.from_bot) for person in people]


async def test_a_worker_that_stops_releases_its_job(settings: Settings, server: TelegramServer) -> None:
    """Calls in flight are finished and stored. The next worker continues at once, and no delivery is uncertain."""
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


async def test_two_workers_share_a_database(settings: Settings, server: TelegramServer) -> None:
    """Two workers send three announcements, and everybody gets each of them once."""
    async with open_services(settings) as first, open_services(settings) as second:
        people = await agreed(server, first.stores.people, range(11, 61))
        texts = ["first", "second", "third"]
        job_ids = [await announce(first, text) for text in texts]
        async with running_worker(first, settings), running_worker(second, settings):
            assert [(await ended(second, job_id)).status for job_id in job_ids] == ["done"] * 3
        assert [copies(people, text) for text in texts] == [[1] * 50] * 3


async def test_a_refresh_with_notify_sends_everybody_a_card(bot: Services, server: TelegramServer, ada: Person) -> None:
    """Everybody who wants messages gets a card, and its thumb counts. Other people get nothing."""
    people = await agreed(server, bot.stores.people, [11, 12])
    job, _ = await bot.stores.jobs.request("metadata", ADMIN, datetime.now(UTC), notify=True)
    for person in people:
        card = await person.wait_for(has("fresh picks"), PATIENCE_S)
        assert "Movie " in card.text
        await person.press(card, "👍")
        await person.next_edit(card)
        assert list((await bot.conversation.stars(person.id)).values()) == [5.0]
    assert (await ended(bot, job.job_id)).status == "done"
    assert ada.messages == []


async def test_the_cards_of_everybody_are_chosen_in_batches(
    settings: Settings, server: TelegramServer, towers: Towers, board: Dataset
) -> None:
    """Of 80 people nobody needs a search of their own, and everybody gets one card."""
    index = RecordingIndex()
    await publish(towers, board.movies, index)
    index.searches.clear()
    async with open_services(settings) as services:
        people = await agreed(server, services.stores.people, range(11, 91))
        recommender = Recommender(towers, index, services.stores.metadata, movies=board.movies)
        services.conversation.use(services.conversation.state.with_recommender(recommender))
        await services.stores.jobs.request("metadata", ADMIN, datetime.now(UTC), notify=True)
        async with running_worker(services, settings):
            for person in people:
                await person.wait_for(has("fresh picks"), PATIENCE_S)
            [job] = await services.stores.jobs.recent(1)
            assert (await ended(services, job.job_id)).status == "done"
    assert copies(people, "fresh picks") == [1] * 80
    sizes = [size for size, _ in index.searches]
    assert sum(sizes) == 80
    assert min(sizes) > 1


async def test_training_is_cancelled(bot: Services, settings: Settings, board: Dataset, ada: Person) -> None:
    """The training process ends, the message reports it, and the active release stays the same."""
    snapshot.save(board, settings.snapshot_folder)
    before = await bot.stores.releases.active()
    await ada.send("/refresh model")
    asked = await ada.wait_for(has("Refresh of the model 1"))
    under_way = await ada.wait_for(has("training"), PATIENCE_S)
    assert under_way.message_id == asked.message_id
    await ada.press(under_way, "Cancel")
    assert await ada.wait_for(has("cancelled"), PATIENCE_S)
    assert await bot.stores.releases.active() == before
