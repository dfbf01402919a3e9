"""Backup and restore: the rows of the database and the release folders, in one archive.

The archive does not depend on the kind of database: what SQLite held can be restored into MariaDB. Vectors and metadata
are not in it, because `reelmate index` and `reelmate refresh metadata` rebuild them.
"""

import asyncio
import io
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO

from bot.errors import BadInput
from bot.reporting import ShowProgress
from bot.settings import Settings
from bot.stores import model_store
from storage.errors import Conflict, NotFound
from storage.migrations import migrate, newest_revision
from storage.private_files import create_private_file, make_private_folder
from storage.sql import Database, backed_up_tables, dump_rows, load_rows

_TIMEOUT_S = 3_600.0
_REVISION = "revision"
_ROWS, _MODELS = "rows", "models"


async def back_up(settings: Settings, file: Path, progress: ShowProgress) -> dict[str, int]:
    """Write an archive, which only this user can read. The bot may run meanwhile.

    Returns:
        The numbers of rows and of releases.

    Raises:
        BadInput: the file exists.
        StorageError: the database or MODELS_URL cannot be read.
    """
    _check_new(file)
    progress("backup", 0.0)
    with TemporaryDirectory(dir=file.parent, prefix=".reelmate-") as folder, ExitStack() as open_files:
        lines: dict[str, IO[str]] = {}
        for table in backed_up_tables():
            lines[table.name] = open_files.enter_context(_writable(Path(folder, table.name)))
        async with Database(settings.database_url.get_secret_value(), timeout_s=_TIMEOUT_S) as database:
            rows = await dump_rows(database, lambda table, line: print(line, file=lines[table]))
        open_files.close()
        progress("backup", 0.5)
        models = model_store(settings)
        releases = [
            await asyncio.to_thread(models.fetch, version) for version in await asyncio.to_thread(models.versions)
        ]
        await asyncio.to_thread(_pack, file, Path(folder), releases)
    progress("backup", 1.0)
    return {"rows": rows, "releases": len(releases)}


async def restore(settings: Settings, file: Path, progress: ShowProgress) -> dict[str, int]:
    """Restore an archive into an empty database and MODELS_URL.

    Returns:
        The numbers of rows and of releases.

    Raises:
        NotFound: the file is not such an archive.
        Conflict: the archive is of another version, or the database is not empty. The database has not changed.
        StorageError: the database or MODELS_URL cannot be written.
    """
    progress("restore", 0.0)
    url = settings.database_url.get_secret_value()
    try:
        archive = tarfile.open(file)  # noqa: SIM115 - closed below
    except (OSError, tarfile.TarError) as error:
        raise NotFound(f"{file} is not a backup of Reelmate: {error}") from None
    with archive:
        names = archive.getnames()
        if _REVISION not in names:
            raise NotFound(f"{file} is not a backup of Reelmate")
        revision = _member(archive, _REVISION).read().decode()
        if revision != newest_revision():
            raise Conflict(
                f"{file} has revision {revision} of the database, and this version has {newest_revision()}: restore it"
                " with the version that wrote it, and upgrade then"
            )

        def lines_of(table: str) -> Iterator[str]:
            # Line by line: the rows of a large installation do not fit into memory.
            with suppress(KeyError):
                yield from io.TextIOWrapper(_member(archive, f"{_ROWS}/{table}"), encoding="utf-8")

        await migrate(url)
        # A release that is there already is the same: its folder is named after its content.
        make_private_folder(settings.models_folder)
        members = [member for member in archive.getmembers() if member.name.startswith(f"{_MODELS}/")]
        for member in members:
            member.name = member.name.removeprefix(f"{_MODELS}/")
        await asyncio.to_thread(archive.extractall, settings.models_folder, members, filter="data")
        models, versions = model_store(settings), {Path(member.name).parts[0] for member in members}
        for version in versions:
            await asyncio.to_thread(models.put, version, settings.models_folder / version)
        progress("restore", 0.5)
        async with Database(url, timeout_s=_TIMEOUT_S) as database:
            rows = await load_rows(database, lines_of)
    progress("restore", 1.0)
    return {"rows": rows, "releases": len(versions)}


def _check_new(file: Path) -> None:
    if file.exists():
        raise BadInput(f"{file} exists: name a new file")


def _writable(path: Path) -> IO[str]:
    return path.open("w", encoding="utf-8")


def _pack(file: Path, rows: Path, releases: list[Path]) -> None:
    """Write the archive in the folder of the rows, and move it to its place once it is complete."""
    tables, part = sorted(rows.iterdir()), rows / "archive"
    create_private_file(part)
    with tarfile.open(part, "w:gz", compresslevel=1) as archive:
        revision = newest_revision().encode()
        described = tarfile.TarInfo(_REVISION)
        described.size = len(revision)
        archive.addfile(described, io.BytesIO(revision))
        for path in tables:
            archive.add(path, f"{_ROWS}/{path.name}")
        for folder in releases:
            archive.add(folder, f"{_MODELS}/{folder.name}")
    part.replace(file)


def _member(archive: tarfile.TarFile, name: str) -> IO[bytes]:
    """Return a file of an archive to read; KeyError if there is none."""
    member = archive.extractfile(name)
    if member is None:
        raise KeyError(name)
    return member
