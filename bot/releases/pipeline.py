"""From a data set to a served model: import -> train -> index. Every step is safe to repeat."""

import asyncio
import fcntl
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.errors import BadInput
from bot.releases.activation import Refused, go_live
from bot.releases.publishing import load_towers
from bot.releases.source import Source, read_source
from bot.reporting import ShowNote, ShowProgress
from bot.settings import Settings
from bot.stores import open_stores
from recsys.data import Dataset, snapshot
from recsys.models.towers import INFO_FILE, Towers
from recsys.protocol.newcomers import Split, split_people
from recsys.training.fingerprint import training_fingerprint
from recsys.training.fit import Progress, train_release
from recsys.training.options import Objective, TrainingOptions
from storage.errors import Conflict, NotFound
from storage.migrations import migrate
from storage.records import Release

_UNNAMED = "new"
"""The folder in MODELS_URL where a release is trained until its content gives it a name."""


def prepare(
    source: Source,
    settings: Settings,
    options: TrainingOptions,
    progress: ShowProgress,
    note: ShowNote,
    *,
    force: bool = False,
) -> dict[str, Any]:
    """Import, train and index in one go; what came of it, for people and for JSON. For threads without an event loop.

    Raises:
        As `read_source`, `import_dataset`, `train` and `index_release`.
    """
    dataset = read_source(source, settings, progress, note)
    asyncio.run(import_dataset(dataset, settings, progress))
    release = train(dataset, settings, options, None, progress, note, force=force)
    asyncio.run(index_release(release, settings, progress))
    return {"dataset": dataset_summary(dataset), "release": release_summary(release)}


async def import_dataset(dataset: Dataset, settings: Settings, progress: ShowProgress) -> None:
    """Keep a copy of a data set for training, and make its movies the catalogue.

    Raises:
        StorageError: the database or the metadata store cannot be used.
    """
    progress("catalogue", 0.0)
    await migrate(settings.database_url.get_secret_value())
    async with open_stores(settings) as stores:
        snapshot.save(dataset, settings.snapshot_folder)
        await stores.catalogue.replace(dataset.movies)
        progress("catalogue", 0.5)
        await stores.metadata.put_many(dataset.movies)
    progress("catalogue", 1.0)


def training_options(seed: int = 0, epochs: int | None = None, objective: Objective = "softmax") -> TrainingOptions:
    """Options as they are typed; without a number of epochs, the product's."""
    defaults = TrainingOptions(objective=objective, seed=seed)
    if epochs is None:
        return defaults
    return TrainingOptions(objective=objective, seed=seed, epochs=epochs, min_steps=0)


def train(
    dataset: Dataset,
    settings: Settings,
    options: TrainingOptions,
    out: Path | None,
    progress: ShowProgress,
    note: ShowNote,
    split: Split | None = None,
    *,
    force: bool = False,
) -> Release:
    """Train and write one release folder: `out`, or one in MODELS_URL that bears the release's version.

    Where a release is there that the same data, options and code made, it stays, since training would only repeat it.
    Interrupted, it leaves a checkpoint, and the next run with the same data and options goes on from there.

    Args:
        note: takes a line for people.
        split: who is trained on; by default everybody but a tenth for validation, drawn by the seed.
        force: train even where there is such a release.

    Raises:
        BadInput: nobody in the data set has a rating, or `out` holds something that is not a release.
        Conflict: somebody else trains into the same folder at this moment.
    """

    def show(state: Progress) -> None:
        progress("training", state.done / state.total)

    if out is not None and out.exists() and not (out / INFO_FILE).is_file():
        raise BadInput(f"--out {out}: something else than a release lies there, and it would be replaced")
    folder = settings.models_folder / _UNNAMED if out is None else out.absolute()
    split = split or split_people(dataset, options.seed, test_share=0.0)
    if not force:
        folders = [one for one in _releases(settings) if one != folder] if out is None else [folder]
        found = _trained_on(training_fingerprint(dataset, split, options), folders)
        if found is not None:
            note(f"training: nothing has changed since release {found.version}; `reelmate train --force` repeats it")
            return found
    progress("training", 0.0)
    with _alone_at(folder):
        try:
            towers = train_release(dataset, split, options, folder, progress=show)
        except ValueError as error:
            raise BadInput(str(error)) from None
        if out is None:
            folder = _named(folder, towers.version)
    progress("training", 1.0)
    return _release(towers, folder)


@contextmanager
def _alone_at(folder: Path) -> Iterator[None]:
    """Let nobody else train into a folder while the block runs; the kernel lets go of it however this process ends."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    lock = os.open(folder.with_name(f".{folder.name}.lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Conflict(f"another training writes to {folder} at this moment: wait until it is done") from None
        yield
    finally:
        os.close(lock)


def _named(folder: Path, version: str) -> Path:
    """Give a fresh release its name; a whole one that bears it may be in use, and learns only how it was made last."""
    named = folder.parent / version
    try:
        load_towers(named)
    except NotFound:
        shutil.rmtree(named, ignore_errors=True)
        folder.rename(named)
    else:
        (folder / INFO_FILE).replace(named / INFO_FILE)
        shutil.rmtree(folder)
    return named


def _trained_on(fingerprint: str, folders: Sequence[Path]) -> Release | None:
    """The first of the releases that is whole and was trained on this; from now on it is the newest."""
    for folder in folders:
        with suppress(NotFound):
            towers = load_towers(folder)
            if towers.info.trained_on == fingerprint:
                (folder / INFO_FILE).touch()
                return _release(towers, folder)
    return None


def _releases(settings: Settings) -> list[Path]:
    """The release folders in MODELS_URL, the newest first."""
    files = sorted(settings.models_folder.glob(f"*/{INFO_FILE}"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [file.parent for file in files]


def find_release(folder: Path | None, settings: Settings) -> Release:
    """The release in a folder, by default the newest in MODELS_URL.

    Raises:
        NotFound: there is none, or it cannot be read.
    """
    if folder is None:
        folders = _releases(settings)
        if not folders:
            raise NotFound(f"there is no release in {settings.models_folder} yet: run `reelmate train`")
        folder = folders[0]
    return _release(load_towers(folder), folder.absolute())


async def index_release(release: Release, settings: Settings, progress: ShowProgress) -> None:
    """Publish a release's vectors, check them, and only then make it the one that is served, whatever it is worth.

    Raises:
        NotFound: the release cannot be read, or the catalogue is of another data set.
        StorageError: a service cannot be used; what was served before is served still.
    """
    async with open_stores(settings) as stores:
        outcome = await go_live(stores, settings, release, allow_worse=True, progress=progress)
    if isinstance(outcome, Refused):
        raise NotFound(outcome.reason)


def _release(towers: Towers, folder: Path) -> Release:
    return Release(
        version=towers.version,
        url=folder.as_uri(),
        created_at=datetime.fromisoformat(towers.info.created_at),
        validation_ndcg=towers.info.validation_ndcg,
    )


def dataset_summary(dataset: Dataset) -> dict[str, Any]:
    """What was read, for people and for JSON."""
    return {
        "name": dataset.name,
        "movies": len(dataset.movies),
        "people": len(dataset.user_ids),
        "ratings": len(dataset.rating_stars),
        "skipped_rows": dataset.skipped_rows,
        "starter": dataset.is_starter,
    }


def release_summary(release: Release) -> dict[str, Any]:
    """What was trained, for people and for JSON."""
    return asdict(release) | {"created_at": release.created_at.isoformat()}
