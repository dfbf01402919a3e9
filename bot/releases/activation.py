"""Which release is served: activation behind a quality gate, and rollback."""

import asyncio
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.releases.publishing import (
    NO_MODEL,
    check_fits,
    load_towers,
    publish_unless_held,
    read_with_catalogue,
)
from bot.reporting import ShowProgress, no_progress
from bot.settings import Settings, folder_of
from bot.stores import Stores
from storage.errors import NotFound
from storage.records import Release

TOLERATED_LOSS = 0.02
"""By how much of the active release's validation NDCG@10 a new one may be worse: chance alone makes as much."""


KEPT_FOLDERS = 5
"""How many release folders stay besides the active and the previous one, the newest."""


_VERSION = re.compile(r"[0-9a-f]{16}")


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
    stores: Stores,
    settings: Settings,
    release: Release,
    *,
    allow_worse: bool = False,
    progress: ShowProgress = no_progress,
) -> Live | Refused:
    """Publish a release, check it, and only then make it the active one.

    Refused is one that cannot be read, one of another data set than the catalogue's, and one whose NDCG@10 on
    validation newcomers is worse than the active release's by more than TOLERATED_LOSS.

    Args:
        allow_worse: even if it is worse.

    Raises:
        StorageError: a service cannot be used.
    """
    progress("index", 0.0)
    try:
        towers, movies = await read_with_catalogue(stores, release)
    except NotFound as error:
        return Refused(str(error))
    active = await stores.releases.active()
    loss = _loss(active, release)
    if loss and not allow_worse:
        return Refused(loss)
    is_published = await publish_unless_held(settings, towers, movies)
    progress("index", 0.8)
    await stores.releases.add(release)
    await stores.releases.activate(release.version)
    if not is_published and active is not None and active.version == release.version:
        await stores.revisions.increment("vectors")  # Otherwise nobody would see that there is anything to do.
    await stores.notifier.notify()
    needed = [one for one in (release, await stores.releases.previous()) if one is not None]
    await asyncio.to_thread(_forget_folders, settings, [folder_of(one.url) for one in needed])
    progress("index", 1.0)
    return Live(release, is_published)


async def roll_back(stores: Stores, version: str | None = None) -> Live | Refused:
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
    await stores.notifier.notify()
    return Live(previous)


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


def _forget_folders(settings: Settings, needed: Sequence[Path]) -> None:
    """Delete the oldest of the releases in MODELS_URL that are named by their version."""
    found = [file for file in settings.models_folder.glob("*/release.json") if _VERSION.fullmatch(file.parent.name)]
    found.sort(key=lambda file: file.stat().st_mtime, reverse=True)
    others = [file.parent for file in found if file.parent not in needed]
    for folder in others[KEPT_FOLDERS:]:
        shutil.rmtree(folder, ignore_errors=True)
