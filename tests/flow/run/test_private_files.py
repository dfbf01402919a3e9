"""Files about people can be read by the user of the bot only: 0600 in folders of 0700."""

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text

from bot.app import open_services
from bot.local_bot_api import TelegramServer
from bot.settings import Settings
from bot.stores import open_stores
from recsys.data import Dataset, snapshot
from recsys.models.towers import Towers
from storage.sql import Database
from storage.vectors import open_index
from tests.demo_process import environment
from tests.flow.bots import prepare, settings_of
from tests.programs import PATIENCE_S

pytestmark = pytest.mark.skipif(os.name != "posix", reason="Windows has no such modes")


@pytest.fixture(autouse=True)
def _open_umask() -> Iterator[None]:
    """Let every file that is created be open to everybody, unless the program takes care."""
    before = os.umask(0)
    yield
    os.umask(before)


@pytest.fixture
def settings(server: TelegramServer, tmp_path: Path) -> Settings:
    """The settings of a bot with Milvus Lite, in a folder that does not exist yet."""
    home = tmp_path / "new" / "home"
    return settings_of(server, home, vectors_url=f"milvus+lite://{home}/milvus.db")


def open_to_others(folder: Path) -> list[str]:
    """Return the paths in a folder, and the folder itself, on which other users have a right."""
    paths = [folder, *folder.rglob("*")]
    return sorted(str(path) for path in paths if stat.S_IMODE(path.stat().st_mode) & 0o077)


async def test_what_the_stores_create_is_private(settings: Settings, towers: Towers, board: Dataset) -> None:
    """This includes the write-ahead log of an open database, and folders above REELMATE_HOME."""
    home = settings.reelmate_home
    await prepare(settings, towers, board.movies)
    snapshot.save(board, settings.snapshot_folder)
    async with Database(settings.database_url.get_secret_value()) as database:
        async with database.writing() as connection:
            await connection.execute(text("DELETE FROM people"))
        index = await open_index(settings.vectors_url.get_secret_value())
        await index.close()
        names = {path.name for path in home.iterdir()}
        assert {"reelmate.db", "reelmate.db-wal", "reelmate.db-shm", "milvus.db", "milvus.db.lock"} <= names
        # Milvus Lite does not set modes: its files are private by the umask of the process, see the next test.
        inside = f"{home}/milvus.db/"
        assert [path for path in open_to_others(home.parent) if not path.startswith(inside)] == []


@pytest.mark.slow
async def test_what_a_command_creates_is_private(settings: Settings, towers: Towers, board: Dataset) -> None:
    """In a process every file is private, those of Milvus Lite too, whatever umask it inherits."""
    await prepare(settings, towers, board.movies)
    subprocess.run(  # noqa: ASYNC221 - the arguments are this module's own; nothing else runs meanwhile
        [sys.executable, "-m", "bot", "index"],
        cwd=settings.reelmate_home,
        env=environment(settings.reelmate_home),
        check=True,
        timeout=PATIENCE_S,
        umask=0,
    )
    assert list(settings.reelmate_home.glob("milvus.db/*"))
    assert open_to_others(settings.reelmate_home) == []


async def test_a_home_of_an_earlier_version_is_made_private(
    settings: Settings, towers: Towers, board: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """At the start one line names each open path; the next start has nothing to do. Other folders stay as they are."""
    home = settings.reelmate_home
    await prepare(settings, towers, board.movies)
    snapshot.save(board, settings.snapshot_folder)
    outside = tmp_path / "outside.txt"
    outside.touch(0o644)
    (home / "models" / "link").symlink_to(outside)
    for path in (home.parent, home, *home.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    with_memory = settings.model_copy(update={"vectors_url": SecretStr("memory://")})
    for _ in range(2):
        async with open_services(with_memory):
            pass
    assert open_to_others(home) == [str(home / "models" / "link")]
    assert [stat.S_IMODE(path.stat().st_mode) for path in (home.parent, outside)] == [0o755, 0o644]
    logged = [record.getMessage() for record in caplog.records if "open to other users" in record.getMessage()]
    tightened = [home, home / "models", home / "dataset", home / "reelmate.db"]
    assert logged == [f"{path} was open to other users and is private now" for path in tightened]


async def test_a_shared_folder_is_not_closed(server: TelegramServer, tmp_path: Path) -> None:
    """A home such as /tmp stays open to others, but the database in it does not."""
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)
    async with open_stores(settings_of(server, shared)):
        assert (shared / "reelmate.db").exists()
    assert open_to_others(shared) == [str(shared)]
