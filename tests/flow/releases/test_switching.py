"""A release becomes active, and every replica serves it, between two turns."""

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
from recsys.services.state import ServingState
from storage.records import Movie
from storage.vectors import open_index
from storage.vectors.failover import FailoverIndex
from storage.vectors.memory import MemoryIndex
from tests.flow.releases.helpers import RATED, Clock, Models, are_popular, arrive, picks, release_of, serving
from tests.redis_server import RedisServer

SOMEBODY_ELSE = 8


class Strict(MemoryIndex):
    """An index that refuses a user vector of another version than the movie vectors', and can keep searches waiting."""

    def __init__(self, models: Models) -> None:
        super().__init__()
        profile = Profile(ratings=RATED)
        self._expected = {one.version: one.user_vectors([profile])[0] for one in models}
        self.gate, self.waiting = asyncio.Event(), asyncio.Event()
        self.gate.set()
        self.searched: list[str] = []

    async def search(self, version: str, user_vectors: Any, top_k: int, *more: Any) -> Any:
        """See `VectorIndex.search`; only a turn asks for as many movies as the second stage orders anew."""
        if top_k == RERANKED:
            self.waiting.set()
            await self.gate.wait()
            assert np.allclose(user_vectors[0], self._expected[version], atol=1e-5)
            self.searched.append(version)
        return await super().search(version, user_vectors, top_k, *more)


Wire = Callable[[MemoryIndex], tuple[Conversation, ReleaseReloader]]


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still unless it is moved."""
    return Clock()


@pytest.fixture
def wire(stores: Stores, clock: Clock) -> Wire:
    """A conversation and its reloader over an index of the test's own."""

    def make(index: MemoryIndex) -> tuple[Conversation, ReleaseReloader]:
        conversation = Conversation(
            stores.people, stores.ratings, stores.marks, stores.cards, stores.metadata, ServingState.build(())
        )
        return conversation, ReleaseReloader(stores, FailoverIndex(index), conversation, clock=clock)

    return make


async def test_every_replica_goes_with_the_active_release(
    replicas: tuple[Services, Services], stores: Stores, settings: Settings, models: Models
) -> None:
    """Both serve the new release after their next look, and after a rollback the old one with its picks."""
    one, other = replicas
    await arrive(one.conversation)
    before = await picks(one.conversation)
    await go_live(stores, settings, release_of(models.second, settings))
    assert [serving(replica) for replica in replicas] == [models.good.version] * 2
    for replica in replicas:
        await replica.reloader.sync()
    assert [serving(replica) for replica in replicas] == [models.second.version] * 2
    after = await picks(one.conversation)
    assert after == await picks(other.conversation) != before
    await roll_back(stores)
    for replica in replicas:
        await replica.reloader.sync()
    assert [serving(replica) for replica in replicas] == [models.good.version] * 2
    assert await picks(one.conversation) == await picks(other.conversation) == before


async def test_a_turn_ends_with_the_model_that_it_began_with(
    wire: Wire, stores: Stores, models: Models, board: Dataset
) -> None:
    """Its user vector meets the movie vectors of its own version, though another one serves by then."""
    index = Strict(models)
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


async def test_versions_never_mix_however_often_it_switches(
    wire: Wire, stores: Stores, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Turns without a pause while the reloader runs through five switches: all are answered by a model."""
    monkeypatch.setattr(bot.releases.reloader, "POLL_INTERVAL_S", 0.0)
    index = Strict(models)
    conversation, reloader = wire(index)
    await stores.releases.activate(models.good.version)
    await reloader.sync()
    await arrive(conversation)
    turns = 0
    async with reloader.running():
        for wanted in (models.second, models.third, models.good, models.second, models.good):
            await stores.releases.activate(wanted.version)
            while conversation.state.recommender is None or index.searched[-1:] != [wanted.version]:
                assert len(set(await picks(conversation))) == 5
                turns += 1
    assert conversation.fallbacks == 0
    assert len(index.searched) == turns


async def test_a_message_over_redis_is_enough(
    redis_server: RedisServer, settings: Settings, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bot that would look again in ten minutes serves what somebody told it of."""
    monkeypatch.setattr(bot.releases.reloader, "POLL_INTERVAL_S", 600.0)
    told = Settings(**{**settings.model_dump(), "metadata_url": redis_server.url})
    async with open_stores(told) as stores, open_services(told) as services, services.reloader.running():
        await go_live(stores, told, release_of(models.good, told))
        while services.reloader.problem:
            await stores.notifier.notify()  # It may not have subscribed when it was told first.
        assert serving(services) == models.good.version


async def test_a_release_that_cannot_be_read_leaves_the_old_one_serving(
    wire: Wire, stores: Stores, settings: Settings, models: Models, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """It is said once, tried again after longer and longer pauses, and served when it is whole again."""
    conversation, reloader = wire(MemoryIndex())
    await stores.releases.activate(models.good.version)
    await reloader.sync()
    weights = settings.models_folder / models.second.version / "towers.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-100])
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
    weights.write_bytes(whole)
    clock.now += 1.9
    await reloader.sync()
    assert reloader.problem  # Not yet: the second pause is 2 s.
    clock.now += 0.2
    await reloader.sync()
    assert reloader.problem == ""
    assert conversation.state.recommender is not None
    assert conversation.state.recommender.towers.version == models.second.version


async def test_without_a_model_the_popular_list_answers_until_there_is_one(
    settings: Settings, stores: Stores, models: Models
) -> None:
    """A bot without a release starts, says what is missing, and needs no restart when there is one."""
    async with open_services(settings) as services:
        conversation = services.conversation
        await arrive(conversation)
        assert len(await conversation.titles_page(SOMEBODY_ELSE)) == 8
        assert are_popular(await conversation.next_cards(7, n=3))
        found = await services.health.readiness()
        assert (found.missing, found.fallbacks["model"]) == ((), 1)
        assert found.degraded == {"model": "there is no trained model yet: run `reelmate prepare`"}
        await go_live(stores, settings, release_of(models.good, settings))
        await services.reloader.sync()
        assert not are_popular(await conversation.next_cards(7, n=3))
        assert (await services.health.readiness()).degraded == {}


async def test_an_index_that_comes_late_is_filled_and_searched(
    settings: Settings, stores: Stores, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another process holds Milvus Lite's folder memory answers, with the same picks; then Milvus does."""
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
        while services.index.problem:
            await services.reloader.sync()
            assert await picks(services.conversation) == from_memory
        assert await services.index.versions() == [models.good.version]
        assert (await services.health.readiness()).degraded == {}


async def test_a_damaged_release_does_not_keep_the_bot_from_starting(
    settings: Settings, stores: Stores, models: Models
) -> None:
    """People get the popular list, and those who run it the reason."""
    await stores.releases.activate(models.good.version)
    shutil.rmtree(settings.models_folder / models.good.version)
    async with open_services(settings) as services:
        await arrive(services.conversation)
        assert are_popular(await services.conversation.next_cards(7))
        assert "not a release folder" in (await services.health.readiness()).degraded["model"]


async def test_new_titles_and_other_data_sets_are_noticed(
    replicas: tuple[Services, Services], stores: Stores, models: Models
) -> None:
    """A title that was added can be found; a catalogue without the model's movies is served from its popular list."""
    one = replicas[0]
    await stores.catalogue.put_many([Movie(999, "Brand New", 2026, ("Odd",))])
    await one.reloader.sync()
    assert one.conversation.is_exact_title("brand new")
    assert serving(one) == models.good.version
    await stores.catalogue.replace([Movie(10, "Something Else", 1990, ("War",), rating_count=5)])
    await one.reloader.sync()
    assert "of another data set" in one.reloader.problem
    await arrive(one.conversation)
    await one.conversation.rate(7, 10, None, "button")
    cards = await one.conversation.next_cards(7)
    assert (are_popular(cards), [card.movie.title for card in cards]) == (True, ["Something Else"])


async def test_old_versions_go_after_a_while_but_never_the_previous(
    wire: Wire, stores: Stores, models: Models, clock: Clock
) -> None:
    """Of three releases in turn the first one leaves the index, and what nobody ever activated stays."""
    index = MemoryIndex()
    _, reloader = wire(index)
    await index.publish("unknown", [Movie(1, "One")], np.ones((1, 256), np.float32))
    for one in models:
        await stores.releases.activate(one.version)
        await reloader.sync()
        clock.now += 1
    assert set(await index.versions()) == {"unknown", *(one.version for one in models)}
    clock.now += DROP_DELAY_S
    await reloader.sync()
    assert set(await index.versions()) == {"unknown", models.second.version, models.third.version}


async def test_what_the_index_has_lost_comes_back(wire: Wire, stores: Stores, models: Models) -> None:
    """A search is answered from memory meanwhile, and the next look publishes what is missing."""
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


async def test_a_publish_that_was_cut_off_is_completed(wire: Wire, stores: Stores, models: Models) -> None:
    """An index that holds half of a version when the bot starts is filled before it is searched."""
    index = MemoryIndex()
    movies = (await stores.catalogue.all())[:30]
    await index.publish(models.good.version, movies, models.good.movie_vectors()[1][:30])
    _, reloader = wire(index)
    await stores.releases.activate(models.good.version)
    await reloader.sync()
    user_vectors = models.good.user_vectors([Profile()])
    [(movie_ids, _)] = await index.search(models.good.version, user_vectors, 100)
    assert len(movie_ids) == 60
