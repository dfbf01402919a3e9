"""Release folders on this machine: which of them are there, and how they are written as a whole."""

import re
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.private_files import make_private, make_private_folder

RELEASE_FILE = "release.json"
"""The file of a release folder that describes the release. A folder without it is no release."""

ShowShare = Callable[[float], None]
"""Takes the share of a transfer that is done, 0..1."""

_VERSION = re.compile(r"[0-9a-f]{16}")


def no_share(_: float) -> None:
    """Show no progress."""


def is_version(name: str) -> bool:
    """Return whether a folder has the name of a version. Others are not ours to serve or to delete."""
    return _VERSION.fullmatch(name) is not None


def files_of(folder: Path) -> list[Path]:
    """Return the files of a release folder, in order."""
    return sorted(path for path in folder.iterdir() if path.is_file())


def has_release(folder: Path) -> bool:
    """Return whether a folder is a release folder. It is written as a whole, so it has all files."""
    return (folder / RELEASE_FILE).is_file()


def local_versions(folder: Path) -> list[str]:
    """Return the versions whose release folders lie in a folder, newest first."""
    files = [file for file in folder.glob(f"*/{RELEASE_FILE}") if is_version(file.parent.name)]
    files.sort(key=lambda file: file.stat().st_mtime, reverse=True)
    return [file.parent.name for file in files]


def make_newest(folder: Path) -> None:
    """Let a release folder count as the newest. A folder that cannot be written stays as it is."""
    with suppress(OSError):
        (folder / RELEASE_FILE).touch()


def delete_folders(folder: Path, versions: Collection[str]) -> list[str]:
    """Delete the release folders of versions in a folder, and return the versions that are gone."""
    for version in versions:
        shutil.rmtree(folder / version, ignore_errors=True)
    return [version for version in versions if not (folder / version).exists()]


@contextmanager
def written_as_a_whole(folder: Path) -> Iterator[Path]:
    """Yield an empty folder beside `folder`, which replaces `folder` when the block ends without an error.

    If another process has written the release meanwhile, its folder stays.

    Raises:
        OSError: a file cannot be written.
    """
    make_private_folder(folder.parent)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
        fresh = Path(temporary) / "release"
        fresh.mkdir()
        yield fresh
        make_private(fresh)
        if folder.exists():
            folder.rename(Path(temporary) / "replaced")
        try:
            fresh.rename(folder)
        except OSError:
            if not has_release(folder):
                raise
