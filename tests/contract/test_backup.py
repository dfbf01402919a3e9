"""A backup of SQLite is restored into every kind of database: the drill of an operator who has lost a machine."""

import errno
import shutil
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.app import open_services
from bot.backup import back_up, restore
from bot.errors import BadInput
from bot.reporting import no_progress
from bot.settings import Settings
from bot.stores import model_store
from recsys import Profile
from recsys.data import Dataset
from recsys.models.towers import Towers
from storage.errors import Conflict, NotFound
from storage.records import AuditEntry, ContributorHashes
from storage.sql import Audit, Contributors, Database, dump_rows
from tests.flow.bots import prepare

ANN = 2**40


async def rows_of(url: str) -> list[tuple[str, str]]:
    """Return all rows of a database."""
    rows: list[tuple[str, str]] = []
    async with Database(url) as database:
        await dump_rows(database, lambda table, line: rows.append((table, line)))
    return rows


async def recommended(settings: Settings) -> list[int]:
    """Return what the bot recommends to somebody who likes a movie."""
    async with open_services(settings) as services:
        found = await services.recommender.for_person(Profile(ratings={30: 5.0}), 10, set())
    return [recommendation.movie.movie_id for recommendation in found]


async def test_the_drill(any_url: str, tmp_path: Path, towers: Towers, board: Dataset) -> None:
    """After a restore all rows are there, recommendations are the same, and new rows get new ids."""
    old = Settings(_env_file=None, reelmate_home=tmp_path / "old", vectors_url="memory://")
    await prepare(old, towers, board.movies)
    async with Database(old.database_url.get_secret_value()) as database:
        await Audit(database).record(AuditEntry(datetime.now(UTC), ANN, "stats", None, "done"))
        await Contributors(database).record(towers.version, ContributorHashes(b"salt", frozenset([b"\x00" * 16])))
    archive = tmp_path / "backup.tar.gz"
    written = await back_up(old, archive, no_progress)
    assert archive.stat().st_mode & 0o077 == 0

    new = Settings(_env_file=None, reelmate_home=tmp_path / "new", vectors_url="memory://", database_url=any_url)
    assert await restore(new, archive, no_progress) == written
    assert await rows_of(any_url) == await rows_of(old.database_url.get_secret_value())
    old.reelmate_home.rename(tmp_path / "lost")
    assert len(await recommended(new)) == 10
    async with Database(any_url) as database:
        await Audit(database).record(AuditEntry(datetime.now(UTC), ANN, "stats", None, "done"))
    with pytest.raises(Conflict, match="is not empty: restore into a new database"):
        await restore(new, archive, no_progress)


async def test_releases_in_object_storage(tmp_path: Path, towers: Towers, board: Dataset) -> None:
    """The archive has them, although the machine that writes it does not; a restore stores them again."""
    settings = [
        Settings(
            _env_file=None,
            reelmate_home=tmp_path / name,
            vectors_url="memory://",
            models_url=f"memory://{tmp_path.name}-{name}/models",
        )
        for name in ("old", "new")
    ]
    old, new = settings
    await prepare(old, towers, board.movies)
    model_store(old).put(towers.version, old.models_folder / towers.version)
    shutil.rmtree(old.models_folder)
    archive = tmp_path / "backup.tar.gz"
    assert (await back_up(old, archive, no_progress))["releases"] == 1
    await restore(new, archive, no_progress)
    assert model_store(new).versions() == [towers.version]
    shutil.rmtree(new.models_folder)
    assert len(await recommended(new)) == 10


async def test_what_is_no_backup(tmp_path: Path) -> None:
    """The sentence names the file, and nothing is overwritten."""
    settings = Settings(_env_file=None, reelmate_home=tmp_path / "home")
    file = tmp_path / "notes.txt"
    file.write_text("hello")
    with pytest.raises(NotFound, match=r"notes\.txt is not a backup"):
        await restore(settings, file, no_progress)
    with pytest.raises(BadInput, match=r"notes\.txt exists"):
        await back_up(settings, file, no_progress)
    with tarfile.open(tmp_path / "other.tar", "w") as archive:
        archive.add(file, "notes.txt")
    with pytest.raises(NotFound, match=r"other\.tar is not a backup"):
        await restore(settings, tmp_path / "other.tar", no_progress)
    assert not settings.reelmate_home.exists()


async def test_a_failed_backup_leaves_nothing_behind(
    tmp_path: Path, towers: Towers, board: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The archive appears only once it is complete."""
    settings = Settings(_env_file=None, reelmate_home=tmp_path / "home", vectors_url="memory://")
    await prepare(settings, towers, board.movies)
    (folder := tmp_path / "backups").mkdir()

    def without_space(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(tarfile.TarFile, "add", without_space)
    with pytest.raises(OSError, match="No space"):
        await back_up(settings, folder / "backup.tar.gz", no_progress)
    assert list(folder.iterdir()) == []
