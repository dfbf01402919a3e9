"""Failover of full-text search to memory while the primary index does not answer or is busy."""

import asyncio
import secrets
from typing import Any

import numpy as np
import pytest

from storage import breaker
from storage.errors import NotFound, Unavailable
from storage.records import MovieFilter
from storage.vectors import open_index
from storage.vectors.failover import FailoverIndex
from storage.vectors.memory import MemoryIndex
from storage.vectors.texts.memory import MemoryTextIndex
from tests.builders import movie
from tests.programs import until

MOVIES = [movie(10, year=1980), movie(20, year=1990), movie(30, year=2000)]
TEXTS = ["chess", "chess war", "war"]
VECTORS = np.eye(3, dtype=np.float32)


class FlakyTexts(MemoryTextIndex):
    """Texts that cannot be searched while `down` is set, and whose searches wait for `gate`."""

    def __init__(self) -> None:
        super().__init__()
        self.down = False
        self.searches = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def search(self, *args: Any, **options: Any) -> Any:
        """Search, or raise Unavailable while the index is down."""
        self.searches += 1
        await self.gate.wait()
        if self.down:
            raise Unavailable("no answer within 5 s")
        return await super().search(*args, **options)


@pytest.fixture
def texts() -> FlakyTexts:
    """The texts of the primary index."""
    return FlakyTexts()


@pytest.fixture
async def failover(texts: FlakyTexts) -> FailoverIndex:
    """An index with a published and preloaded version."""
    index = MemoryIndex()
    index.texts = texts
    failover = FailoverIndex(index)
    await failover.publish("v1", MOVIES, VECTORS)
    await failover.preload("v1", MOVIES, VECTORS)
    await failover.texts.publish("v1", MOVIES, TEXTS)
    await failover.texts.preload("v1", MOVIES, TEXTS)
    return failover


async def found(failover: FailoverIndex, query: str = "chess", where: MovieFilter | None = None) -> list[int]:
    """Return the ids of the movies that a query finds."""
    movie_ids, _ = await failover.texts.search("v1", query, 10, where or MovieFilter())
    return movie_ids.tolist()


async def test_searches_fail_over_until_the_index_is_back(
    failover: FailoverIndex, texts: FlakyTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory returns the same movies, and `problem` is set until the index answers a probe."""
    monkeypatch.setattr(breaker, "PROBE_EVERY_S", 0.01)
    before = [await found(failover), await found(failover, "chess", MovieFilter(year_from=1990))]
    texts.down = True
    assert [await found(failover), await found(failover, "chess", MovieFilter(year_from=1990))] == before
    assert before == [[10, 20], [20]]
    assert (failover.texts.problem, failover.texts.fallback_searches) == ("no answer within 5 s", 2)
    assert failover.problem == ""
    texts.down = False
    await until(lambda: not failover.texts.problem)
    assert await found(failover) == before[0]
    assert (failover.texts.problem, failover.texts.fallback_searches) == ("", 2)


async def test_lost_texts_are_searched_in_memory(failover: FailoverIndex, texts: FlakyTexts) -> None:
    """So are those of an index that could not be opened yet. What was not preloaded is not there."""
    await texts.drop("v1")
    assert await found(failover) == [10, 20]
    assert "v1" in failover.texts.problem
    closed = FailoverIndex(None, "in use by another process")
    await closed.texts.preload("v1", MOVIES, TEXTS)
    assert await found(closed) == [10, 20]
    assert closed.texts.problem == "in use by another process"
    with pytest.raises(Unavailable, match="in use"):
        await closed.texts.search("v2", "chess", 10)
    with pytest.raises(NotFound, match="v2"):
        await failover.texts.search("v2", "chess", 10)


@pytest.mark.parametrize("searches_serially", [True, False])
async def test_searches_do_not_wait_for_each_other(
    failover: FailoverIndex, texts: FlakyTexts, monkeypatch: pytest.MonkeyPatch, searches_serially: bool
) -> None:
    """While Milvus Lite searches texts, other texts and vectors are searched in memory, which is no failover."""
    monkeypatch.setattr(MemoryIndex, "searches_serially", searches_serially)
    texts.gate.clear()
    first = asyncio.create_task(found(failover))
    await asyncio.sleep(0)
    second = asyncio.create_task(found(failover))
    if searches_serially:
        assert await second == [10, 20]
        [(movie_ids, _)] = await failover.search("v1", VECTORS[:1], 1)
        assert movie_ids.tolist() == [10]
    texts.gate.set()
    assert await first == await second == [10, 20]
    assert texts.searches == (1 if searches_serially else 2)
    assert (failover.texts.problem, failover.texts.fallback_searches) == ("", 0)


async def test_searches_do_not_wait_for_a_publish(
    failover: FailoverIndex, texts: FlakyTexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While texts are published, those of a preloaded version are searched in memory."""
    publishing, gate = asyncio.Event(), asyncio.Event()

    async def slow(*_: Any) -> None:
        publishing.set()
        await gate.wait()

    monkeypatch.setattr(texts, "publish", slow)
    task = asyncio.create_task(failover.texts.publish("v2", MOVIES, TEXTS))
    await publishing.wait()
    assert await found(failover) == [10, 20]
    assert texts.searches == 0
    gate.set()
    await task
    assert await found(failover) == [10, 20]
    assert texts.searches == 1


async def test_a_dropped_version_is_gone(failover: FailoverIndex, texts: FlakyTexts) -> None:
    """Dropping a version of the index drops its texts in both places, and `count` is that of the primary index."""
    assert await failover.texts.count("v1") == await texts.count("v1") == 3
    await failover.drop("v1")
    assert await failover.texts.count("v1") == await texts.count("v1") == 0
    with pytest.raises(NotFound):
        await found(failover)


@pytest.mark.slow
async def test_a_server_without_full_text_search(old_server_url: str) -> None:
    """A Milvus server before 2.5 holds the vectors and refuses the texts, and memory finds words."""
    version = "v" + secrets.token_hex(6)
    index = FailoverIndex(await open_index(old_server_url, timeout_s=60))
    await index.publish(version, MOVIES, VECTORS)
    await index.texts.preload(version, MOVIES, TEXTS)
    with pytest.raises(Unavailable, match=r"is Milvus v2\.3\.5-lite, and full-text search needs 2\.5 or newer"):
        await index.texts.check()
    with pytest.raises(Unavailable):
        await index.texts.publish(version, MOVIES, TEXTS)
    assert (await index.texts.search(version, "chess", 10))[0].tolist() == [10, 20]
    assert index.texts.problem
    [(movie_ids, _)] = await index.search(version, VECTORS[:1], 1)
    assert movie_ids.tolist() == [10]
    assert index.problem == ""
    await index.drop(version)
    assert version not in await index.versions()
    await index.close()


async def test_of_a_large_version_only_the_best_known_texts_are_copied() -> None:
    """They are searched if the index does not answer, and `problem` says how many they are."""
    index, texts = MemoryIndex(), FlakyTexts()
    index.texts = texts
    failover = FailoverIndex(index, max_copied=1)
    await failover.texts.publish("v1", MOVIES, TEXTS)
    await failover.texts.preload("v1", MOVIES[:2], TEXTS[:2], len(MOVIES))
    movie_ids, _ = await failover.texts.search("v1", "war", 3)
    assert sorted(movie_ids.tolist()) == [20, 30]
    texts.down = True
    movie_ids, _ = await failover.texts.search("v1", "war", 3)
    assert movie_ids.tolist() == [20]
    assert failover.texts.problem == "no answer within 5 s; searching only the best known 2 of 3 movies"
    await failover.texts.unload("v1")
    assert failover.texts.problem == "no answer within 5 s"
    await failover.close()
