"""What keeps a running bot fresh, for the command line and for the worker; every call is safe to repeat.

    async go_live(stores, settings, release, *, force=False)                         -> Live | Refused
    async roll_back(stores, version=None)                                            -> Live | Refused
    async refresh_metadata(stores, settings, movies=None, progress=...)              -> int, how many were written
    async refresh_vectors(stores, settings, progress=...)                            -> bool, whether they are published
    async refresh_model(stores, settings, options=None, progress=..., *, force=False) -> Live | Refused

`progress` takes (stage, share 0..1). A value says what became of it; StorageError says that a service cannot be used,
and that what was served before is served still. Running bots notice by themselves, see `bot.releases.reloader`.
"""

import asyncio
import contextlib
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bot.releases.reloader import NO_MODEL, check_fits, load_towers, movies_of, publish_release
from bot.releases.training_process import TrainingFailed, train_in_process
from bot.reporting import ShowProgress
from bot.settings import Settings, folder_of
from recsys.models.towers import Towers
from storage.errors import Conflict, NotFound
from storage.records import Movie, Release
from storage.vectors import open_index

if TYPE_CHECKING:
    from bot.stores import Stores
    from recsys.training.fit import TrainingOptions

TOLERATED_LOSS = 0.02
"""By how much of the active release's validation NDCG@10 a new one may be worse: chance alone makes as much."""

KEPT_FOLDERS = 5
"""How many release folders stay besides the active and the previous one, the newest."""

_VERSION = re.compile(r"[0-9a-f]{16}")


def _silent(stage: str, share: float) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Live:
    """A release is the active one.

    Attributes:
        release: which.
        published: whether its vectors are in the index; else whoever holds the index publishes them within seconds.
    """

    release: Release
    published: bool = True


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing has changed, and why, in one line."""

    reason: str


async def go_live(
    stores: "Stores", settings: Settings, release: Release, *, force: bool = False, progress: ShowProgress = _silent
) -> Live | Refused:
    """Publish a release, check it, and only then make it the active one.

    Refused is one that cannot be read, one of another data set than the catalogue's, and one whose NDCG@10 on
    validation newcomers is worse than the active release's by more than TOLERATED_LOSS.

    Args:
        force: even if it is worse.

    Raises:
        StorageError: a service cannot be used.
    """
    progress("index", 0.0)
    try:
        towers, movies = await _read(stores, release)
    except NotFound as error:
        return Refused(str(error))
    active = await stores.releases.active()
    loss = _loss(active, release)
    if loss and not force:
        return Refused(loss)
    is_published = await _publish(settings, towers, movies)
    progress("index", 0.8)
    await stores.releases.add(release)
    await stores.releases.activate(release.version)
    if not is_published and active is not None and active.version == release.version:
        await stores.stamps.note_change("vectors")  # Otherwise nobody would see that there is anything to do.
    await stores.news.tell()
    needed = [one for one in (release, await stores.releases.previous()) if one is not None]
    await asyncio.to_thread(_forget_folders, settings, [folder_of(one.url) for one in needed])
    progress("index", 1.0)
    return Live(release, is_published)


async def roll_back(stores: "Stores", version: str | None = None) -> Live | Refused:
    """Make the release active again that was before.

    Args:
        version: which release to leave: where it is not the active one any more, nothing happens. By default the active
            one, and then each call goes one further back.

    Raises:
        StorageError: a service cannot be used.
    """
    active, previous = await stores.releases.active(), await stores.releases.previous()
    if active is None:
        return Refused(NO_MODEL)
    if version is not None and active.version != version:
        return Live(active)
    if previous is None:
        return Refused(f"no release was active before {active.version}")
    try:
        towers = await asyncio.to_thread(load_towers, folder_of(previous.url))
        check_fits(towers, await stores.catalogue.ids())
    except NotFound as error:
        return Refused(str(error))
    await stores.releases.withdraw(active.version)
    await stores.news.tell()
    return Live(previous)


async def refresh_metadata(
    stores: "Stores", settings: Settings, movies: Sequence[Movie] | None = None, progress: ShowProgress = _silent
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
    await stores.news.tell()
    progress("metadata", 1.0)
    with contextlib.suppress(NotFound):  # Without a model there are no vectors, whose years and genres would have aged.
        await refresh_vectors(stores, settings, progress)
    return len(written)


async def refresh_vectors(stores: "Stores", settings: Settings, progress: ShowProgress = _silent) -> bool:
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
    is_published = await _publish(settings, *await _read(stores, active))
    if not is_published:
        await stores.stamps.note_change("vectors")
        await stores.news.tell()
    progress("index", 1.0)
    return is_published


async def refresh_model(
    stores: "Stores",
    settings: Settings,
    options: "TrainingOptions | None" = None,
    progress: ShowProgress = _silent,
    *,
    force: bool = False,
) -> Live | Refused:
    """Train on the imported data set and on what volunteers rated, in a process of its own, and go live.

    Raises:
        StorageError: a service cannot be used.
    """
    trained = await train_in_process(settings, options, progress)
    if isinstance(trained, TrainingFailed):
        return Refused(trained.reason)
    return await go_live(stores, settings, trained, force=force, progress=progress)


async def _read(stores: "Stores", release: Release) -> tuple[Towers, Mapping[int, Movie]]:
    """A release, and the catalogue that it belongs to.

    Raises:
        NotFound: it cannot be read, or the catalogue is of another data set.
    """
    towers = await asyncio.to_thread(load_towers, folder_of(release.url))
    movies = {movie.movie_id: movie for movie in await stores.catalogue.all()}
    movies_of(towers, movies)
    return towers, movies


def _loss(active: Release | None, release: Release) -> str:
    """Why a release is worse than the active one; empty where it is not."""
    if active is None or active.version == release.version or active.validation_ndcg is None:
        return ""
    if release.validation_ndcg is None:
        return f"release {release.version} could not be validated, and the active one was: it is kept"
    if release.validation_ndcg >= (1 - TOLERATED_LOSS) * active.validation_ndcg:
        return ""
    return (
        f"release {release.version} reaches an NDCG@10 of {release.validation_ndcg:.4f}, more than "
        f"{TOLERATED_LOSS:.0%} below the active one's {active.validation_ndcg:.4f}, which is kept"
    )


async def _publish(settings: Settings, towers: Towers, movies: Mapping[int, Movie]) -> bool:
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


def _forget_folders(settings: Settings, needed: Sequence[Path]) -> None:
    """Delete the oldest of the releases in MODELS_URL that are named by their version."""
    found = [file for file in settings.models_folder.glob("*/release.json") if _VERSION.fullmatch(file.parent.name)]
    found.sort(key=lambda file: file.stat().st_mtime, reverse=True)
    others = [file.parent for file in found if file.parent not in needed]
    for folder in others[KEPT_FOLDERS:]:
        shutil.rmtree(folder, ignore_errors=True)
