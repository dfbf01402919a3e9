"""Refreshes of a running bot's metadata, vectors and model, for the command line and the worker.

Every call is safe to repeat. Expected outcomes are return values. StorageError means that a service cannot be used and
that the bots still serve what they served before. Running bots notice changes by themselves, see
`bot.releases.reloader`. Activation and rollback are in `bot.releases.activation`.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from bot.releases.activation import Live, Refused, go_live
from bot.releases.publishing import NO_MODEL, load_with_catalogue, publish_if_index_is_free
from bot.releases.training_process import TrainingFailed, train_in_process
from bot.reporting import ShowProgress, no_progress
from bot.settings import Settings
from bot.stores import Stores
from storage.errors import NotFound
from storage.records import Movie

if TYPE_CHECKING:
    # The training package imports Paddle, which is slow to import. Only the training process needs it.
    from recsys.training.options import TrainingOptions


async def refresh_metadata(
    stores: Stores, settings: Settings, movies: Sequence[Movie] | None = None, progress: ShowProgress = no_progress
) -> int:
    """Write movies into the catalogue and the metadata store, and publish the vectors again.

    No movie is removed, so the active release stays complete. The index stores years and genres, so it is refreshed
    too.

    Args:
        stores: holds the catalogue and the metadata.
        settings: names the index.
        movies: new or changed movies; None for those of the catalogue, if the metadata store has lost them.
        progress: takes the progress.

    Returns:
        The number of movies written.

    Raises:
        StorageError: a service cannot be used.
    """
    progress("metadata", 0.0)
    written = await stores.catalogue.all() if movies is None else movies
    await stores.metadata.put_many(written)
    await stores.notifier.notify()
    progress("metadata", 1.0)
    with contextlib.suppress(NotFound):  # Without a model there are no vectors to publish.
        await refresh_vectors(stores, settings, progress)
    return len(written)


async def refresh_vectors(stores: Stores, settings: Settings, progress: ShowProgress = no_progress) -> bool:
    """Publish the active release again, if the index was lost or has outdated years and genres.

    Returns:
        Whether the vectors were published; False if the index belongs to a running bot, which publishes them within
        seconds.

    Raises:
        NotFound: there is no active release, or it cannot be read.
        StorageError: a service cannot be used.
    """
    progress("index", 0.0)
    active = await stores.releases.active()
    if active is None:
        raise NotFound(NO_MODEL)
    towers, catalogue = await load_with_catalogue(stores, active)
    check = await publish_if_index_is_free(settings, towers, catalogue, lambda share: progress("index", share))
    if check is None:
        await stores.revisions.increment("vectors")
        await stores.notifier.notify()
    progress("index", 1.0)
    return check is not None


async def refresh_model(
    stores: Stores,
    settings: Settings,
    options: "TrainingOptions | None" = None,
    progress: ShowProgress = no_progress,
    *,
    allow_worse: bool = False,
) -> Live | Refused:
    """Train a model in a separate process and make it active.

    The model is trained on the data set that was imported last and on the contributors' ratings.

    Args:
        stores: holds the catalogue and the releases.
        settings: names the data set, the index and MODELS_URL.
        options: how to train; None for the defaults.
        progress: takes the progress of training and publishing.
        allow_worse: activate the model even if it is worse than the active one.

    Raises:
        StorageError: a service cannot be used.
    """
    trained = await train_in_process(settings, options, progress)
    if isinstance(trained, TrainingFailed):
        return Refused(trained.reason)
    outcome = await go_live(stores, settings, trained.release, allow_worse=allow_worse, progress=progress)
    return replace(outcome, is_new=trained.is_new) if isinstance(outcome, Live) else outcome
