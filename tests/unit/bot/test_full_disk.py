"""What the command line says if a disk is full."""

import errno
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from bot.full_disk import full_disk_line
from recsys.models.arrays import write_arrays
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


def test_arrays_that_do_not_fit(tmp_path: Path) -> None:
    """The library of releases and checkpoints has errors of its own, which count too."""
    _, hard = before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000, hard))
    try:
        with pytest.raises(OSError, match="large") as caught:
            write_arrays({"weights": np.zeros(10_000, np.float32)}, tmp_path / "towers.safetensors")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    line = full_disk_line(caught.value)
    assert line is not None
    assert line.startswith(f"no space is left in {tmp_path}, where ")


_ON_A_SMALL_DISK = 'mount -t tmpfs -o size=300k tmpfs "$0" && exec "$@"'
"""A shell command that runs another one, to which a folder is a disk of 300 kB."""


def _on_a_small_disk(home: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - the arguments are this test's own
        ["unshare", "--map-root-user", "--mount", "sh", "-c", _ON_A_SMALL_DISK, str(home), *command],  # noqa: S607 - from the PATH
        cwd=home.parent,
        env=environment(home),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_a_command_that_runs_out_of_space(tmp_path: Path) -> None:
    """One line names the folder and what is needed, and the status is 1."""
    home = tmp_path / "home"
    home.mkdir()
    if shutil.which("unshare") is None or _on_a_small_disk(home, "true").returncode != 0:
        pytest.skip("this system does not let a test mount a disk of its own")
    completed = _on_a_small_disk(home, sys.executable, "-m", "bot", "import", "--starter")
    assert completed.returncode == 1, completed.stderr
    last = completed.stderr.splitlines()[-1]
    assert last.startswith(f"reelmate: no space is left in {home}, where 0 MB are free (")
    assert "needs about 300 MB; free some, or set REELMATE_HOME" in last
    assert "Traceback" not in completed.stderr
