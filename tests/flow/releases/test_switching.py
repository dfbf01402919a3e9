"""`ReleaseReloader`: every replica switches to the active release between two requests."""

import asyncio
import shutil
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import bot.releases.reloader
from bot.app import Services, open_services
from bot.releases.activation import go_live, roll_back
from bot.releases.reloader import DROP_DELAY_S, ReleaseReloader
from bot.settings import Settings
from bot.stores import Stores, open_stores
from recsys.data import Dataset
from recsys.models.item_reranker import RERANKED
from recsys.profile import Profile
from recsys.services.conversation import Conversation
from storage.records import Movie
from storage.vectors import open_index
from storage.vectors.failover import FailoverIndex
from storage.vectors.memory import MemoryIndex
from tests.flow.releases.helpers import (
    PERSON,
    RATED,
    Clock,
    Models,
    are_popular,
    arrive,
    contribute,
    conversation_over,
    picks,
    release_of,
    serving,
)
from tests.servers.redis_server import RedisServer

OTHER_PERSON = 8


class CheckingIndex(MemoryIndex):
    """An index that checks that the user vector and the movie vectors have the same version.

    Attributes:
        gate: searches wait until it is set.
        waiting: set when a search waits.
        searched: the versions that were searched.
    """

    def __init__(self, models: Models) -> None:
        super().__init__()
        profile = Profile(ratings=RATED)
        self._expected = {model.version: model.user_vectors([profile])[0] for model in models}
        self.gate, self.waiting = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.searched: list[str] = []

    async def search(self, version: str, user_vectors: Any, top_k: int, *arguments: Any) -> Any:
        """See `VectorIndex.search`. Only requests for recommendations have as many candidates as are re-ranked."""
        if top_k == RERANKED:
            self.waiting.set()
            await self.gate.wait()
            assert np.allclose(user_vectors[0], self._expected[version], atol=1e-5)
            self.searched.append(version)
        return await super().search(version, user_vectors, top_k, *arguments)


Wire = Callable[[MemoryIndex], tuple[Conversation, ReleaseReloader]]


@pytest.fixture
def clock() -> Clock:
    """A clock that the test moves."""
    return Clock()


@pytest.fixture
def wire(stores: Stores, clock: Clock) -> Wire:
    """A function that returns a conversation over an index, and its reloader."""

    def make(index: MemoryIndex) -> tuple[Conversation, ReleaseReloader]:
        conversation = conversation_over(stores)
        return conversation, ReleaseReloader(stores, FailoverIndex(index), conversation, clock=clock)

    return make


async def test_every_replica_switches_to_the_active_release(
    replicas: tuple[Services, Services], stores: Stores, settings: Settings, models: Models
) -> None:
    """Both switch at their next sync. After a rollback they return the same movies as before."""
    first, second = replicas
    await arrive(first.conversation)
    before = await picks(first.conversation)
    await go_live(stores, settings, release_of(models.second, settings))
    assert [serving(replica) for replica in replicas] == [models.good.version] * 2
    for replica in replicas:
        await replica.reloader.sync()
    assert [serving(replica) for replica in replicas] == [models.second.version] * 2
    after = await picks(first.conversation)
    assert after == await picks(second.conversation) != before
    await roll_back(stores)
    for replica in replicas:
        await replica.reloader.sync()
    assert [serving(replica) for replica in replicas] == [models.good.version] * 2
    assert await picks(first.conversation) == await picks(second.conversation) == before


async def test_a_request_ends_with_the_model_that_it_began_with(
    wire: Wire, stores: Stores, models: Models, board: Dataset
) -> None:
    """A request in flight during a switch searches the movie vectors of the old version."""
    index = CheckingIndex(models)
    conversation, reloader = wire(index)
    await stores.releases.activate(models.good.version)
    await reloader.sync()
    await arrive(conversation)
    expected = await picks(conversation)
    index.gate.clear()
    index.waiting.clear()
    in_flight = asyncio.create_task(picks(conversation))
    await index.waiting.wait()
    await stores.releases.activate(models.second.version)
    await reloader.sync()
    later = asyncio.create_task(picks(conversation))
    index.gate.set()
    assert await in_flight == expected
    assert set(await later) <= set(board.movie_ids.tolist())
    assert index.searched == [models.good.version, models.good.version, models.second.version]


async def test_versions_are_never_mixed_during_many_switches(
    wire: Wire, stores: Stores, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Requests during five switches are all answered by a model."""
    monkeypatch.setattr(bot.releases.reloader, "POLL_INTERVAL_S", 0.0)
    index = CheckingIndex(models)
    conversation, reloader = wire(index)
    await stores.releases.activate(models.good.version)
    await reloader.sync()
    await arrive(conversation)
    requests = 0
    async with reloader.running():
        for model in (models.second, models.third, models.good, models.second, models.good):
            await stores.releases.activate(model.version)
            while conversation.state.recommender is None or index.searched[-1:] != [model.version]:
                assert len(set(await picks(conversation))) == 5
                requests += 1
    assert conversation.fallbacks == 0
    assert len(index.searched) == requests


async def test_a_notification_over_redis_triggers_a_sync(
    redis_server: RedisServer, settings: Settings, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot that polls every ten minutes switches at once."""
    monkeypatch.setattr(bot.releases.reloader, "POLL_INTERVAL_S", 600.0)
    with_redis = Settings(**{**settings.model_dump(), "metadata_url": redis_server.url})
    async with open_stores(with_redis) as stores, open_services(with_redis) as services, services.reloader.running():
        await go_live(stores, with_redis, release_of(models.good, with_redis))
        while services.reloader.problem:
            await stores.notifier.notify()  # The bot may have subscribed after the first notification.
        assert serving(services) == models.good.version


async def test_the_old_release_is_served_while_the_active_one_cannot_be_read(
    wire: Wire, stores: Stores, settings: Settings, models: Models, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """The error is logged once. The switch is retried with a backoff, and succeeds once the file is repaired."""
    conversation, reloader = wire(MemoryIndex())
    await stores.releases.activate(models.good.version)
    await reloader.sync()
    weights = settings.models_folder / models.second.version / "towers.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:-100])
    await stores.releases.activate(models.second.version)
    for _ in range(3):
        await reloader.sync()
    clock.now += 1
    await reloader.sync()
    assert reloader.problem.startswith(f"release {models.second.version} is active and not served: ")
    assert sum("cannot be served" in record.message for record in caplog.records) == 1
    await arrive(conversation)
    assert len(await picks(conversation)) == 5
    assert conversation.fallbacks == 0
    weights.write_bytes(content)
    clock.now += 1.9
    await reloader.sync()
    assert reloader.problem  # Not yet: the second pause is 2 s.
    clock.now += 0.2
    await reloader.sync()
    assert reloader.problem == ""
    assert conversation.state.recommender is not None
    assert conversation.state.recommender.towers.version == models.second.version


async def test_popular_movies_are_served_until_there_is_a_model(
    settings: Settings, stores: Stores, models: Models
) -> None:
    """A bot without a release starts, reports what is missing, and serves the first release without a restart."""
    async with open_services(settings) as services:
        conversation = services.conversation
        await arrive(conversation)
        assert len(await conversation.titles_page(OTHER_PERSON)) == 8
        assert are_popular(await conversation.next_cards(7, n=3))
        readiness = await services.health.readiness()
        assert (readiness.missing, readiness.fallbacks["model"]) == ((), 1)
        assert readiness.degraded == {"model": "there is no trained model yet: run `reelmate prepare`"}
        await go_live(stores, settings, release_of(models.good, settings))
        await services.reloader.sync()
        assert not are_popular(await conversation.next_cards(7, n=3))
        assert (await services.health.readiness()).degraded == {}


async def test_an_index_that_can_be_opened_later_is_filled_and_searched(
    settings: Settings, stores: Stores, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process has Milvus Lite's folder open, searches in memory return the same movies."""
    monkeypatch.setattr("bot.app.REOPEN_AFTER_S", 0.1)
    await stores.releases.activate(models.good.version)
    url = f"milvus+lite:///{settings.reelmate_home}/milvus.db"
    holder = await open_index(url)
    async with open_services(Settings(**{**settings.model_dump(), "vectors_url": url})) as services:
        await arrive(services.conversation)
        from_memory = await picks(services.conversation)
        assert serving(services) == models.good.version
        (problem,) = (await services.health.readiness()).degraded.values()
        assert problem.endswith("; searching in memory instead")
        await holder.close()
        while services.index.problem or not await services.index.versions():
            await services.reloader.sync()
            assert await picks(services.conversation) == from_memory
        assert await services.index.versions() == [models.good.version]
        assert (await services.health.readiness()).degraded == {}


async def test_a_bot_starts_with_a_damaged_release(settings: Settings, stores: Stores, models: Models) -> None:
    """People get popular movies, and the readiness report has the reason."""
    await stores.releases.activate(models.good.version)
    shutil.rmtree(settings.models_folder / models.good.version)
    async with open_services(settings) as services:
        await arrive(services.conversation)
        assert are_popular(await services.conversation.next_cards(7))
        assert "not a release folder" in (await services.health.readiness()).degraded["model"]


async def test_a_bot_starts_with_the_previous_release_if_the_active_one_is_damaged(
    settings: Settings, stores: Stores, models: Models, caplog: pytest.LogCaptureFixture
) -> None:
    """It serves the active one as soon as that is repaired, without a restart."""
    await stores.releases.activate(models.good.version)
    await stores.releases.activate(models.second.version)
    tokens = settings.models_folder / models.second.version / "tokens.json"
    content = tokens.read_bytes()
    tokens.write_text("{}")
    async with open_services(settings) as services:
        await arrive(services.conversation)
        assert serving(services) == models.good.version
        assert not are_popular(await services.conversation.next_cards(7))
        assert (await services.health.readiness()).degraded["model"].endswith("(tokens.json is no list of texts)")
        assert "serving an earlier release instead" in caplog.text
        tokens.write_bytes(content)
        await stores.revisions.increment("vectors")
        await services.reloader.sync()
        assert serving(services) == models.second.version
        assert (await services.health.readiness()).degraded == {}


async def test_a_bot_does_not_start_with_a_release_that_learned_from_somebody_who_has_left(
    settings: Settings, stores: Stores, models: Models
) -> None:
    """If the active release is damaged, it serves the last one that a rollback could restore."""
    await contribute(stores, PERSON)
    await stores.contributors.record(models.second.version, (await stores.contributors.read())[1])
    for model in models:
        await stores.releases.activate(model.version)
    (settings.models_folder / models.third.version / "tokens.json").write_text("{}")
    async with open_services(settings) as services:
        assert serving(services) == models.second.version
    await stores.people.forget(PERSON)
    async with open_services(settings) as services:
        assert serving(services) == models.good.version


async def test_a_bot_starts_if_both_releases_are_damaged(
    settings: Settings, stores: Stores, models: Models, caplog: pytest.LogCaptureFixture
) -> None:
    """People get popular movies, and each release is refused once."""
    for model, text in ((models.good, "[" * 100_000), (models.second, '{"version": 1}')):
        (settings.models_folder / model.version / "release.json").write_text(text)
        await stores.releases.activate(model.version)
    async with open_services(settings) as services:
        await services.reloader.sync()
        await arrive(services.conversation)
        assert are_popular(await services.conversation.next_cards(7))
        assert "damaged release (" in (await services.health.readiness()).degraded["model"]
    assert sum("cannot be served" in record.message for record in caplog.records) == 2


async def test_changes_of_the_catalogue_are_noticed(
    replicas: tuple[Services, Services], stores: Stores, models: Models
) -> None:
    """A new title can be found. If the catalogue no longer has the model's movies, popular movies are served."""
    replica = replicas[0]
    await stores.catalogue.put_many([Movie(999, "Brand New", 2026, ("Odd",))])
    await replica.reloader.sync()
    assert replica.conversation.is_exact_title("brand new")
    assert serving(replica) == models.good.version
    await stores.catalogue.replace([Movie(10, "Something Else", 1990, ("War",), rating_count=5)])
    await replica.reloader.sync()
    assert "of another data set" in replica.reloader.problem
    await arrive(replica.conversation)
    await replica.conversation.rate(7, 10, None, "button")
    cards = await replica.conversation.next_cards(7)
    assert (are_popular(cards), [card.movie.title for card in cards]) == (True, ["Something Else"])


async def test_old_versions_are_dropped_after_a_delay_but_not_the_previous_one(
    wire: Wire, stores: Stores, models: Models, clock: Clock
) -> None:
    """A version that was never active is kept, because it may be in the middle of being published."""
    index = MemoryIndex()
    _, reloader = wire(index)
    await index.publish("unknown", [Movie(1, "One")], np.ones((1, 256), np.float32))
    for model in models:
        await stores.releases.activate(model.version)
        await reloader.sync()
        clock.now += 1
    assert set(await index.versions()) == {"unknown", *(model.version for model in models)}
    clock.now += DROP_DELAY_S
    await reloader.sync()
    assert set(await index.versions()) == {"unknown", models.second.version, models.third.version}


async def test_a_lost_version_is_published_again(wire: Wire, stores: Stores, models: Models) -> None:
    """Until the next sync, searches are answered from memory."""
    index = MemoryIndex()
    conversation, reloader = wire(index)
    await stores.releases.activate(models.good.version)
    await reloader.sync()
    await arrive(conversation)
    before = await picks(conversation)
    await index.drop(models.good.version)
    assert await picks(conversation) == before
    await reloader.sync()
    assert await index.versions() == [models.good.version]


async def test_an_interrupted_publish_is_completed(wire: Wire, stores: Stores, models: Models) -> None:
    """An index with half of a version at the start is filled before it is searched."""
    index = MemoryIndex()
    movies = (await stores.catalogue.all())[:30]
    await index.publish(models.good.version, movies, models.good.movie_vectors()[1][:30])
    _, reloader = wire(index)
    await stores.releases.activate(models.good.version)
    await reloader.sync()
    user_vectors = models.good.user_vectors([Profile()])
    [(movie_ids, _)] = await index.search(models.good.version, user_vectors, 100)
    assert len(movie_ids) == 60
