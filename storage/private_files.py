"""Files about people, which only the user of this process may read: 0600 in folders of 0700.

Windows has no such modes, and there nothing is changed.
"""

import logging
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

_FILE_MODE, _FOLDER_MODE = 0o600, 0o700
_RIGHTS_OF_OTHERS = 0o077

_logger = logging.getLogger(__name__)


def make_private_folder(folder: Path) -> None:
    """Create a folder and its missing parents for this user only. Folders that exist are not changed.

    Raises:
        OSError: a folder cannot be created.
    """
    for path in (*reversed(folder.parents), folder):
        path.mkdir(mode=_FOLDER_MODE, exist_ok=True)


def create_private_file(file: Path) -> None:
    """Create an empty file for this user only. A file that exists is not changed.

    Raises:
        OSError: the file cannot be created.
    """
    with suppress(FileExistsError):
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _FILE_MODE))


def make_private(path: Path) -> int:
    """Take all rights on a file, or on a folder with its contents, from other users.

    A path that does not exist is ignored. Symbolic links are not followed.

    Returns:
        The number of files and folders on which other users had a right.

    Raises:
        OSError: a mode cannot be changed, for example because the file belongs to another user.
    """
    return sum(_take_from_others(entry) for entry in (path, *_contents(path)))


def tighten(path: Path) -> None:
    """Do what `make_private` does to a path that an earlier version may have left open, and log it if it was needed."""
    _log_outcome(path, lambda: make_private(path))


def tighten_folder(folder: Path) -> None:
    """Take all rights on a folder, but not on its contents, from other users, and log it if it was needed.

    The root of a file system, and a folder where everybody may write, such as /tmp, are not ours and stay open.
    """

    def change() -> int:
        target = folder.resolve()
        is_shared = target == target.parent or (target.exists() and target.stat().st_mode & stat.S_ISVTX)
        return 0 if is_shared else _take_from_others(target)

    _log_outcome(folder, change)


def _log_outcome(path: Path, change: Callable[[], int]) -> None:
    try:
        if change():
            _logger.warning("%s was open to other users and is private now", path)
    except OSError as error:
        _logger.warning("%s is open to other users, which could not be changed: %s", path, error.strerror)


def _contents(folder: Path) -> Iterator[Path]:
    """Yield all files and folders in a folder, but not those behind symbolic links; nothing for a file."""
    if folder.is_symlink():
        return
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            yield Path(parent, name)


def _take_from_others(path: Path) -> bool:
    """Take all rights on one file or folder from other users, and return whether they had any."""
    if os.name != "posix":
        return False
    try:
        mode = path.lstat().st_mode
        if stat.S_ISLNK(mode) or not mode & _RIGHTS_OF_OTHERS:
            return False
        path.chmod(stat.S_IMODE(mode) & ~_RIGHTS_OF_OTHERS)
    except FileNotFoundError:  # Another process has deleted it meanwhile.
        return False
    return True
