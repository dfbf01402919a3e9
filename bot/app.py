"""Wiring: the one place where settings become services."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.settings import Settings, folder_of
from recsys.conversation import Conversation
from recsys.interview import Interview
from recsys.recommender import Recommender
from recsys.towers import Towers, UnreadableRelease
from recsys.training.publish import PublishedWrong, publish
from storage.errors import Conflict, Misconfigured, NotFound, Unavailable
from storage.metadata import MetadataStore, open_metadata
from storage.records import Movie
from storage.sql import Cards, Catalogue, Database, Marks, People, Ratings, Releases, Updates
from storage.vectors import VectorIndex, open_index
from storage.vectors.standby import StandbyIndex

if TYPE_CHECKING:
    from bot.intake import AnyApplication


@dataclass(frozen=True, slots=True)
class Stores:
    """What can be used before there is a model."""

    database: Database
    catalogue: Catalogue
    releases: Releases
    people: People
    ratings: Ratings
    marks: Marks
    cards: Cards
    updates: Updates
    metadata: MetadataStore


@dataclass(frozen=True, slots=True)
class Services:
    """All that a running bot or `reelmate recommend` needs.

    Attributes:
        degraded: one line about what is missing and what stands in for it; empty where nothing is.
    """

    stores: Stores
    index: StandbyIndex
    towers: Towers
    recommender: Recommender
    conversation: Conversation
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
        yield Stores(
            database,
            catalogue,
            Releases(database),
            People(database),
            Ratings(database),
            Marks(database),
            Cards(database),
            Updates(database),
            metadata,
        )


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
            index = StandbyIndex(await open_index(settings.vectors_url.get_secret_value()))
        except (Conflict, Unavailable) as error:
            degraded = f"{error}; searching in memory instead"
            index = StandbyIndex(await open_index("memory://"))
        stack.push_async_callback(index.close)
        if towers.version not in await index.versions():
            await publish_release(stores, index, towers)
        movies = await stores.catalogue.all()
        await _hold(index, towers, movies)
        recommender = Recommender(towers, index, stores.metadata)
        conversation = Conversation(
            stores.people,
            stores.ratings,
            stores.marks,
            stores.cards,
            stores.metadata,
            movies,
            Interview(towers, movies),
            recommender,
        )
        yield Services(stores, index, towers, recommender, conversation, degraded)


def build_application(services: Services, settings: Settings) -> "AnyApplication":
    """The application with all handlers, neither initialised nor fetching updates; see `bot.run` for that.

    Raises:
        Misconfigured: there is no BOT_TOKEN.
    """
    # Telegram takes long to import, and most commands have no use for it.
    from bot.connection import connect, slow_down
    from handlers import build_handlers
    from handlers.context import SERVICES, Context
    from handlers.errors import on_error

    application = connect(settings, Context, slow_down)
    application.bot_data[SERVICES] = services
    application.add_handlers(build_handlers())
    application.add_error_handler(on_error)
    return application


async def _hold(index: StandbyIndex, towers: Towers, movies: Sequence[Movie]) -> None:
    """Let the release be searched in memory whenever the index does not answer."""
    by_id = {movie.movie_id: movie for movie in movies}
    movie_ids, vectors = towers.movie_vectors()
    if all(movie_id in by_id for movie_id in movie_ids.tolist()):
        await index.hold(towers.version, [by_id[movie_id] for movie_id in movie_ids.tolist()], vectors)


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
