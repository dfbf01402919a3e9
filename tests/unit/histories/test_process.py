"""Files are read in a process of its own, with limits."""

import subprocess
import sys

import pytest

from recsys.histories.problems import Problem
from recsys.services.histories import process
from recsys.services.histories.process import HistoryReader
from tests.unit.histories.builders import letterboxd


async def test_a_file_and_a_bad_file() -> None:
    """The process returns what the file says, or why it cannot be read, whatever the name of the file."""
    reader = HistoryReader()
    histories = await reader.read(letterboxd({("Amélie 🎬", 2001): 4}, [], []), "\0-\ud800 Ø.zip")
    assert not isinstance(histories, Problem)
    assert [[row.label for row in history.rows] for history in histories] == [["Amélie 🎬 (2001)"]]
    assert await reader.read(b"<html>", "ratings.csv") is Problem.WEB_PAGE


async def test_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is not read in time is refused."""
    monkeypatch.setattr(process, "DEADLINE_S", 0.001)
    assert await HistoryReader().read(b"Title\nHeat\n", "a.csv") is Problem.TOO_SLOW


def test_the_limit_of_memory() -> None:
    """A file that needs more memory than is allowed ends its process, and no other."""
    table = "Title,Rating\n" + (999 * "x" + ",5\n") * 20_000
    command = [sys.executable, "-m", "recsys.histories.child", "a.csv", str(64 << 20), "20"]
    child = subprocess.run(command, input=table.encode(), capture_output=True, check=False, timeout=60)  # noqa: S603 - our own module
    assert child.returncode != 0 or b'"problem": "too slow"' in child.stdout
