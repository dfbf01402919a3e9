"""What the command line says if a disk is full."""

import errno
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from bot.cli.full_disk import full_disk_line
from storage.errors import Unavailable
from tests.demo_process import environment


def test_the_folder_and_what_is_needed_are_named(tmp_path: Path) -> None:
    """The folder is that of the file that could not be written."""
    line = full_disk_line(OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "new" / "vectors.npy")))
    assert line is not None
    assert line.startswith(f"no space is left in {tmp_path}, where ")
    assert "needs about 300 MB; free some, or set REELMATE_HOME" in line


@pytest.mark.parametrize(
    "error",
    [
        Unavailable("the database sqlite:///x is not available: database or disk is full"),
        OSError(errno.EDQUOT, "Disk quota exceeded"),
    ],
)
def test_an_error_without_a_file_is_about_the_folder_of_all_data(
    error: Exception, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The home need not exist yet: then it is the folder above it."""
    monkeypatch.setenv("REELMATE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    line = full_disk_line(error)
    assert line is not None
    assert line.startswith(f"no space is left in {tmp_path}, where ")


def test_a_cause_counts_and_another_error_does_not(tmp_path: Path) -> None:
    """Libraries wrap the error of the operating system."""
    wrapped = Unavailable("cannot be opened")
    wrapped.__cause__ = OSError(errno.ENOSPC, "No space left on device", str(tmp_path / "segment"))
    line = full_disk_line(wrapped)
    assert line is not None
    assert str(tmp_path) in line
    assert full_disk_line(Unavailable("cannot be opened")) is None
    assert full_disk_line(PermissionError(errno.EACCES, "Permission denied", "x")) is None


@pytest.mark.slow
def test_a_command_that_runs_out_of_space(tmp_path: Path) -> None:
    """No file may be larger than 150 kB, like on a full disk. One line names the folder, and the status is 1."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, 150_000))

    completed = subprocess.run(
        [sys.executable, "-m", "bot", "import", "--starter"],
        cwd=tmp_path,
        env=environment(tmp_path / "home", PYTHONDONTWRITEBYTECODE="1"),
        capture_output=True,
        text=True,
        preexec_fn=limit,
        check=False,
    )
    assert completed.returncode == 1, completed.stderr
    last = completed.stderr.splitlines()[-1]
    assert last.startswith(f"reelmate: no space is left in {tmp_path}")
    assert "needs about 300 MB" in last
    assert "Traceback" not in completed.stderr
