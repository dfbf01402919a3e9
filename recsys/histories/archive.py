"""ZIP files: reading a few small files of an archive from a stranger, in memory."""

import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import PurePosixPath

from recsys.histories.problems import Problem, UnreadableHistory

MAX_ENTRIES = 50
"""The maximum number of files that are read or looked at. Files that are certainly not needed do not count."""

MAX_LISTED = 2_000
"""The maximum number of entries in the archive's table of contents."""

MAX_UNPACKED_BYTES = 100 << 20
"""The maximum size of the unpacked files, together."""

MAX_RATIO = 100
"""The maximum ratio of the unpacked size to the packed size of a file."""

_ARCHIVES = (".zip", ".gz", ".tgz", ".tar", ".7z", ".rar", ".bz2", ".xz")
_ARCHIVE_STARTS = (b"PK\x03\x04", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"BZh", b"\xfd7zXZ")
_ENCRYPTED = 0x1
_IGNORED_FOLDERS = frozenset(("deleted", "orphaned", "__macosx"))


def is_zip(content: bytes) -> bool:
    """Return whether a file begins like a ZIP archive."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def unpack(content: bytes, is_needed: Callable[[str], bool]) -> list[tuple[str, bytes]]:
    """Return the names and contents of the files of an archive that are needed. Nothing is written to a disk.

    Args:
        content: of the archive.
        is_needed: whether a file with this path in the archive may be needed. Other files are not unpacked.

    Raises:
        UnreadableHistory: the archive is damaged, too large, protected or a trap.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir()]
            _check_names(archive, entries)
            needed = [entry for entry in entries if _may_be_needed(entry.filename, is_needed)]
            _check_sizes(entries, needed)
            return _read(archive, needed)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError):
        # A wrong or missing password raises RuntimeError, but protected files are refused before they are read.
        raise UnreadableHistory(Problem.DAMAGED) from None


def _check_names(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> None:
    names = [entry.filename for entry in entries]
    if any(name.startswith(("xl/", "xl\\")) for name in names) or "mimetype" in names:
        raise UnreadableHistory(Problem.SPREADSHEET)
    if any(_leads_out(entry.orig_filename) or _leads_out(entry.filename) for entry in archive.infolist()):
        raise UnreadableHistory(Problem.OUTSIDE)
    if any(entry.flag_bits & _ENCRYPTED for entry in entries):
        raise UnreadableHistory(Problem.PASSWORD)
    if any(name.casefold().endswith(_ARCHIVES) for name in names if not _is_ignored(name)):
        raise UnreadableHistory(Problem.NESTED)


def _check_sizes(entries: list[zipfile.ZipInfo], needed: list[zipfile.ZipInfo]) -> None:
    if len(needed) > MAX_ENTRIES or len(entries) > MAX_LISTED:
        raise UnreadableHistory(Problem.TOO_MANY_FILES)
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED_BYTES:
        raise UnreadableHistory(Problem.TOO_BIG_UNPACKED)
    if any(entry.file_size > MAX_RATIO * max(entry.compress_size, 1) for entry in entries):
        raise UnreadableHistory(Problem.TOO_BIG_UNPACKED)


def _read(archive: zipfile.ZipFile, needed: list[zipfile.ZipInfo]) -> list[tuple[str, bytes]]:
    files, left = [], MAX_UNPACKED_BYTES
    for entry in needed:
        with archive.open(entry) as file:
            # The sizes in the table of contents may be wrong.
            content = file.read(min(left, MAX_RATIO * max(entry.compress_size, 1)) + 1)
        left -= len(content)
        if left < 0 or len(content) > MAX_RATIO * max(entry.compress_size, 1):
            raise UnreadableHistory(Problem.TOO_BIG_UNPACKED)
        if content.startswith(_ARCHIVE_STARTS):
            raise UnreadableHistory(Problem.NESTED)
        files.append((entry.filename, content))
    return files


def _may_be_needed(name: str, is_needed: Callable[[str], bool]) -> bool:
    return not _is_ignored(name) and is_needed(name)


def _is_ignored(name: str) -> bool:
    path = PurePosixPath(name)
    return path.name.startswith(".") or any(folder.casefold() in _IGNORED_FOLDERS for folder in path.parts[:-1])


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or name[1:2] == ":"
