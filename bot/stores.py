"""What is kept: the database, the metadata store and the change notifications, opened and closed together."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.settings import Settings
from storage.metadata import MetadataStore, open_metadata
from storage.notifier import ChangeNotifier, open_notifier
from storage.sql import (
    Announcements,
    Audit,
    Cards,
    Catalogue,
    Database,
    Jobs,
    Marks,
    People,
    PosterFiles,
    Ratings,
    Releases,
    Revisions,
    Updates,
)

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True)
class Stores:
    """What can be used before there is a model."""

    database: Database
    catalogue: Catalogue
    releases: Releases
    revisions: Revisions
    people: People
    ratings: Ratings
    marks: Marks
    cards: Cards
    posters: PosterFiles
    updates: Updates
    metadata: MetadataStore
    notifier: ChangeNotifier
    jobs: Jobs
    announcements: Announcements
    audit: Audit


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
        notifier = open_notifier(settings.metadata_url.get_secret_value())
        stack.push_async_callback(notifier.close)
        yield Stores(
            database,
            catalogue,
            Releases(database),
            Revisions(database),
            People(database),
            Ratings(database),
            Marks(database),
            Cards(database),
            PosterFiles(database),
            Updates(database),
            metadata,
            notifier,
            Jobs(database),
            Announcements(database),
            Audit(database),
        )
