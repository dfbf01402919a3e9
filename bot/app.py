"""Wiring: the one place where settings become services."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.settings import Settings, folder_of
from recsys.recommender import Recommender
from recsys.towers import Towers, UnreadableRelease
from recsys.training.publish import PublishedWrong, publish
from storage.errors import Conflict, Misconfigured, NotFound, Unavailable
from storage.metadata import MetadataStore, open_metadata
from storage.sql import Catalogue, Database, Releases
from storage.vectors import VectorIndex, open_index


@dataclass(frozen=True, slots=True)
class Stores:
    """What can be used before there is a model."""

    database: Database
    catalogue: Catalogue
    releases: Releases
    metadata: MetadataStore


@dataclass(frozen=True, slots=True)
class Services:
    """All that a running bot or `reelmate recommend` needs.

    Attributes:
        degraded: one line about what is missing and what stands in for it; empty where nothing is.
    """

    stores: Stores
    index: VectorIndex
    towers: Towers
    recommender: Recommender
    degraded: str = ""


@asynccontextmanager
async def open_stores(settings: Settings) -> AsyncIterator[Stores]:
    """Open the database and the metadata; they close in reverse.

    Raises:
        Misconfigured: a URL cannot be used.
        Unavailable: a service does not answer.
    """
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(settings.database_url.get_secret_value()))
        catalogue = Catalogue(database)
        metadata = await open_metadata(settings.metadata_url.get_secret_value(), catalogue)
        stack.push_async_callback(metadata.close)
        yield Stores(database, catalogue, Releases(database), metadata)


@asynccontextmanager
async def open_services(settings: Settings) -> AsyncIterator[Services]:
    """Open everything and load the active release; an index that does not hold its vectors gets them.

    Where the index cannot be opened, the release's vectors are searched in memory, with the same result.

    Raises:
        Misconfigured: a URL cannot be used.
        NotFound: no release is active yet, or its folder cannot be read.
        Unavailable: the database or the metadata store does not answer.
    """
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(open_stores(settings))
        try:
            active = await stores.releases.active()
        except Misconfigured:  # There are no tables: nothing was ever prepared.
            active = None
        if active is None:
            raise NotFound("there is no trained model yet: run `reelmate prepare`")
        towers = load_towers(folder_of(active.url))
        degraded = ""
        try:
            index = await open_index(settings.vectors_url.get_secret_value())
        except (Conflict, Unavailable) as error:
            degraded = f"{error}; searching in memory instead"
            index = await open_index("memory://")
        stack.push_async_callback(index.close)
        if towers.version not in await index.versions():
            await publish_release(stores, index, towers)
        yield Services(stores, index, towers, Recommender(towers, index, stores.metadata), degraded)


async def publish_release(stores: Stores, index: VectorIndex, towers: Towers) -> None:
    """Put a release's movie vectors into the index and check them; safe to repeat.

    Raises:
        NotFound: the catalogue lacks movies that the release knows.
        Unavailable: the index did not answer, or not with what was put in.
    """
    movie_ids = towers.movie_vectors()[0].tolist()
    movies = await stores.catalogue.get_many(movie_ids)
    missing = len(movie_ids) - len(movies)
    if missing:
        raise NotFound(
            f"the catalogue lacks {missing} of the release's {len(movie_ids)} movies, so it is of another data set: "
            "run `reelmate prepare`"
        )
    try:
        await publish(towers, list(movies.values()), index)
    except PublishedWrong as error:
        raise Unavailable(str(error)) from None


def load_towers(folder: Path) -> Towers:
    """Read a release folder.

    Raises:
        NotFound: there is none, it is damaged, or this version cannot read it.
    """
    try:
        return Towers.load(folder)
    except UnreadableRelease as error:
        raise NotFound(str(error)) from None
