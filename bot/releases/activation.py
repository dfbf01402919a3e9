"""Which release is active: activation after a quality check, and rollback.

`reloader` switches running bots to it.

A release that learned from somebody who has left does not become active again: they were deleted or have withdrawn
their consent.
"""

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass

from bot.releases.publishing import (
    NO_MODEL,
    check_catalogue,
    load_release,
    load_with_catalogue,
    publish_if_index_is_free,
)
from bot.reporting import ShowProgress, no_progress
from bot.settings import Settings
from bot.stores import Stores, release_folder
from recsys.serving.publish import PublishCheck
from storage.errors import NotFound, StorageError
from storage.records import Release
from storage.urls import path_of

MAX_NDCG_LOSS = 0.02
"""A new release may have a validation NDCG@10 that is lower by this share, because such differences are chance."""

KEPT_FOLDERS = 5
"""The number of release folders that are kept, newest first, besides those of the active release and of the release
that a rollback would restore."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Live:
    """The outcome "the release is active".

    Attributes:
        release: the active release.
        published: whether its vectors are in the index; if not, the bot that has the index open publishes them within
            seconds.
        skipped: the number of releases that a rollback passed over, because they learned from somebody who has left.
        was_live: whether the release was active before.
        is_new: whether the release was trained for this activation.
        check: what the comparison of the index with exact search has found; None if it was not published here.
    """

    release: Release
    published: bool = True
    skipped: int = 0
    was_live: bool = False
    is_new: bool = True
    check: PublishCheck | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The outcome "nothing has changed", with the reason in one line."""

    reason: str


async def go_live(
    stores: Stores,
    settings: Settings,
    release: Release,
    *,
    allow_worse: bool = False,
    progress: ShowProgress = no_progress,
) -> Live | Refused:
    """Store a release in MODELS_URL, publish and verify it, and make it the active release.

    A release is refused if it cannot be read, if its movies are not in the catalogue, or if its NDCG@10 on validation
    newcomers is lower than that of the active release by more than MAX_NDCG_LOSS.

    Args:
        stores: holds the catalogue and the releases.
        settings: names the index and MODELS_URL.
        release: the release to activate.
        allow_worse: activate it even if its NDCG@10 is lower.
        progress: takes the progress of publishing.

    Raises:
        StorageError: a service cannot be used.
    """
    progress("index", 0.0)
    try:
        towers, catalogue = await load_with_catalogue(stores, release)
    except NotFound as error:
        return Refused(str(error))
    active = await stores.releases.active()
    objection = _quality_objection(active, release)
    if objection and not allow_worse:
        return Refused(objection)
    folder = await asyncio.to_thread(release_folder, stores.models, release)
    await asyncio.to_thread(stores.models.put, release.version, folder, lambda share: progress("upload", share))
    check = await publish_if_index_is_free(settings, towers, catalogue, lambda share: progress("index", 0.8 * share))
    progress("index", 0.8)
    await stores.releases.add(release)
    await stores.releases.activate(release.version)
    was_live = active is not None and active.version == release.version
    if was_live and check is None:
        # The active release has not changed, so only a new revision makes bots publish it again.
        await stores.revisions.increment("vectors")
    await stores.notifier.notify()
    restorable, _ = await find_restorable(stores)
    await _delete_old(stores, {kept.version for kept in (release, restorable) if kept is not None})
    progress("index", 1.0)
    return Live(release, check is not None, was_live=was_live, check=check)


async def roll_back(stores: Stores, version: str | None = None) -> Live | Refused:
    """Activate the latest earlier release that was not trained on ratings of people who have left.

    Args:
        stores: holds the releases.
        version: the release to leave; if it is not active any more, nothing changes, so a repeated call is safe. None
            for the active release: then each call goes back by one release.

    Raises:
        StorageError: a service cannot be used.
    """
    active = await stores.releases.active()
    if active is None:
        return Refused(NO_MODEL)
    if version is not None and active.version != version:
        return Live(active)
    restorable, skipped = await find_restorable(stores)
    if restorable is None and skipped:
        return Refused(f"every release before {active.version} learned from somebody who has left: refresh the model")
    if restorable is None:
        return Refused(f"there is no release from before {active.version}")
    try:
        towers = await asyncio.to_thread(load_release, stores.models, restorable)
        check_catalogue(towers, await stores.catalogue.ids())
    except NotFound as error:
        return Refused(str(error))
    await stores.releases.withdraw(active.version, restorable.version)
    await stores.notifier.notify()
    return Live(restorable, skipped=skipped)


async def find_restorable(stores: Stores) -> tuple[Release | None, int]:
    """Find the last release before the active one that learned from nobody who has left.

    Releases whose folder was deleted are ignored. While object storage does not answer, so are those that this machine
    has no copy of.

    Returns:
        The release, None if there is none; and the number of later releases that learned from somebody who has left.

    Raises:
        Unavailable: the database does not answer.
    """
    skipped = 0
    earlier = await stores.releases.earlier()
    stored = await asyncio.to_thread(stores.models.versions) if earlier else []
    for release in earlier:
        if release.version in stored or await asyncio.to_thread(_is_elsewhere, release):
            if not await stores.contributors.count_left(release.version):
                return release, skipped
            skipped += 1
    return None, skipped


async def consent_objection(stores: Stores, release: Release) -> str:
    """Return why a release that exists must not become active, in one line; empty if it may.

    The active release may be published again, because people keep being served by it in any case.

    Raises:
        Unavailable: the database does not answer.
    """
    active = await stores.releases.active()
    if active is not None and active.version == release.version:
        return ""
    left = await stores.contributors.count_left(release.version)
    people = "1 person who has" if left == 1 else f"{left} people who have"
    return f"release {release.version} learned from {people} left: run `reelmate refresh model`" if left else ""


def _quality_objection(active: Release | None, release: Release) -> str:
    """Return why a release must not replace the active one, in one line; empty if it may."""
    if active is None or active.version == release.version or active.validation_ndcg is None:
        return ""
    if release.validation_ndcg is None:
        return f"release {release.version} has no validation NDCG@10, but the active release {active.version} has one"
    if release.validation_ndcg >= (1 - MAX_NDCG_LOSS) * active.validation_ndcg:
        return ""
    return (
        f"release {release.version} has a validation NDCG@10 of {release.validation_ndcg:.4f}, more than "
        f"{MAX_NDCG_LOSS:.0%} below the {active.validation_ndcg:.4f} of the active release {active.version}"
    )


async def _delete_old(stores: Stores, needed: Collection[str]) -> None:
    """Delete all but the needed and the KEPT_FOLDERS newest releases, and who contributed to the deleted ones.

    If that fails, the next activation does it.
    """
    try:
        deleted = await asyncio.to_thread(stores.models.delete_old, KEPT_FOLDERS, needed)
    except StorageError as error:
        _logger.warning("old releases were not deleted", exc_info=error)
        return
    await stores.releases.withdraw_deleted(deleted)
    await stores.contributors.delete(deleted)


def _is_elsewhere(release: Release) -> bool:
    """Return whether a release that is not in MODELS_URL has a folder on this machine."""
    folder = path_of(release.url)
    return folder is not None and folder.is_dir()
