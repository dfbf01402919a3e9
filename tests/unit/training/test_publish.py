"""Publishing a release, and the checks of what was published."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.serving import publish as publish_module
from recsys.serving.publish import (
    IndexMismatch,
    PublishCheck,
    check_all_movies,
    check_published,
    publish,
    publish_texts,
)
from storage.errors import Unavailable
from storage.records import Movie
from storage.vectors import open_index
from storage.vectors.arrays import MAX_TOP_K, Hits, Published
from storage.vectors.memory import MemoryIndex
from storage.vectors.texts.memory import MemoryTextIndex


async def test_published_vectors_are_searched_exactly(towers: Towers, board: Dataset) -> None:
    """After publishing, the index holds the version and its top 50 is that of exact search."""
    index = await open_index("memory://")
    await publish(towers, board.movies, index)
    await publish(towers, board.movies[::-1], index)
    assert await index.versions() == [towers.version]
    assert await check_published(towers, index) == PublishCheck("FLAT", 1.0, 1.0)
    await check_all_movies(towers, index)


async def test_a_version_without_its_lowest_ranked_movie_is_refused(towers: Towers, board: Dataset) -> None:
    """The top of no list would reveal it: the publishing process may have been killed just before the end."""
    index = await open_index("memory://")
    movie_ids, vectors = towers.movie_vectors()
    by_id = {movie.movie_id: movie for movie in board.movies}
    is_published = np.arange(len(movie_ids)) != np.argmin(vectors @ towers.user_vectors([Profile()])[0])
    await index.publish(
        towers.version, [by_id[movie_id] for movie_id in movie_ids[is_published].tolist()], vectors[is_published]
    )
    with pytest.raises(IndexMismatch, match=towers.version):
        await check_all_movies(towers, index)


async def test_other_vectors_under_the_same_version_are_refused(towers: Towers, board: Dataset) -> None:
    """An index that holds the vectors of another model under this version fails the check."""
    index = await open_index("memory://")
    shuffled = np.ascontiguousarray(towers.movie_vectors()[1][::-1])
    await index.publish(towers.version, board.movies, shuffled)
    with pytest.raises(IndexMismatch, match=towers.version):
        await check_published(towers, index)


class NoTexts(MemoryTextIndex):
    """The texts of a server that has no full-text search."""

    async def check(self) -> None:
        """Raise Unavailable."""
        raise Unavailable("no full-text search")


class Unread(list[Movie]):
    """Movies that nobody may read."""

    def __iter__(self) -> Iterator[Movie]:
        """Fail."""
        raise AssertionError("a movie was read")


async def test_no_texts_are_computed_for_an_index_without_full_text_search(board: Dataset) -> None:
    """The index is asked first."""
    index = MemoryIndex()
    await publish_texts("v1", board.movies, index)
    assert await index.texts.count("v1") == 60
    index.texts = NoTexts()
    with pytest.raises(Unavailable, match="no full-text search"):
        await publish_texts("v1", Unread(board.movies), index)


class LossyIndex(MemoryIndex):
    """An index that returns a movie of the other taste in the last place of every list, instead of a good one."""

    is_exact = False

    async def published(self, version: str) -> Published:
        """Return the number of movies, and whether it claims to be exact."""
        return Published(len(self._published[version][0]), "LOSSY", self.is_exact)

    async def search(self, version: str, user_vectors: Any, top_k: int, *options: Any) -> list[Hits]:
        """Search, and replace the last movie by the worst one."""
        [(ids, scores)] = await super().search(version, user_vectors, MAX_TOP_K, *options)
        places = [*range(top_k - 1), -1]
        return [(ids[places], scores[places])]


async def test_the_recall_of_an_index_is_measured(
    towers: Towers, board: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An index that is not exact may miss some of the best movies. More than that, or in an exact index, is refused."""
    monkeypatch.setattr(publish_module, "CHECKED_TOP_K", 10)
    index = LossyIndex()
    with pytest.raises(IndexMismatch, match=r"\(LOSSY\) finds 90.0% of the best 10 movies"):
        await publish(towers, board.movies, index)
    monkeypatch.setattr(publish_module, "MIN_RECALL", 0.9)
    assert await publish(towers, board.movies, index) == PublishCheck("LOSSY", pytest.approx(0.9), 0.9)
    index.is_exact = True
    with pytest.raises(IndexMismatch, match=towers.version):
        await check_published(towers, index)
