"""The index that answers from memory while the real one does not."""

import asyncio
from typing import Any

import numpy as np
import pytest

from storage.errors import Unavailable
from storage.vectors import open_index
from storage.vectors.failover import FailoverIndex
from storage.vectors.memory import MemoryIndex
from tests.builders import movie

MOVIES = [movie(10), movie(20), movie(30)]
VECTORS = np.eye(3, dtype=np.float32)
ASKED = np.array([[1, 3, 2]], np.float32)


class Moody(MemoryIndex):
    """An index that answers or not."""

    down = False

    async def search(self, *args: Any, **options: Any) -> Any:
        """As told."""
        if self.down:
            raise Unavailable("no answer within 5 s")
        return await super().search(*args, **options)


async def test_the_same_answer_from_memory_until_the_index_is_back() -> None:
    """Down, it is memory that finds, and says so; back, it is the index again, without a restart."""
    index = Moody()
    standby = FailoverIndex(index)
    await standby.publish("v1", MOVIES, VECTORS)
    await standby.preload("v1", MOVIES, VECTORS)
    [(usual, _)] = await standby.search("v1", ASKED, 2, [{20}])
    index.down = True
    [(from_memory, scores)] = await standby.search("v1", ASKED, 2, [{20}])
    assert from_memory.tolist() == usual.tolist() == [30, 10]
    assert scores.tolist() == [2, 1]
    assert (standby.problem, standby.fallback_searches) == ("no answer within 5 s", 1)
    index.down = False
    await standby.search("v1", ASKED, 2)
    assert (standby.problem, standby.fallback_searches) == ("", 1)


async def test_a_version_that_is_not_held_stays_unavailable() -> None:
    """There is nothing to stand in with, and another version's vectors would be wrong."""
    index = Moody()
    standby = FailoverIndex(index)
    await standby.publish("v1", MOVIES, VECTORS)
    index.down = True
    with pytest.raises(Unavailable):
        await standby.search("v1", ASKED, 2)


async def test_nobody_waits_for_a_publish() -> None:
    """While another version is published, the one that is held is searched in memory, and that is no degradation."""
    publishing, goes_on = asyncio.Event(), asyncio.Event()

    class Slow(Moody):
        async def publish(self, *args: Any) -> None:
            publishing.set()
            await goes_on.wait()
            await super().publish(*args)

    index = Slow()
    goes_on.set()
    standby = FailoverIndex(index)
    await standby.publish("v1", MOVIES, VECTORS)
    await standby.preload("v1", MOVIES, VECTORS)
    goes_on.clear()
    publishing.clear()
    second = asyncio.create_task(standby.publish("v2", MOVIES, VECTORS))
    await publishing.wait()
    index.down = True
    [(found, _)] = await standby.search("v1", ASKED, 2)
    assert found.tolist() == [20, 30]
    assert (standby.problem, standby.fallback_searches) == ("", 0)
    goes_on.set()
    await second
    with pytest.raises(Unavailable):
        await standby.search("v2", ASKED, 2)


@pytest.mark.parametrize("searches_serially", [True, False])
async def test_nobody_waits_for_somebody_elses_search(searches_serially: bool) -> None:
    """Where the index does one thing at a time, a second search is answered from memory, and that is no degradation."""
    goes_on = asyncio.Event()

    class Slow(Moody):
        searches = 0

        async def search(self, *args: Any, **options: Any) -> Any:
            self.searches += 1
            await goes_on.wait()
            return await super().search(*args, **options)

    index = Slow()
    index.searches_serially = searches_serially
    standby = FailoverIndex(index)
    await standby.publish("v1", MOVIES, VECTORS)
    await standby.preload("v1", MOVIES, VECTORS)
    first = asyncio.create_task(standby.search("v1", ASKED, 2))
    second = asyncio.create_task(standby.search("v1", ASKED, 2))
    if searches_serially:
        await second
    goes_on.set()
    assert [[ids.tolist() for ids, _ in await search] for search in (first, second)] == [[[20, 30]]] * 2
    assert index.searches == (1 if searches_serially else 2)
    await standby.search("v1", ASKED, 2)
    assert index.searches == (2 if searches_serially else 3)
    assert (standby.problem, standby.fallback_searches) == ("", 0)


async def test_what_is_not_a_search_goes_to_the_index() -> None:
    """Versions, dropping and closing are those of the index behind it."""
    standby = FailoverIndex(await open_index("memory://"))
    await standby.publish("v1", MOVIES, VECTORS)
    await standby.ping()
    assert await standby.versions() == ["v1"]
    await standby.drop("v1")
    assert await standby.versions() == []
    await standby.close()
