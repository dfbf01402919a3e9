"""Release folders by version: the `ModelStore` protocol, and `open_model_store`.

- `folder`: a folder of this machine, or one that all machines share.
- `objects`: object storage, with a cache on each machine.
- `files`: release folders on this machine, which both use.
"""

from collections.abc import Collection
from pathlib import Path
from typing import Protocol

from storage.errors import Misconfigured
from storage.model_store.files import ShowShare, no_share
from storage.model_store.folder import FolderStore
from storage.urls import one_line, path_of

SCHEMES = ("file", "s3", "gs")
"""Schemes of MODELS_URL with an extra of their own, or without the need for one. fsspec speaks further ones."""

_EXTRAS = {"s3": "s3", "s3a": "s3", "gs": "gs", "gcs": "gs"}
"""The extras of Reelmate that install the drivers of schemes."""


class ModelStore(Protocol):
    """Release folders by version.

    All methods block, so an event loop calls them in a thread. Every call over a network has a deadline.

    Attributes:
        problem: why the store did not answer when it was called last; empty if it did.
    """

    problem: str

    def put(self, version: str, folder: Path, progress: ShowShare = no_share) -> Path:
        """Store a release, which becomes the newest. Others can find it once all of its files are stored.

        Safe to repeat: a call that was interrupted goes on with the files that are missing.

        Args:
            version: the version of the release.
            folder: the release folder, which may be anywhere on this machine.
            progress: takes the share of the bytes that are stored, 0..1.

        Returns:
            The folder of the release where `fetch` finds it on this machine.

        Raises:
            Misconfigured: the store cannot be used. The message names the setting.
            Unavailable: the store did not answer in time.
        """
        ...

    def fetch(self, version: str) -> Path:
        """Return the folder of a release on this machine, with the files that `put` has stored.

        Raises:
            NotFound: there is no such release, or it is damaged.
            Misconfigured: the store cannot be used. The message names the setting.
            Unavailable: the store did not answer in time, and this machine has no copy.
        """
        ...

    def versions(self) -> list[str]:
        """Return the versions that `fetch` can return, newest first."""
        ...

    def delete_old(self, kept: int, needed: Collection[str]) -> list[str]:
        """Delete all but the newest releases, and return the versions that are gone. Safe to repeat.

        Args:
            kept: this many of the newest releases are kept besides the needed ones.
            needed: versions that stay.

        Raises:
            Misconfigured: the store cannot be used. The message names the setting.
            Unavailable: the store did not answer in time.
        """
        ...

    def ping(self) -> None:
        """Return once the store answers.

        Raises:
            Misconfigured: the store cannot be used. The message names the setting.
            Unavailable: the store did not answer in time.
        """
        ...

    def verify(self) -> None:
        """Return once the store has stored, returned and deleted a value. A folder on this machine is not written.

        Raises:
            Misconfigured: the store cannot be used. The message names the setting.
            Unavailable: the store did not answer in time.
        """
        ...


def check_models_url(url: str) -> None:
    """Check the scheme of a MODELS_URL. What fsspec speaks beyond SCHEMES is known if fsspec is installed.

    Raises:
        Misconfigured: the scheme is not supported.
    """
    scheme, separator, _ = url.partition("://")
    if scheme in SCHEMES and separator:
        return
    # A text without "://" may be anything, even a password on the wrong line, so the message does not repeat it.
    problem = f"{scheme}:// is not supported" if separator else "this is not a URL"
    if not separator or scheme not in _further_schemes():
        supported = ", ".join(f"{known}://" for known in SCHEMES)
        raise Misconfigured(f"MODELS_URL: {problem}; expected one of {supported}, or another that fsspec speaks")


def _further_schemes() -> Collection[str]:
    try:
        from fsspec import available_protocols
    except ImportError:
        return ()
    protocols: list[str] = available_protocols()
    return protocols


def local_folder(url: str) -> Path | None:
    """Return the folder of a MODELS_URL that is a file:// URL; None for object storage.

    Raises:
        Misconfigured: the URL names no folder.
    """
    if url.partition(":")[0] != "file":
        return None
    folder = path_of(url)
    if folder is None:
        raise Misconfigured("MODELS_URL names no folder; write file:///folder/models, with three slashes")
    return folder


def open_model_store(url: str, cache: Path) -> ModelStore:
    """Open the store of a MODELS_URL. It is not called yet.

    Args:
        url: for example "file:///srv/models" or "s3://bucket/models".
        cache: the folder on this machine where object storage keeps the newest releases.

    Raises:
        Misconfigured: the URL cannot be used, or its driver is not installed.
    """
    check_models_url(url)
    folder = local_folder(url)
    if folder is not None:
        return FolderStore(folder)
    scheme = url.partition("://")[0]
    try:
        # fsspec and its drivers take a while to import, and a bot with a folder does not need them.
        from fsspec import get_filesystem_class

        from storage.model_store.objects import ObjectStore

        get_filesystem_class(scheme)
    except ImportError as error:
        extra = _EXTRAS.get(scheme)
        remedy = f"run `pip install 'reelmate[{extra}]'`" if extra else one_line(error)
        raise Misconfigured(f"MODELS_URL: the driver of {scheme}:// is not installed: {remedy}") from None
    return ObjectStore(url, cache)
