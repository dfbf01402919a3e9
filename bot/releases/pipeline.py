"""The steps from a data set to a served model: import, train, index. Every step is safe to repeat."""

import asyncio
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from bot.errors import BadInput
from bot.releases.activation import Refused, consent_objection, go_live
from bot.releases.catalogue_files import CatalogueFiles
from bot.releases.publishing import load_towers
from bot.releases.source import Source, read_source
from bot.releases.workers import dismiss, first_worker
from bot.reporting import ShowNote, ShowProgress
from bot.settings import Settings
from bot.stores import Stores, model_store, open_stores
from recsys.data import Dataset, snapshot
from recsys.models.release_info import INFO_FILE
from recsys.models.towers import Towers
from recsys.protocol.newcomers import Split, split_people
from recsys.serving.publish import PublishCheck
from recsys.training.fingerprint import training_fingerprint
from recsys.training.fit import Progress, train_release
from recsys.training.options import Objective, TrainingOptions
from storage.errors import Conflict, NotFound, Unavailable
from storage.migrations import migrate
from storage.model_store.files import local_versions
from storage.private_files import make_private_folder
from storage.records import Release
from storage.urls import redact

_UNNAMED = "new"
"""Name of the local folder for a release in training. Its content determines its final name."""


def prepare(
    source: Source,
    settings: Settings,
    options: TrainingOptions,
    progress: ShowProgress,
    show_note: ShowNote,
    *,
    force: bool = False,
) -> dict[str, Any]:
    """Import, train and index. Call it from a thread without an event loop.

    Returns:
        Summaries of the data set and of the release, ready for JSON.

    Raises:
        Exception: as `read_source`, `import_dataset`, `train` and `index_release`.
    """
    dataset = read_source(source, settings, progress, show_note)
    asyncio.run(import_dataset(dataset, settings, progress))
    release = train(dataset, settings, options, None, progress, show_note, force=force)
    check = asyncio.run(index_release(release, settings, progress))
    return {"dataset": dataset_summary(dataset), "release": release_summary(release), **check_summary(check)}


async def import_dataset(dataset: Dataset, settings: Settings, progress: ShowProgress) -> None:
    """Save a snapshot of a data set for training, and replace the catalogue by its movies.

    Raises:
        StorageError: the database or the metadata store cannot be used.
    """
    progress("catalogue", 0.0)
    await migrate(settings.database_url.get_secret_value())
    async with open_stores(settings) as stores:
        snapshot.save(dataset, settings.snapshot_folder)
        await stores.catalogue.replace(dataset.movies, dataset.merged)
        progress("catalogue", 0.5)
        await stores.metadata.put_many(dataset.movies)
    progress("catalogue", 1.0)


async def import_for_training(stores: Stores, dataset: Dataset, settings: Settings) -> None:
    """Import a data set without removing movies from the catalogue.

    The active release needs its movies: it is served during the training.

    Raises:
        StorageError: a service cannot be used.
    """
    await stores.metadata.put_many(dataset.movies)
    await stores.notifier.notify()
    await asyncio.to_thread(snapshot.save, dataset, settings.snapshot_folder)


def training_options(seed: int = 0, epochs: int | None = None, objective: Objective = "softmax") -> TrainingOptions:
    """Return the training options for what was typed on the command line.

    Args:
        seed: seeds every random choice.
        epochs: the exact limit on epochs, without a minimum number of steps; None for the default limits.
        objective: what the towers are trained for.
    """
    defaults = TrainingOptions(objective=objective, seed=seed)
    if epochs is None:
        return defaults
    return TrainingOptions(objective=objective, seed=seed, epochs=epochs, min_steps=0, max_steps=None)


def train(
    dataset: Dataset,
    settings: Settings,
    options: TrainingOptions,
    out: Path | None,
    progress: ShowProgress,
    show_note: ShowNote,
    split: Split | None = None,
    *,
    force: bool = False,
    workers: int = 1,
    record: Callable[[str], None] = lambda _: None,
) -> Release:
    """Train a model and write it as a release folder.

    If there already is a release with the same training fingerprint (data, options and code), it is returned without
    training. An interrupted training leaves a checkpoint on this machine, from which the next run with the same
    fingerprint resumes.

    Args:
        dataset: what to train on.
        settings: names MODELS_URL.
        options: how to train.
        out: the release folder to write; None to store the release in MODELS_URL.
        progress: takes the progress of the training.
        show_note: takes a message if nothing has to be trained.
        split: people for training and validation; None for a tenth for validation, drawn by the seed.
        force: train even if there is a release with the same fingerprint.
        workers: number of processes that train together. If several were launched together, all of these do.
        record: takes the release's version, before a new release can be found in MODELS_URL.

    Raises:
        BadInput: nobody in the data set has a rating, or `out` exists and is not a release.
        Conflict: another process is training into the same folder.
        Misconfigured: MODELS_URL cannot be used. This is found out before the training.
        Unavailable: MODELS_URL does not answer. After a training, the release is kept on this machine.
        WorkerLost: a worker has ended.
    """

    def show_training(state: Progress) -> None:
        progress("training", state.share)

    if out is not None and out.exists() and not (out / INFO_FILE).is_file():
        raise BadInput(f"--out {out}: exists and is not a release; expected a release folder or a new path")
    folder = settings.models_folder / _UNNAMED if out is None else out.absolute()
    split = split or split_people(dataset, options.seed, test_share=0.0)
    if not force:
        candidates = _local_folders(settings) if out is None else [folder]
        existing = _find_trained_release(training_fingerprint(dataset, split, options), candidates)
        if existing is not None:
            dismiss()
            record(existing.version)
            if out is None:
                _store(existing, settings, progress)
            show_note(
                f"training: nothing has changed since release {existing.version}; `reelmate train --force` repeats it"
            )
            return existing
    if out is None:
        model_store(settings).verify()
    progress("training", 0.0)
    with _training_lock(folder):
        try:
            with first_worker(workers, dataset, split, options) as first:
                towers = train_release(
                    dataset, split, options, folder, progress=show_training, show_stage=progress, workers=first
                )
        except ValueError as error:
            raise BadInput(str(error)) from None
        record(towers.version)
        if out is None:
            folder = _move_to_version_folder(folder, towers.version)
    progress("training", 1.0)
    release = _release_record(towers, folder)
    if out is None:
        _store(release, settings, progress)
    return release


def _store(release: Release, settings: Settings, progress: ShowProgress) -> None:
    """Store a release that lies in the local folder in MODELS_URL.

    Raises:
        Misconfigured: MODELS_URL cannot be used.
        Unavailable: MODELS_URL does not answer.
    """
    folder = settings.models_folder / release.version
    try:
        model_store(settings).put(release.version, folder, lambda share: progress("upload", share))
    except Unavailable as error:
        raise Unavailable(
            f"{error}; release {release.version} is kept in {folder}, and the next run stores it"
        ) from None


@contextmanager
def _training_lock(folder: Path) -> Iterator[None]:
    """Lock a folder against other trainings. The operating system releases the lock if this process dies.

    Raises:
        Conflict: another training holds the lock.
    """
    make_private_folder(folder.parent)
    try:
        lock = FileLock(folder.with_name(f".{folder.name}.lock")).acquire(timeout=0)
    except Timeout:
        raise Conflict(f"another training writes to {folder} at this moment: wait until it is done") from None
    with lock:
        yield


def _move_to_version_folder(folder: Path, version: str) -> Path:
    """Move a new release to the folder named after its version, and return that folder.

    If the version's folder already holds a complete release, bots may have it open: only its description is replaced.
    """
    version_folder = folder.parent / version
    try:
        load_towers(version_folder)
    except NotFound:
        shutil.rmtree(version_folder, ignore_errors=True)
        folder.rename(version_folder)
    else:
        (folder / INFO_FILE).replace(version_folder / INFO_FILE)
        shutil.rmtree(folder)
    return version_folder


def _find_trained_release(fingerprint: str, folders: Sequence[Path]) -> Release | None:
    """Return the first readable release with a training fingerprint, after making it the newest; else None."""
    for folder in folders:
        with suppress(NotFound):
            towers = load_towers(folder)
            if towers.info.trained_on == fingerprint:
                (folder / INFO_FILE).touch()
                return _release_record(towers, folder)
    return None


def _local_folders(settings: Settings) -> list[Path]:
    """Return the release folders on this machine, newest first."""
    return [settings.models_folder / version for version in local_versions(settings.models_folder)]


def find_release(folder: Path | None, settings: Settings) -> Release:
    """Return the release in a folder; without a folder, the newest release in MODELS_URL.

    Raises:
        NotFound: there is no release, or it cannot be read.
        StorageError: MODELS_URL cannot be used.
    """
    if folder is None:
        models = model_store(settings)
        versions = models.versions()
        if not versions:
            where = redact(settings.models_url.get_secret_value())
            raise NotFound(f"there is no release in {where} yet: run `reelmate train`")
        folder = models.fetch(versions[0])
    return _release_record(load_towers(folder), folder.absolute())


async def index_release(release: Release, settings: Settings, progress: ShowProgress) -> PublishCheck | None:
    """Publish a release's vectors, verify them, and make it the active release, even if it is worse than the old one.

    Returns:
        What the comparison of the index with exact search has found; None if the release was not published here.

    Raises:
        NotFound: the release cannot be read, or the catalogue belongs to another data set.
        Conflict: the release learned from somebody who has left.
        StorageError: a service cannot be used; the active release has not changed.
    """
    async with open_stores(settings) as stores:
        objection = await consent_objection(stores, release)
        if objection:
            raise Conflict(objection)
        outcome = await go_live(stores, settings, release, allow_worse=True, progress=progress)
        if isinstance(outcome, Refused):
            raise NotFound(outcome.reason)
        # Otherwise the next start of a bot on this machine would wait for it.
        await CatalogueFiles(settings, stores.database).write()
    return outcome.check


def _release_record(towers: Towers, folder: Path) -> Release:
    return Release(
        version=towers.version,
        url=folder.as_uri(),
        created_at=datetime.fromisoformat(towers.info.created_at),
        validation_ndcg=towers.info.validation_ndcg,
    )


def dataset_summary(dataset: Dataset) -> dict[str, Any]:
    """Return a data set's name and counts, ready for JSON."""
    return {
        "name": dataset.name,
        "movies": len(dataset.movies),
        "people": len(dataset.user_ids),
        "ratings": len(dataset.rating_stars),
        "skipped_rows": dataset.skipped_rows,
        "merged_movies": len(dataset.merged),
        "starter": dataset.is_starter,
    }


def check_summary(check: PublishCheck | None) -> dict[str, Any]:
    """Return what the check of a published release has found, ready for JSON; nothing if there was no check."""
    return {} if check is None else {"index": asdict(check)}


def release_summary(release: Release) -> dict[str, Any]:
    """Return a release's fields, ready for JSON."""
    return asdict(release) | {"created_at": release.created_at.isoformat()}
