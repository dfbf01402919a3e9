"""The texts of a release are published with its vectors, refreshed with the metadata, and kept in memory."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.app import Services, open_services
from bot.releases.activation import go_live
from bot.releases.refresh import refresh_metadata
from bot.releases.reloader import ReleaseReloader
from bot.settings import Settings
from bot.stores import Stores
from recsys.models.towers import Towers
from recsys.services.conversation import Conversation
from recsys.text.wishes import Wish
from storage.errors import Unavailable
from storage.vectors import open_index
from storage.vectors.failover import FailoverIndex
from storage.vectors.memory import MemoryIndex
from tests.flow.releases.helpers import PERSON, Clock, Models, arrive, conversation_over, release_of

CHESS = Wish(themes=("chess",))


class RecordingIndex(MemoryIndex):
    """An index that counts its publishes, and whose texts cannot be published while `has_texts` is False.

    Attributes:
        publishes: number of times that vectors and texts were published.
        has_texts: whether it has full-text search.
    """

    def __init__(self) -> None:
        super().__init__()
        self.publishes = {"vectors": 0, "texts": 0}
        self.has_texts = True
        publish_texts = self.texts.publish

        async def publish(*arguments: Any) -> None:
            self.publishes["texts"] += 1
            if not self.has_texts:
                raise Unavailable("this server has no full-text search")
            await publish_texts(*arguments)

        self.texts.publish = publish  # type: ignore[method-assign]  # this index records its calls

    async def publish(self, *arguments: Any) -> None:
        """See `VectorIndex.publish`."""
        self.publishes["vectors"] += 1
        await super().publish(*arguments)


Wire = Callable[[MemoryIndex], tuple[Conversation, ReleaseReloader, FailoverIndex]]


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()


@pytest.fixture
def wire(stores: Stores, clock: Clock) -> Wire:
    """A function that returns a conversation over an index, its reloader and its failover."""

    def make(index: MemoryIndex) -> tuple[Conversation, ReleaseReloader, FailoverIndex]:
        conversation = conversation_over(stores)
        failover = FailoverIndex(index)
        return conversation, ReleaseReloader(stores, failover, conversation, clock=clock), failover

    return make


@pytest.fixture
async def described(stores: Stores, models: Models) -> None:
    """The good model is active, and its movies 40 and 50 are about chess."""
    movies = [movie for movie in await stores.catalogue.all() if movie.movie_id in (40, 50)]
    await stores.catalogue.put_many([replace(movie, description="A game of chess.") for movie in movies])
    await stores.releases.activate(models.good.version)


async def about_chess(conversation: Conversation) -> set[int]:
    """Return the ids of the cards for a wish about chess."""
    return {card.movie.movie_id for card in await conversation.next_cards(PERSON, CHESS, 5)}


@pytest.mark.usefixtures("described")
async def test_texts_are_published_with_the_vectors(wire: Wire, models: Models) -> None:
    """A release that has both is not published again at a start."""
    index = RecordingIndex()
    conversation, reloader, failover = wire(index)
    await reloader.sync()
    await arrive(conversation)
    assert await about_chess(conversation) == {40, 50}
    assert (failover.texts.problem, await index.texts.count(models.good.version)) == ("", 60)
    again, other_reloader, _ = wire(index)
    await other_reloader.sync()
    assert await about_chess(again) == {40, 50}
    assert index.publishes == {"vectors": 1, "texts": 1}


@pytest.mark.usefixtures("described")
async def test_an_index_of_an_earlier_version_gets_its_texts(wire: Wire, models: Models, board: Any) -> None:
    """It has the vectors of the active release, which are not published again."""
    index = RecordingIndex()
    await index.publish(models.good.version, board.movies, models.good.movie_vectors()[1])
    conversation, reloader, _ = wire(index)
    await reloader.sync()
    await arrive(conversation)
    assert await about_chess(conversation) == {40, 50}
    assert index.publishes == {"vectors": 1, "texts": 1}


@pytest.mark.usefixtures("described")
async def test_lost_texts_are_published_again(wire: Wire, models: Models) -> None:
    """Until the next sync, they are searched in memory, with the same result."""
    index = RecordingIndex()
    conversation, reloader, failover = wire(index)
    await reloader.sync()
    await arrive(conversation)
    await index.texts.drop(models.good.version)
    assert await about_chess(conversation) == {40, 50}
    assert (failover.texts.fallback_searches, failover.texts.problem != "") == (1, True)
    await reloader.sync()
    assert failover.texts.problem == ""
    assert await about_chess(conversation) == {40, 50}
    assert failover.texts.fallback_searches == 1
    assert index.publishes == {"vectors": 1, "texts": 2}


@pytest.mark.usefixtures("described")
async def test_a_server_without_full_text_search(wire: Wire, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """The release is served, texts are searched in memory, and publishing them is tried again after pauses."""
    index = RecordingIndex()
    index.has_texts = False
    conversation, reloader, failover = wire(index)
    await reloader.sync()
    assert reloader.problem == ""
    await arrive(conversation)
    assert await about_chess(conversation) == {40, 50}
    assert conversation.fallbacks == 0
    assert failover.texts.problem
    for _ in range(5):
        await reloader.sync()
    assert index.publishes["texts"] == 2
    clock.now += 1.5
    await reloader.sync()
    assert index.publishes == {"vectors": 1, "texts": 3}
    assert sum("texts were not published" in record.message for record in caplog.records) == 2
    index.has_texts = True
    clock.now += 60
    await reloader.sync()
    assert await about_chess(conversation) == {40, 50}
    assert failover.texts.problem == ""


async def test_new_texts_are_found_after_a_refresh_of_the_metadata(
    replicas: tuple[Services, Services], stores: Stores, settings: Settings
) -> None:
    """Each running bot publishes them into its index within a sync, and searches them in memory if that is down."""
    movies = [movie for movie in await stores.catalogue.all() if movie.movie_id in (70, 80)]
    for replica in replicas:
        await arrive(replica.conversation)
        assert len(await about_chess(replica.conversation)) == 5  # Nothing is about chess, so it is no condition.
    await refresh_metadata(stores, settings, [replace(movie, description="Chess!") for movie in movies])
    for replica in replicas:
        await replica.reloader.sync()
        assert await about_chess(replica.conversation) == {70, 80}
        assert (await replica.health.readiness()).degraded == {}
        assert replica.index.texts.fallback_searches == 0


async def test_the_command_line_publishes_texts(settings: Settings, stores: Stores, models: Models) -> None:
    """Into an index that no bot has open: with a new release, and again with new metadata."""
    url = f"milvus+lite:///{settings.reelmate_home}/milvus.db"
    lite = Settings(**{**settings.model_dump(), "vectors_url": url})

    async def found(towers: Towers, word: str) -> list[int]:
        index = await open_index(url)
        movie_ids, _ = await index.texts.search(towers.version, word, 10)
        await index.close()
        return movie_ids.tolist()

    [movie] = [movie for movie in await stores.catalogue.all() if movie.movie_id == 40]
    await stores.catalogue.put_many([replace(movie, description="A game of chess.")])
    await go_live(stores, lite, release_of(models.good, lite))
    assert await found(models.good, "chess") == [40]
    await refresh_metadata(stores, lite, [replace(movie, description="A boat.")])
    assert (await found(models.good, "chess"), await found(models.good, "boat")) == ([], [40])
    async with open_services(lite) as services:
        assert await services.index.texts.count(models.good.version) == 60


@pytest.mark.usefixtures("described")
async def test_texts_are_searched_before_anybody_waits_for_them(wire: Wire, models: Models) -> None:
    """A running bot searches once in the texts of each version that it begins to serve."""
    index = RecordingIndex()
    _, reloader, _ = wire(index)
    searched, event = [], asyncio.Event()
    search = index.texts.search

    async def recorded(version: str, *arguments: Any) -> Any:
        searched.append(version)
        event.set()
        return await search(version, *arguments)

    index.texts.search = recorded  # type: ignore[method-assign]  # this index records its calls
    async with reloader.running():
        await event.wait()
    assert searched == [models.good.version]
