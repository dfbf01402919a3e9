"""The error message for a home that cannot be written: whose it is, and what to do.

It is common in containers, where the user of the image is not the owner of the volume.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_CODES = (errno.EACCES, errno.EPERM, errno.EROFS)
_WORDS = ("Permission denied", "Read-only file system", "unable to open database file", "readonly database")


def foreign_home_line(error: Exception) -> str | None:
    """Return a line about a part of REELMATE_HOME that cannot be written and caused an error; None if none did.

    Args:
        error: an error of a file, a database or a service.
    """
    chain = list(_chain(error))
    home = _home()
    if home is None or any(_is_elsewhere(part, home) for part in chain):
        return None
    is_named = any(isinstance(part, OSError) and part.errno in _CODES for part in chain)
    if not is_named and not any(words in str(part) for part in chain for words in _WORDS):
        return None
    path = next((path for path in _parts(home) if not os.access(path, os.W_OK)), None)
    if path is None:
        return None
    if not hasattr(os, "statvfs"):  # Windows has neither.
        return f"{path} cannot be written: change its permissions, or set REELMATE_HOME to another folder"
    if os.statvfs(path).f_flag & os.ST_RDONLY:
        return (
            f"{path} is on a read-only file system: mount a volume that can be written there, or set REELMATE_HOME to"
            " another folder"
        )
    owner, user = path.stat().st_uid, os.geteuid()
    if owner == user:
        return f"{path} cannot be written, although it belongs to this user: run `chmod -R u+rwX` on that folder"
    return (
        f"{path} belongs to user {owner}, and this process runs as user {user}, who cannot write there: run "
        f"`chown -R {user}` on that folder as root, or start the process or the container as user {owner}"
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and the errors that caused it."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def _home() -> Path | None:
    """Return REELMATE_HOME, None if the settings are invalid."""
    from bot.settings import load_settings
    from storage.errors import Misconfigured

    try:
        return load_settings().reelmate_home
    except Misconfigured:
        return None


def _is_elsewhere(error: BaseException, home: Path) -> bool:
    """Return whether an error names a file that is not in the home, such as a data set."""
    name = error.filename if isinstance(error, OSError) else None
    return isinstance(name, str) and not Path(name).absolute().is_relative_to(home)


def _parts(home: Path) -> list[Path]:
    """Return the home and what it contains, or the nearest folder above it that exists."""
    if not home.exists():
        return [next(path for path in home.parents if path.exists())]
    with suppress(OSError):
        return [home, *home.iterdir()]
    return [home]
