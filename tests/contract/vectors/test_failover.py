"""Failover to memory while the primary index does not answer."""

import asyncio
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from storage import breaker
from storage.errors import Unavailable
from storage.records import ANY_MOVIE, MovieFilter
from storage.vectors import is_server, open_index, primary
from storage.vectors.failover import MAX_EXCLUDED_IDS, FailoverIndex
from storage.vectors.memory import MemoryIndex
from tests.builders import movie
from tests.programs import until
from tests.recording_index import RecordingIndex

MOVIES = [movie(10), movie(20), movie(30)]
VECTORS = np.eye(3, dtype=np.float32)
USER_VECTORS = np.array([[1, 3, 2]], np.float32)


class FlakyIndex(MemoryIndex):
    """An index that is down while `down` is set."""

    down = False

    async def search(self, *args: Any, **options: Any) -> Any:
        """Search, or raise Unavailable while the index is down."""
        if self.down:
            raise Unavailable("no answer within 5 s")
        return await super().search(*args, **options)


async def test_search_fails_over_to_memory_until_the_index_is_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory returns the same result, and the index is not asked again until it answers a probe in the background."""
    monkeypatch.setattr(breaker, "PROBE_EVERY_S", 0.01)
    index = FlakyIndex()
    failover = FailoverIndex(index)
    await failover.publish("v1", MOVIES, VECTORS)
    await failover.preload("v1", MOVIES, VECTORS)
    [(from_index, _)] = await failover.search("v1", USER_VECTORS, 2, [{20}])
    index.down = True
    for _ in range(3):
        [(from_memory, scores)] = await failover.search("v1", USER_VECTORS, 2, [{20}])
        assert from_memory.tolist() == from_index.tolist() == [30, 10]
        assert scores.tolist() == [2, 1]
    assert (failover.problem, failover.fallback_searches) == ("no answer within 5 s", 3)
    index.down = False
    await until(lambda: not failover.problem)
    await failover.search("v1", USER_VECTORS, 2)
    assert failover.fallback_searches == 3
    await failover.close()


async def test_a_frozen_index_is_met_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first search waits until its deadline, and further searches do not ask the index."""
    monkeypatch.setattr(primary, "SEARCH_TIMEOUT_S", 0.05)
    frozen = asyncio.Event()

    class FrozenIndex(MemoryIndex):
        searches = 0

        async def search(self, *args: Any, **options: Any) -> Any:
            self.searches += 1
            await frozen.wait()
            return await super().search(*args, **options)

    index = FrozenIndex()
    failover = FailoverIndex(index)
    await failover.publish("v1", MOVIES, VECTORS)
    await failover.preload("v1", MOVIES, VECTORS)
    for _ in range(3):
        [(movie_ids, _)] = await failover.search("v1", USER_VECTORS, 2)
        assert movie_ids.tolist() == [20, 30]
    assert (index.searches, failover.fallback_searches) == (1, 3)
    await failover.close()


async def test_an_outage_is_noticed_without_a_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """An index that is watched is probed in the background."""
    monkeypatch.setattr(breaker, "WATCH_EVERY_S", 0.01)
    index = FlakyIndex()
    failover = FailoverIndex(index)
    await failover.publish("v1", MOVIES, VECTORS)
    await failover.preload("v1", MOVIES, VECTORS)
    failover.watch()
    index.down = True
    await until(lambda: bool(failover.problem))
    assert failover.fallback_searches == 0
    await failover.close()


@pytest.mark.parametrize("in_process", [True, False])
async def test_probes_take_no_time_of_milvus_lite(monkeypatch: pytest.MonkeyPatch, in_process: bool) -> None:
    """An index in this process is left alone while it works. Any other index is searched, so that it loads versions."""
    monkeypatch.setattr(breaker, "WATCH_EVERY_S", 0.001)

    class ProbedIndex(MemoryIndex):
        probes, calls = 0, 0

        @property
        def searches_serially(self) -> bool:
            self.probes += 1
            return in_process

        async def ping(self) -> None:
            self.calls += 1

        async def search(self, *args: Any, **options: Any) -> Any:
            self.calls += 1
            return await super().search(*args, **options)

    index = ProbedIndex()
    failover = FailoverIndex(index)
    await failover.publish("v1", MOVIES, VECTORS)
    await failover.preload("v1", MOVIES, VECTORS)
    failover.watch()
    await until(lambda: index.probes > 2 and (in_process or index.calls > 2))
    assert in_process is (index.calls == 0)
    await failover.close()


async def test_a_version_that_is_not_preloaded_stays_unavailable() -> None:
    """The vectors of another version would be wrong."""
    index = FlakyIndex()
    failover = FailoverIndex(index)
    await failover.publish("v1", MOVIES, VECTORS)
    index.down = True
    with pytest.raises(Unavailable):
        await failover.search("v1", USER_VECTORS, 2)


async def test_searches_do_not_wait_for_a_publish() -> None:
    """While another version is published, the preloaded one is searched in memory, which is not counted as failover."""
    publishing, gate = asyncio.Event(), asyncio.Event()

    class SlowIndex(FlakyIndex):
        async def publish(self, *args: Any) -> None:
            publishing.set()
            await gate.wait()
            await super().publish(*args)

    index = SlowIndex()
    gate.set()
    failover = FailoverIndex(index)
    await failover.publish("v1", MOVIES, VECTORS)
    await failover.preload("v1", MOVIES, VECTORS)
    gate.clear()
    publishing.clear()
    second = asyncio.create_task(failover.publish("v2", MOVIES, VECTORS))
    await publishing.wait()
    index.down = True
    [(movie_ids, _)] = await failover.search("v1", USER_VECTORS, 2)
    assert movie_ids.tolist() == [20, 30]
    assert (failover.problem, failover.fallback_searches) == ("", 0)
    gate.set()
    await second
    with pytest.raises(Unavailable):
        await failover.search("v2", USER_VECTORS, 2)


@pytest.mark.parametrize("searches_serially", [True, False])
async def test_searches_do_not_wait_for_another_search(
    monkeypatch: pytest.MonkeyPatch, searches_serially: bool
) -> None:
    """If the index searches serially, a second search uses memory, which does not count as a failover.

    So do the searches of the rest that follows.
    """
    monkeypatch.setattr(primary, "REST_FACTOR", 1e6)
    gate = asyncio.Event()

    class SlowIndex(FlakyIndex):
        searches = 0

        async def search(self, *args: Any, **options: Any) -> Any:
            self.searches += 1
            await gate.wait()
            return await super().search(*args, **options)

    index = SlowIndex()
    index.searches_serially = searches_serially
    failover = FailoverIndex(index)
    await failover.publish("v1", MOVIES, VECTORS)
    await failover.preload("v1", MOVIES, VECTORS)
    first = asyncio.create_task(failover.search("v1", USER_VECTORS, 2))
    second = asyncio.create_task(failover.search("v1", USER_VECTORS, 2))
    if searches_serially:
        await second
    gate.set()
    assert [[ids.tolist() for ids, _ in await search] for search in (first, second)] == [[[20, 30]]] * 2
    assert index.searches == (1 if searches_serially else 2)
    await failover.search("v1", USER_VECTORS, 2)
    assert index.searches == (1 if searches_serially else 3)
    assert (failover.problem, failover.fallback_searches) == ("", 0)


async def test_one_person_is_always_searched_for_in_milvus_lite(monkeypatch: pytest.MonkeyPatch) -> None:
    """A search during which nobody else searched is followed by no rest."""
    monkeypatch.setattr(primary, "REST_FACTOR", 1e6)

    class CountingIndex(MemoryIndex):
        searches = 0

        async def search(self, *args: Any, **options: Any) -> Any:
            self.searches += 1
            return await super().search(*args, **options)

    index = CountingIndex()
    index.searches_serially = True
    failover = FailoverIndex(index)
    await failover.publish("v1", MOVIES, VECTORS)
    await failover.preload("v1", MOVIES, VECTORS)
    for _ in range(3):
        await failover.search("v1", USER_VECTORS, 2)
    assert index.searches == 3


@pytest.mark.parametrize("searches_serially", [True, False])
async def test_several_people_are_searched_for_in_memory(searches_serially: bool) -> None:
    """An index that searches serially gets one person at a time, and any other index gets them all."""
    index = RecordingIndex()
    index.searches_serially = searches_serially
    failover = FailoverIndex(index)
    await failover.publish("v1", MOVIES, VECTORS)
    await failover.preload("v1", MOVIES, VECTORS)
    several = np.repeat(USER_VECTORS, 3, axis=0)
    assert [ids.tolist() for ids, _ in await failover.search("v1", several, 2)] == [[20, 30]] * 3
    await failover.search("v1", USER_VECTORS, 2)
    assert [people for people, _ in index.searches] == ([1] if searches_serially else [3, 1])


@pytest.mark.parametrize("searches_serially", [True, False])
async def test_a_long_exclusion_is_searched_in_memory(searches_serially: bool) -> None:
    """An index that searches serially never gets more than MAX_EXCLUDED_IDS ids, and any other index gets them all."""
    sizes: list[int] = []

    class ExclusionSizes(MemoryIndex):
        async def search(self, *args: Any, **options: Any) -> Any:
            sizes.append(len(args[3][0]))
            return await super().search(*args, **options)

    index = ExclusionSizes()
    index.searches_serially = searches_serially
    failover = FailoverIndex(index)
    await failover.publish("v1", MOVIES, VECTORS)
    await failover.preload("v1", MOVIES, VECTORS)
    for count in (MAX_EXCLUDED_IDS, MAX_EXCLUDED_IDS + 1):
        [(movie_ids, _)] = await failover.search("v1", USER_VECTORS, 2, [{20, *range(1_000, 999 + count)}])
        assert movie_ids.tolist() == [30, 10]
    assert sizes == ([MAX_EXCLUDED_IDS] if searches_serially else [MAX_EXCLUDED_IDS, MAX_EXCLUDED_IDS + 1])
    assert (failover.problem, failover.fallback_searches) == ("", 0)


async def test_a_long_exclusion_has_the_result_of_milvus_lite(tmp_path: Path) -> None:
    """Memory and Milvus Lite find the same movies with the same scores."""
    movies = [movie(movie_id, year=1980 + movie_id % 20) for movie_id in range(1, 401)]
    random = np.random.default_rng(0)
    vectors, user_vectors = (random.standard_normal((rows, 256)).astype(np.float32) for rows in (400, 1))
    excluded = random.permutation(np.arange(1, 401))[:300].tolist()
    milvus = await open_index(f"milvus+lite://{tmp_path}/milvus.db", timeout_s=60)
    failover = FailoverIndex(milvus)
    await failover.publish("v1", movies, vectors)
    await failover.preload("v1", movies, vectors)
    of_half = frozenset(range(1, 401, 2))
    for where in (
        ANY_MOVIE,
        MovieFilter(year_from=1990),
        MovieFilter(ids=of_half),
        MovieFilter(year_to=1990, ids_none=of_half),
    ):
        [(expected_ids, expected_scores)] = await milvus.search("v1", user_vectors, 60, [excluded], where)
        [(movie_ids, scores)] = await failover.search("v1", user_vectors, 60, [excluded], where)
        assert movie_ids.tolist() == expected_ids.tolist()
        np.testing.assert_allclose(scores, expected_scores, rtol=1e-5, atol=1e-5)
    await failover.close()


async def test_other_calls_go_to_the_primary_index() -> None:
    """Ping, versions, drop and close are those of the primary index."""
    failover = FailoverIndex(await open_index("memory://"))
    await failover.publish("v1", MOVIES, VECTORS)
    await failover.ping()
    assert await failover.versions() == ["v1"]
    await failover.drop("v1")
    assert await failover.versions() == []
    await failover.close()


async def test_a_large_version_is_kept_in_memory_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Milvus Lite does not get it, and it can be published, searched by vector and by text, counted and dropped."""
    monkeypatch.setattr(primary, "MAX_LITE_MOVIES", 2)
    lite = FlakyIndex()
    lite.searches_serially = True
    failover = FailoverIndex(lite)
    await failover.publish("small", MOVIES[:2], VECTORS[:2])
    await failover.publish("large", MOVIES, VECTORS)
    await failover.texts.publish("large", MOVIES, ["a", "b", "b b"])
    assert await lite.versions() == ["small"]
    assert await failover.versions() == ["large", "small"]
    [(movie_ids, _)] = await failover.search("large", USER_VECTORS, 2, [{20}])
    assert movie_ids.tolist() == [30, 10]
    movie_ids, _ = await failover.texts.search("large", "b", 3)
    assert sorted(movie_ids.tolist()) == [20, 30]
    assert (await failover.texts.count("large"), await lite.texts.count("large")) == (3, 0)
    assert (failover.fallback_searches, failover.texts.fallback_searches) == (0, 0)
    await failover.drop("large")
    assert await failover.versions() == ["small"]


async def test_beside_a_server_only_the_best_known_movies_are_copied() -> None:
    """The server is searched even while something is published. During an outage the copy serves, and says what it has.

    A smaller version is copied whole.
    """
    movies = [movie(movie_id, rating_count=count) for movie_id, count in ((10, 5), (20, 1), (30, 9), (40, 5))]
    vectors = np.eye(4, dtype=np.float32)
    user_vectors = np.array([[1, 4, 3, 2]], np.float32)
    publishing, gate = asyncio.Event(), asyncio.Event()

    class SlowIndex(FlakyIndex):
        async def publish(self, *args: Any) -> None:
            publishing.set()
            await gate.wait()
            await super().publish(*args)

    index = SlowIndex()
    gate.set()
    failover = FailoverIndex(index, max_copied=2)
    await failover.publish("large", movies, vectors)
    await failover.preload("large", movies, vectors)
    await failover.publish("small", movies[:2], vectors[:2])
    await failover.preload("small", movies[:2], vectors[:2])
    gate.clear()
    publishing.clear()
    other = asyncio.create_task(failover.publish("other", movies, vectors))
    await publishing.wait()
    [(movie_ids, _)] = await failover.search("large", user_vectors, 3)
    assert movie_ids.tolist() == [20, 30, 40]
    gate.set()
    await other
    index.down = True
    [(movie_ids, scores)] = await failover.search("large", user_vectors, 3)
    assert (movie_ids.tolist(), scores.tolist()) == ([30, 10], [3, 1])
    [(movie_ids, _)] = await failover.search("large", user_vectors, 3, [{30}])
    assert movie_ids.tolist() == [10]
    [(movie_ids, _)] = await failover.search("small", user_vectors, 3)
    assert movie_ids.tolist() == [20, 10]
    assert failover.problem == "no answer within 5 s; searching only the best known 2 of 4 movies"
    await failover.unload("large")
    assert failover.problem == "no answer within 5 s"
    await failover.close()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("milvus://host:19530", True),
        ("https://key@host", True),
        ("milvus+lite:///srv/milvus.db", False),
        ("memory://", False),
    ],
)
def test_which_urls_name_a_server(url: str, expected: bool) -> None:
    """Only beside a server may a copy be partial."""
    assert is_server(url) is expected
