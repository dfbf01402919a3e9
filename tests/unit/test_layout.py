"""The sizes that keep the code easy to find one's way in. `make lint` checks which package imports which."""

from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = "bot", "handlers", "recsys", "storage", "tests", "benchmarks"
MAX_LINES, MAX_FILES = 400, 20


def test_no_file_is_long_and_no_folder_is_crowded() -> None:
    """A long file has more than one job, and a crowded folder needs a folder of its own for a part of it."""
    files = [file for folder in FOLDERS for file in (ROOT / folder).rglob("*.py")]
    assert {file.name for file in files} >= {"recommender.py", "test_layout.py"}
    long = {str(file): count for file in files if (count := len(file.read_text("utf-8").splitlines())) > MAX_LINES}
    assert long == {}
    counts = Counter(str(file.parent) for file in files)
    assert {folder: count for folder, count in counts.items() if count > MAX_FILES} == {}
