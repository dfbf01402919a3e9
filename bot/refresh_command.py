"""`reelmate refresh`: one of the use cases of `bot.releases.refresh`, and one line about what became of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from bot.errors import BadInput
from bot.releases.pipeline import read_source, release_summary
from bot.releases.refresh import Live, Refused, refresh_metadata, refresh_model, refresh_vectors, roll_back
from bot.releases.source import Source
from bot.reporting import ShowProgress
from bot.settings import Settings
from bot.stores import Stores, open_stores
from recsys.data import Dataset, snapshot
from recsys.training.fit import TrainingOptions

What = Literal["metadata", "vectors", "model", "rollback"]

_SOON = "; the bot that holds the index publishes it within seconds"


@dataclass(frozen=True, slots=True)
class Report:
    """What became of it.

    Attributes:
        ok: whether anything was refreshed.
        line: for people.
        details: more of it, for JSON.
    """

    ok: bool
    line: str
    details: dict[str, Any]


def check(what: What, source: Source, *, force: bool) -> None:
    """Raise BadInput where options do not go with what is to be refreshed."""
    if what not in ("metadata", "model") and source != Source():
        raise BadInput(f"--data, --starter and what goes with them do not go with {what}")
    if what != "model" and force:
        raise BadInput(f"--force goes with model, not with {what}")
    if source.data is None and (source.details is not None or source.skip_bad_rows):
        raise BadInput("--details and --skip-bad-rows say how to read files: they need --data")


def refresh(
    what: What,
    source: Source,
    settings: Settings,
    options: TrainingOptions,
    progress: ShowProgress,
    note: Callable[[str], None],
    *,
    force: bool,
) -> Report:
    """Refresh one thing.

    Args:
        what: see `bot.releases.refresh`.
        source: new data, for metadata and model; an empty one stands for what is there.
        settings: where everything lies.
        options: of training.
        progress: takes a stage and the share of it that is done.
        note: takes a line for people.
        force: let the model go live even if it is worse.

    Raises:
        DataError: what lies at the source is not a data set.
        StorageError: a service cannot be used.
    """
    dataset = None if source == Source() else read_source(source, settings, progress, note)
    return asyncio.run(_refresh(what, dataset, settings, options, progress, force=force))


async def _refresh(
    what: What,
    dataset: Dataset | None,
    settings: Settings,
    options: TrainingOptions,
    progress: ShowProgress,
    *,
    force: bool,
) -> Report:
    async with open_stores(settings) as stores:
        if what == "metadata":
            movies = await refresh_metadata(stores, settings, None if dataset is None else dataset.movies, progress)
            return Report(True, f"metadata of {movies} movies is up to date", {"movies": movies})
        if what == "vectors":
            is_published = await refresh_vectors(stores, settings, progress)
            line = "the vectors are published" if is_published else f"the vectors are asked for{_SOON}"
            return Report(True, line, {"published": is_published})
        if what == "rollback":
            return _report(await roll_back(stores))
        if dataset is not None:
            await _import_beside(stores, dataset, settings)
        return _report(await refresh_model(stores, settings, options, progress, force=force))


async def _import_beside(stores: Stores, dataset: Dataset, settings: Settings) -> None:
    """Import a data set, and let the titles stay that the active release knows: it serves on while this one trains."""
    await stores.metadata.put_many(dataset.movies)
    await stores.news.tell()
    await asyncio.to_thread(snapshot.save, dataset, settings.snapshot_folder)


def _report(outcome: Live | Refused) -> Report:
    if isinstance(outcome, Refused):
        return Report(False, outcome.reason, {})
    line = f"release {outcome.release.version} is active" + ("" if outcome.published else _SOON)
    return Report(True, line, {"release": release_summary(outcome.release), "published": outcome.published})
