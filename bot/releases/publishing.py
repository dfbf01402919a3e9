"""Load a release from its folder, check it against the catalogue, and publish its vectors and texts into the index."""

import asyncio
import logging
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np

from bot.settings import Settings
from bot.stores import Stores, release_folder
from recsys.models.towers import Towers, UnreadableRelease
from recsys.serving.publish import IndexMismatch, PublishCheck, publish, publish_texts
from storage.errors import Conflict, NotFound, Unavailable
from storage.model_store import ModelStore
from storage.records import Movie, Release
from storage.vectors import VectorIndex, open_index
from storage.vectors.arrays import MAX_LITE_MOVIES, ShowShare

NO_MODEL = "there is no trained model yet: run `reelmate prepare`"

_logger = logging.getLogger(__name__)


def load_towers(folder: Path) -> Towers:
    """Load the towers from a release folder.

    Raises:
        NotFound: there is no release, it is damaged, or this version of Reelmate cannot read it.
    """
    try:
        return Towers.load(folder)
    except UnreadableRelease as error:
        raise NotFound(str(error)) from None


def load_release(models: ModelStore, release: Release) -> Towers:
    """Load the towers of a release, after fetching its folder. Blocking.

    Raises:
        NotFound: there is no such release, it is damaged, or this version of Reelmate cannot read it.
        StorageError: the model store cannot be used, and this machine has no copy.
    """
    folder = release_folder(models, release)
    towers = load_towers(folder)
    if towers.version != release.version:
        raise NotFound(f"{folder} holds release {towers.version} instead of {release.version}")
    return towers


@asynccontextmanager
async def loading_active(stores: Stores) -> AsyncIterator[dict[str, asyncio.Future[Towers]]]:
    """Load the active release in the background, while other services are opened.

    Yields:
        The towers by version, with the errors of `load_release`; empty if no release is active.

    Raises:
        Unavailable: the database does not answer.
    """
    active = await stores.releases.active()
    loading: dict[str, asyncio.Future[Towers]] = {}
    if active is not None:
        # Unlike a task, it starts before the event loop is blocked by the next import.
        start = asyncio.get_running_loop().run_in_executor
        loading[active.version] = start(None, load_release, stores.models, active)
    try:
        yield loading
    finally:
        await asyncio.gather(*loading.values(), return_exceptions=True)


def release_movies(towers: Towers, catalogue: Mapping[int, Movie]) -> list[Movie]:
    """Return a release's movies in the order of its movie vectors.

    Args:
        towers: the release.
        catalogue: all movies by id.

    Raises:
        NotFound: the catalogue lacks some of the release's movies.
    """
    check_catalogue(towers, catalogue)
    return [catalogue[movie_id] for movie_id in towers.movie_vectors()[0].tolist()]


def check_catalogue(towers: Towers, catalogue_ids: Collection[int]) -> None:
    """Check that the catalogue contains all of a release's movies.

    Raises:
        NotFound: the catalogue lacks some of them.
    """
    movie_ids = towers.movie_vectors()[0]
    known = np.fromiter(catalogue_ids, np.int64, len(catalogue_ids))
    missing = int(np.count_nonzero(~np.isin(movie_ids, known)))
    if missing:
        raise NotFound(
            f"the catalogue lacks {missing} of the release's {len(movie_ids)} movies, so it is of another data set: "
            "run `reelmate prepare`"
        )


async def publish_release(
    index: VectorIndex, towers: Towers, catalogue: Mapping[int, Movie], progress: ShowShare = lambda _: None
) -> PublishCheck:
    """Publish a release's movie vectors into the index and verify them, and publish its texts; safe to repeat.

    If the index cannot store the texts, they are searched in the memory of each bot.

    Args:
        index: where to publish.
        towers: the release.
        catalogue: all movies by id.
        progress: takes the share of the vectors that is published.

    Returns:
        What the comparison with exact search has found.

    Raises:
        NotFound: the catalogue lacks some of the release's movies.
        Unavailable: the index did not answer, or its answers differ too much from exact search.
    """
    movies = release_movies(towers, catalogue)
    try:
        check = await publish(towers, movies, index, progress)
    except IndexMismatch as error:
        raise Unavailable(str(error)) from None
    try:
        await publish_texts(towers.version, movies, index)
    except Unavailable as error:
        _logger.warning("texts were not published; they are searched in memory", exc_info=error)
    return check


async def load_with_catalogue(stores: Stores, release: Release) -> tuple[Towers, Mapping[int, Movie]]:
    """Load a release and the catalogue, and check that they belong together.

    Returns:
        The towers, and all movies of the catalogue by id.

    Raises:
        NotFound: the release cannot be read, or the catalogue belongs to another data set.
        StorageError: a service cannot be used.
    """
    towers = await asyncio.to_thread(load_release, stores.models, release)
    catalogue = {movie.movie_id: movie for movie in await stores.catalogue.all()}
    check_catalogue(towers, catalogue)
    return towers, catalogue


async def publish_if_index_is_free(
    settings: Settings, towers: Towers, catalogue: Mapping[int, Movie], progress: ShowShare = lambda _: None
) -> PublishCheck | None:
    """Publish a release unless the index belongs to another process.

    An index in memory and an open Milvus Lite folder can only be written by the bot that has them, and versions that
    are too large for Milvus Lite (MAX_LITE_MOVIES) are kept in the memory of each bot. A bot publishes the active
    release by itself.

    Returns:
        What the comparison with exact search has found; None if the release was not published here.

    Raises:
        Exception: as `publish_release`.
    """
    url = settings.vectors_url.get_secret_value()
    if url.startswith("memory:"):
        return None
    try:
        index = await open_index(url)
    except Conflict:
        return None
    try:
        if index.searches_serially and len(towers.vocabulary.movie_ids) > MAX_LITE_MOVIES:
            return None
        return await publish_release(index, towers, catalogue, progress)
    finally:
        await index.close()
