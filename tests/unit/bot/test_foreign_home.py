"""A home that cannot be written is explained in one sentence."""

import os
from pathlib import Path

import pytest

from bot import foreign_home
from bot.foreign_home import foreign_home_line

DATABASE_ERROR = "(sqlite3.OperationalError) unable to open database file"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A home that exists and can be written."""
    monkeypatch.setenv("REELMATE_HOME", str(tmp_path))
    return tmp_path


def _refuse(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    """Let the tests, which may run as root, find a path that cannot be written."""
    monkeypatch.setattr(os, "access", lambda asked, _: Path(asked) != path)


@pytest.mark.parametrize(
    "error", [PermissionError(13, "Permission denied"), OSError(30, "Read-only file system"), Exception(DATABASE_ERROR)]
)
@pytest.mark.parametrize("part", [".", "reelmate.db"])
def test_the_owner_and_the_remedy_are_named(
    monkeypatch: pytest.MonkeyPatch, home: Path, error: Exception, part: str
) -> None:
    """The folder, or something in it that belongs to somebody else."""
    (home / "reelmate.db").touch()
    path = home / part
    _refuse(monkeypatch, path)
    owner = path.stat().st_uid
    user = owner + 1
    monkeypatch.setattr(os, "geteuid", lambda: user)
    assert foreign_home_line(error) == (
        f"{path} belongs to user {owner}, and this process runs as user {user}, who cannot write there: run "
        f"`chown -R {user}` on that folder as root, or start the process or the container as user {owner}"
    )


def test_a_cause_counts_too(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """The database wraps the errors of its driver."""
    _refuse(monkeypatch, home)
    error = RuntimeError("the database does not answer")
    error.__cause__ = PermissionError(13, "Permission denied")
    assert foreign_home_line(error) is not None


def test_a_home_that_does_not_exist_needs_the_folder_above_it(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """It would be created there."""
    monkeypatch.setenv("REELMATE_HOME", str(home / "a" / "b"))
    _refuse(monkeypatch, home)
    assert (foreign_home_line(PermissionError(13, "Permission denied")) or "").startswith(f"{home} cannot be written")


def test_a_read_only_file_system_needs_a_volume(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """A container with a read-only root has one without a volume."""
    _refuse(monkeypatch, home)
    usual = os.statvfs(home)
    monkeypatch.setattr(
        foreign_home.os, "statvfs", lambda _: os.statvfs_result((*usual[:8], usual.f_flag | os.ST_RDONLY, usual[9]))
    )
    assert foreign_home_line(OSError(30, "Read-only file system")) == (
        f"{home} is on a read-only file system: mount a volume that can be written there, or set REELMATE_HOME to"
        " another folder"
    )


@pytest.mark.parametrize("error", [ValueError("something else"), PermissionError(13, "Permission denied")])
@pytest.mark.usefixtures("home")
def test_errors_in_a_home_that_can_be_written_are_not_explained(error: Exception) -> None:
    """The home can be written, so it is not the cause."""
    assert foreign_home_line(error) is None


def test_a_file_elsewhere_is_not_explained(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """A data set that cannot be read has nothing to do with the home."""
    _refuse(monkeypatch, home)
    assert foreign_home_line(PermissionError(13, "Permission denied", "/srv/ml-1m/ratings.dat")) is None


def test_a_folder_of_this_user_needs_other_rights(monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    """Another owner would not help."""
    _refuse(monkeypatch, home)
    assert foreign_home_line(PermissionError(13, "Permission denied")) == (
        f"{home} cannot be written, although it belongs to this user: run `chmod -R u+rwX` on that folder"
    )
