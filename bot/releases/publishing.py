"""A release: read from its folder, checked against the catalogue, published into the index."""

import asyncio
from collections.abc import Container, Mapping
from pathlib import Path

from bot.settings import Settings, folder_of
from bot.stores import Stores
from recsys.models.towers import Towers, UnreadableRelease
from recsys.serving.publish import PublishedWrong, publish
from storage.errors import Conflict, NotFound, Unavailable
from storage.records import Movie, Release
from storage.vectors import VectorIndex, open_index

NO_MODEL = "there is no trained model yet: run `reelmate prepare`"


def load_towers(folder: Path) -> Towers:
    """Read a release folder.

    Raises:
        NotFound: there is none, it is damaged, or this version cannot read it.
    """
    try:
        return Towers.load(folder)
    except UnreadableRelease as error:
        raise NotFound(str(error)) from None


def movies_of(towers: Towers, movies: Mapping[int, Movie]) -> list[Movie]:
    """The movies of a release, in the order of its vectors.

    Args:
        movies: the catalogue, by id.

    Raises:
        NotFound: the catalogue lacks some.
    """
    check_fits(towers, movies)
    return [movies[movie_id] for movie_id in towers.movie_vectors()[0].tolist()]


def check_fits(towers: Towers, movie_ids: Container[int]) -> None:
    """Make sure that a catalogue has all of a release's movies.

    Raises:
        NotFound: it lacks some.
    """
    known = towers.movie_vectors()[0].tolist()
    missing = sum(movie_id not in movie_ids for movie_id in known)
    if missing:
        raise NotFound(
            f"the catalogue lacks {missing} of the release's {len(known)} movies, so it is of another data set: "
            "run `reelmate prepare`"
        )


async def publish_release(index: VectorIndex, towers: Towers, movies: Mapping[int, Movie]) -> None:
    """Put a release's movie vectors into the index and check them; safe to repeat.

    Args:
        movies: the catalogue, by id.

    Raises:
        NotFound: the catalogue lacks movies that the release knows.
        Unavailable: the index did not answer, or not with what was put in.
    """
    try:
        await publish(towers, movies_of(towers, movies), index)
    except PublishedWrong as error:
        raise Unavailable(str(error)) from None


async def read_with_catalogue(stores: Stores, release: Release) -> tuple[Towers, Mapping[int, Movie]]:
    """A release, and the catalogue that it belongs to.

    Raises:
        NotFound: it cannot be read, or the catalogue is of another data set.
    """
    towers = await asyncio.to_thread(load_towers, folder_of(release.url))
    movies = {movie.movie_id: movie for movie in await stores.catalogue.all()}
    movies_of(towers, movies)
    return towers, movies


async def publish_unless_held(settings: Settings, towers: Towers, movies: Mapping[int, Movie]) -> bool:
    """Publish a release; False where the index is in somebody else's process, who will."""
    url = settings.vectors_url.get_secret_value()
    if url.startswith("memory:"):
        return False
    try:
        index = await open_index(url)
    except Conflict:
        return False
    try:
        await publish_release(index, towers, movies)
    finally:
        await index.close()
    return True
