"""What keeps a running bot fresh, for the command line and for the worker; every call is safe to repeat.

    async go_live(stores, settings, release, *, allow_worse=False)                         -> Live | Refused
    async roll_back(stores, version=None)                                            -> Live | Refused
    async refresh_metadata(stores, settings, movies=None, progress=...)              -> int, how many were written
    async refresh_vectors(stores, settings, progress=...)                            -> bool, whether they are published
    async refresh_model(stores, settings, options=None, progress=..., *, allow_worse=False) -> Live | Refused

`progress` takes (stage, share 0..1). A value says what became of it; StorageError says that a service cannot be used,
and that what was served before is served still. Running bots notice by themselves, see `bot.releases.reloader`.
"""

import asyncio
import contextlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from bot.releases.activation import Live, Refused, go_live
from bot.releases.publishing import NO_MODEL, publish_unless_held, read_with_catalogue
from bot.releases.training_process import TrainingFailed, train_in_process
from bot.reporting import ShowProgress, no_progress
from bot.settings import Settings
from bot.stores import Stores
from recsys.data import Dataset, snapshot
from storage.errors import NotFound
from storage.records import Movie

if TYPE_CHECKING:
    from recsys.training.options import TrainingOptions


async def refresh_metadata(
    stores: Stores, settings: Settings, movies: Sequence[Movie] | None = None, progress: ShowProgress = no_progress
) -> int:
    """Write movies into the catalogue and in front of it; no title goes, so the active release stays whole.

    Args:
        movies: new or changed ones; by default those of the catalogue, for a metadata store that has lost them.

    Raises:
        StorageError: a service cannot be used.
    """
    progress("metadata", 0.0)
    written = await stores.catalogue.all() if movies is None else movies
    await stores.metadata.put_many(written)
    await stores.notifier.notify()
    progress("metadata", 1.0)
    with contextlib.suppress(NotFound):  # Without a model there are no vectors, whose years and genres would have aged.
        await refresh_vectors(stores, settings, progress)
    return len(written)


async def refresh_vectors(stores: Stores, settings: Settings, progress: ShowProgress = no_progress) -> bool:
    """Publish the active release once more, for an index that was lost or that has old years and genres.

    Returns:
        False where the index belongs to the running bots: they publish within seconds.

    Raises:
        NotFound: there is no release, or it cannot be read.
        StorageError: a service cannot be used.
    """
    progress("index", 0.0)
    active = await stores.releases.active()
    if active is None:
        raise NotFound(NO_MODEL)
    is_published = await publish_unless_held(settings, *await read_with_catalogue(stores, active))
    if not is_published:
        await stores.revisions.increment("vectors")
        await stores.notifier.notify()
    progress("index", 1.0)
    return is_published


async def refresh_model(
    stores: Stores,
    settings: Settings,
    options: "TrainingOptions | None" = None,
    progress: ShowProgress = no_progress,
    *,
    allow_worse: bool = False,
) -> Live | Refused:
    """Train on the imported data set and on what contributors rated, in a process of its own, and go live.

    Raises:
        StorageError: a service cannot be used.
    """
    trained = await train_in_process(settings, options, progress)
    if isinstance(trained, TrainingFailed):
        return Refused(trained.reason)
    return await go_live(stores, settings, trained, allow_worse=allow_worse, progress=progress)


async def import_for_training(stores: Stores, dataset: Dataset, settings: Settings) -> None:
    """Import a data set and keep the titles that the active release knows, which is served during the training.

    Raises:
        StorageError: a service cannot be used.
    """
    await stores.metadata.put_many(dataset.movies)
    await stores.notifier.notify()
    await asyncio.to_thread(snapshot.save, dataset, settings.snapshot_folder)
