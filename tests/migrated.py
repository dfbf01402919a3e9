"""Empty databases with all tables: the migrations run once per process, and further SQLite files are copies."""

from pathlib import Path

from sqlalchemy.engine import make_url

from storage.migrations import migrate
from storage.private_files import create_private_file, make_private_folder

_migrated: list[bytes] = []
"""The content of the first SQLite file that was migrated."""


async def create_database(url: str) -> None:
    """Create a migrated, empty database. Databases that exist are migrated."""
    parsed = make_url(url)
    file = Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
    if file is None or not _copy(file):
        await migrate(url)
        if file is not None and not _migrated:
            _migrated.append(file.read_bytes())


def _copy(file: Path) -> bool:
    """Return whether a copy of the first file is there now."""
    if file.exists() or not _migrated:
        return False
    make_private_folder(file.parent)
    create_private_file(file)
    file.write_bytes(_migrated[0])
    return True
