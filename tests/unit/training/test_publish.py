"""Publishing a release, and the checks of what was published."""

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.serving.publish import IndexMismatch, check_all_movies, check_top_movies, publish
from storage.vectors import open_index


async def test_published_vectors_are_searched_exactly(towers: Towers, board: Dataset) -> None:
    """After publishing, the index holds the version and its top 50 is that of exact search."""
    index = await open_index("memory://")
    await publish(towers, board.movies, index)
    await publish(towers, board.movies[::-1], index)
    assert await index.versions() == [towers.version]
    await check_top_movies(towers, index)
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
        await check_top_movies(towers, index)
