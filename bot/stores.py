"""Persistent storage: the database, the metadata store and the change notifications, opened and closed together.

`bot.app` opens the vector index.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from bot.settings import Settings
from storage.deduplication import IsFirst, open_deduplication
from storage.errors import NotFound
from storage.metadata import MetadataStore, open_metadata
from storage.model_store import ModelStore, open_model_store
from storage.notifier import ChangeNotifier, open_notifier
from storage.private_files import tighten, tighten_folder
from storage.records import Release
from storage.sql import (
    Announcements,
    Audit,
    Cards,
    Catalogue,
    Changes,
    Contributors,
    Database,
    Details,
    Housekeeping,
    Imports,
    Jobs,
    Marks,
    People,
    PosterFiles,
    Ratings,
    Releases,
    Revisions,
    Updates,
    Wishes,
    installation_name,
)
from storage.urls import lite_folder, path_of


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that does not need a trained model.

    Attributes:
        models: the release folders.
        releases: what the database knows of releases.
    """

    models: ModelStore
    database: Database
    catalogue: Catalogue
    details: Details
    releases: Releases
    contributors: Contributors
    revisions: Revisions
    people: People
    ratings: Ratings
    changes: Changes
    imports: Imports
    marks: Marks
    cards: Cards
    wishes: Wishes
    posters: PosterFiles
    updates: Updates
    metadata: MetadataStore
    notifier: ChangeNotifier
    is_first: IsFirst
    jobs: Jobs
    announcements: Announcements
    audit: Audit
    housekeeping: Housekeeping


def model_store(settings: Settings) -> ModelStore:
    """Return the store of the release folders, which is not called yet.

    Raises:
        Misconfigured: MODELS_URL cannot be used, or its driver is not installed.
    """
    return open_model_store(settings.models_url.get_secret_value(), settings.models_folder)


def release_folder(models: ModelStore, release: Release) -> Path:
    """Return the folder of a release on this machine. Blocking, as all calls of a model store.

    Releases are found by their version in MODELS_URL, so that a home or a bucket can be moved. Only a release that was
    written elsewhere, and is not stored yet, is found by its URL.

    Raises:
        StorageError: as `ModelStore.fetch`.
    """
    try:
        return models.fetch(release.version)
    except NotFound:
        folder = path_of(release.url)
        if folder is None or not folder.is_dir():
            raise
        return folder


@asynccontextmanager
async def open_stores(settings: Settings) -> AsyncIterator[Stores]:
    """Open the database, the metadata store and the notifier, and close them in reverse order.

    If other users can read what an earlier version has stored, their rights are taken away.

    Raises:
        Misconfigured: a URL cannot be used.
        Unavailable: the database does not answer. Everything else has a fallback.
    """
    await asyncio.to_thread(_tighten_home, settings)
    models = model_store(settings)
    async with AsyncExitStack() as stack:
        database = await stack.enter_async_context(Database(settings.database_url.get_secret_value()))
        catalogue = Catalogue(database)
        metadata_url = settings.metadata_url.get_secret_value()
        # Only what others share needs a name, and a database without tables has none.
        installation = "" if metadata_url == "sql" else await installation_name(database)
        metadata = open_metadata(metadata_url, catalogue, installation)
        stack.push_async_callback(metadata.close)
        notifier = open_notifier(metadata_url, installation)
        stack.push_async_callback(notifier.close)
        yield Stores(
            models=models,
            database=database,
            catalogue=catalogue,
            details=Details(database),
            releases=Releases(database),
            contributors=Contributors(database),
            revisions=Revisions(database),
            people=People(database),
            ratings=Ratings(database),
            changes=Changes(database),
            imports=Imports(database),
            marks=Marks(database),
            cards=Cards(database),
            wishes=Wishes(database),
            posters=PosterFiles(database),
            updates=Updates(database),
            metadata=metadata,
            notifier=notifier,
            is_first=await stack.enter_async_context(open_deduplication(metadata_url, installation)),
            jobs=Jobs(database),
            announcements=Announcements(database),
            audit=Audit(database),
            housekeeping=Housekeeping(database),
        )


def without_writing(settings: Settings) -> Settings:
    """Return settings for a process that stores nothing, whose folders may be read-only.

    Milvus Lite writes even to search. If its folder cannot be written, the vectors are searched in memory, with the
    same result.
    """
    lite = lite_folder(settings.vectors_url.get_secret_value())
    if lite is None or all(os.access(path, os.W_OK) for path in (lite, lite.parent)):
        return settings
    return settings.model_copy(update={"vectors_url": SecretStr("memory://")})


def _tighten_home(settings: Settings) -> None:
    """Take the rights of other users on REELMATE_HOME and on everything in it that Reelmate has written."""
    home = settings.reelmate_home
    tighten_folder(home)
    lite = lite_folder(settings.vectors_url.get_secret_value())
    stored = [
        settings.models_folder,
        settings.snapshot_folder,
        settings.catalogue_folder,
        settings.downloads_folder,
        settings.fitted_folder,
        settings.evaluations_file,
        *(() if lite is None else (lite, lite.with_name(f"{lite.name}.lock"))),
    ]
    for path in stored:
        # A folder elsewhere may hold files of others, so only what Reelmate writes there is private.
        if path.is_relative_to(home) and path != home:
            tighten(path)
