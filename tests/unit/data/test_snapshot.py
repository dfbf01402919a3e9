from pathlib import Path

import numpy as np
import pytest

from recsys.data import DataError, snapshot
from recsys.data.dataset import Dataset
from recsys.data.starter import starter_dataset
from storage.errors import NotFound
from tests.unit.data.builders import small_dataset

ARRAYS = (
    "user_ids",
    "genders",
    "ages",
    "occupations",
    "rating_people",
    "rating_movies",
    "rating_stars",
    "rating_times",
)


def assert_equal(actual: Dataset, expected: Dataset) -> None:
    """Assert that two data sets are equal in every value and dtype."""
    for name in ("name", "movies", "skipped_rows", "is_starter"):
        assert getattr(actual, name) == getattr(expected, name)
    for name in ARRAYS:
        first, second = getattr(actual, name), getattr(expected, name)
        if first is None:
            assert second is None
        else:
            assert first.dtype == second.dtype
            np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(
    "dataset", [small_dataset(), small_dataset(times=False), starter_dataset()], ids=["times", "no times", "starter"]
)
def test_save_and_load(tmp_path: Path, dataset: Dataset) -> None:
    """A loaded data set equals the saved one. The folder is created."""
    snapshot.save(dataset, tmp_path / "new" / "data")
    assert_equal(snapshot.load(tmp_path / "new" / "data"), dataset)


def test_saving_again_replaces_the_snapshot(tmp_path: Path) -> None:
    """A second snapshot replaces the first one, deletes its files, and leaves other files alone."""
    (tmp_path / "notes.txt").write_text("mine")
    snapshot.save(starter_dataset(), tmp_path)
    snapshot.save(small_dataset(), tmp_path)

    assert_equal(snapshot.load(tmp_path), small_dataset())
    assert len(list(tmp_path.iterdir())) == 3
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_failure_keeps_the_old_snapshot(tmp_path: Path) -> None:
    """If writing fails, the old snapshot stays valid and no partial files remain."""
    snapshot.save(small_dataset(), tmp_path)
    before = sorted(tmp_path.rglob("*"))
    unwritable = starter_dataset()
    object.__setattr__(unwritable, "name", object())

    with pytest.raises(TypeError):
        snapshot.save(unwritable, tmp_path)

    assert sorted(tmp_path.rglob("*")) == before
    assert_equal(snapshot.load(tmp_path), small_dataset())


def test_nothing_imported_yet(tmp_path: Path) -> None:
    """A missing snapshot says what to run."""
    with pytest.raises(NotFound) as raised:
        snapshot.load(tmp_path / "none")
    assert str(raised.value) == "no data set imported yet; run `reelmate import`"


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 99}', '{"format": 1, "files": "set-gone"}', '{"format": 1}'])
def test_a_damaged_snapshot(tmp_path: Path, text: str) -> None:
    """The error for a damaged or incompatible snapshot names the command to run."""
    (tmp_path / "dataset.json").write_text(text)
    with pytest.raises(DataError) as raised:
        snapshot.load(tmp_path)
    assert raised.value.expected == "a snapshot of format 1; run `reelmate import` again"


def test_a_truncated_file(tmp_path: Path) -> None:
    """A truncated Parquet file raises a DataError."""
    snapshot.save(small_dataset(), tmp_path)
    [ratings] = tmp_path.glob("set-*/ratings.parquet")
    ratings.write_bytes(ratings.read_bytes()[:-20])
    with pytest.raises(DataError):
        snapshot.load(tmp_path)
