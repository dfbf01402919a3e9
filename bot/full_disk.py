"""The error message for a full disk: the folder, the space that is needed, and the remedy."""

import errno
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

NEEDED_MB = 300
"""Preparing MovieLens 1M needs at most this much space in MB in REELMATE_HOME: the download, the tables, a training's
checkpoint, a release, and the vectors. Afterwards it takes a quarter of it."""

_CODES = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_WORDS = ("disk is full", "No space left", "Disk quota exceeded", "File too large")
_FULL_BYTES = 1_000_000
"""With less free space than this, anything that fails is taken for the result of the full disk."""


def full_disk_line(error: Exception) -> str | None:
    """Return a line about the full disk that caused an error; None if no full disk did.

    Args:
        error: an error of a file, a database or a service.
    """
    chain = list(_chain(error))
    folders = [*_folders_of(chain), *_own_folders()]
    fullest = min(folders, key=_free_bytes)
    is_named = any(isinstance(part, OSError) and part.errno in _CODES for part in chain)
    is_said = any(words in str(part) for part in chain for words in _WORDS)
    if not is_named and not is_said and _free_bytes(fullest) >= _FULL_BYTES:
        return None
    folder = folders[0] if is_named and _folders_of(chain) else fullest
    free_mb = _free_bytes(folder) / 1e6
    return (
        f"no space is left in {folder}, where {free_mb:,.0f} MB are free ({_first_line(error)}): preparing MovieLens "
        f"1M needs about {NEEDED_MB} MB; free some, or set REELMATE_HOME to a folder on another disk"
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and the errors that caused it."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _folders_of(chain: list[BaseException]) -> list[Path]:
    """Return the folders of the files that errors name."""
    names = [part.filename for part in chain if isinstance(part, OSError) and isinstance(part.filename, str)]
    return [_existing(Path(name).parent) for name in names]


def _own_folders() -> list[Path]:
    """Return the folder of all stored data, and that of temporary files."""
    from bot.settings import load_settings
    from storage.errors import Misconfigured

    folders = []
    with suppress(Misconfigured):
        folders.append(_existing(load_settings().reelmate_home))
    with suppress(OSError):  # No folder for temporary files can be written, perhaps because their disk is full.
        folders.append(Path(tempfile.gettempdir()))
    return folders or [Path.cwd()]


def _existing(folder: Path) -> Path:
    """Return a folder, or the nearest folder above it that exists."""
    return next(path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir())


def _free_bytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
