from dataclasses import replace
from errno import EMFILE
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
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


def damage(folder: Path, file: str, column: str, values: list[Any] | None) -> Path:
    """Replace a column of a saved snapshot, with its type; without values, remove it. Return the file."""
    [path] = folder.glob(f"set-*/{file}.parquet")
    table = pq.read_table(path)
    position = table.column_names.index(column)
    changed = table.remove_column(position)
    if values is not None:
        changed = table.set_column(position, column, pa.array(values, table.schema.field(column).type))
    pq.write_table(changed, path)
    return path


@pytest.mark.parametrize(
    ("file", "column", "values", "row"),
    [
        ("movies", "movie_id", [3, 3], 2),
        ("movies", "movie_id", [0, 7], 1),
        ("movies", "movie_id", [3, 2**53], 2),
        ("movies", "title", ["Rocket", ""], 2),
        ("movies", "title", [None, "Lantern"], 1),
        ("movies", "year", [1985, 9999], 2),
        ("movies", "rating_count", [1, -2], 2),
        ("movies", "rating_mean", [float("nan"), 3.0], 1),
        ("movies", "rating_mean", [1.0, 5.5], 2),
        ("movies", "minutes", [90, 0], 2),
        ("movies", "tmdb_id", [-1, 862], 1),
        ("people", "user_ids", [9, 4], 2),
        ("people", "user_ids", [4, 4], 2),
        ("people", "user_ids", [-4, 9], 1),
        ("people", "genders", [2, 0], 1),
        ("people", "genders", [0, -2], 2),
        ("people", "ages", [0, 28], 1),
        ("people", "ages", [28, 121], 2),
        ("people", "occupations", [20, 21], 2),
        ("ratings", "rating_people", [0, 0, 2], 3),
        ("ratings", "rating_people", [0, 1, 0], 3),
        ("ratings", "rating_people", [-1, 0, 1], 1),
        ("ratings", "rating_movies", [1, 0, 2], 3),
        ("ratings", "rating_movies", [1, -1, 0], 2),
        ("ratings", "rating_stars", [4.5, 0.5, 2], 2),
        ("ratings", "rating_stars", [4.5, 1, float("nan")], 3),
        ("ratings", "rating_stars", [float("inf"), 1, 2], 1),
        ("ratings", "rating_times", [1000, -2, 2000], 2),
        ("ratings", "rating_times", [1000, 2, 10**15], 3),
    ],
)
def test_a_value_out_of_its_range(tmp_path: Path, file: str, column: str, values: list[Any], row: int) -> None:
    """The error names the file, the row, the column and the value."""
    snapshot.save(small_dataset(), tmp_path)
    path = damage(tmp_path, file, column, values)
    with pytest.raises(DataError) as raised:
        snapshot.load(tmp_path)
    error = raised.value
    assert (error.file, error.line, error.column) == (str(path), row, column)
    assert error.value == str(values[row - 1])
    assert str(error).endswith("expected a snapshot of format 1; run `reelmate import` again")


@pytest.mark.parametrize(
    ("file", "column", "values"),
    [
        ("people", "genders", None),
        ("ratings", "rating_stars", None),
        ("people", "genders", [0, None]),
        ("movies", "genres", [["Drama"], None]),
        ("movies", "actors", [["Bo Li", None], []]),
        ("movies", "movie_id", None),
    ],
)
def test_a_missing_value(tmp_path: Path, file: str, column: str, values: list[Any] | None) -> None:
    """A missing column and a missing value in a column that has no unknown values name the file."""
    snapshot.save(small_dataset(), tmp_path)
    path = damage(tmp_path, file, column, values)
    with pytest.raises(DataError) as raised:
        snapshot.load(tmp_path)
    assert raised.value.file == str(path)


@pytest.mark.parametrize("column", ["genders", "ages", "occupations", "user_ids"])
def test_a_column_of_another_type(tmp_path: Path, column: str) -> None:
    """The dtypes of a snapshot are those of the data set, so a column with another one is refused."""
    snapshot.save(small_dataset(), tmp_path)
    [path] = tmp_path.glob("set-*/people.parquet")
    table = pq.read_table(path)
    pq.write_table(table.set_column(table.column_names.index(column), column, pa.array(["1", "2"])), path)
    with pytest.raises(DataError) as raised:
        snapshot.load(tmp_path)
    assert (raised.value.file, raised.value.column) == (str(path), column)


@pytest.mark.parametrize("file", ["movies", "people", "ratings"])
def test_damaged_bytes_name_their_file(tmp_path: Path, file: str) -> None:
    """Whichever bytes of a Parquet file are damaged, the result is the data set or an error that names this file."""
    snapshot.save(small_dataset(), tmp_path)
    [path] = tmp_path.glob(f"set-*/{file}.parquet")
    content = path.read_bytes()
    named = []
    for start in range(0, len(content), max(1, len(content) // 40)):
        path.write_bytes(content[:start] + b"\xff" * 8 + content[start + 8 :])
        try:
            snapshot.load(tmp_path)
        except DataError as error:
            named.append(error.file)
    assert set(named) == {str(path)}


def test_an_index_of_many_brackets(tmp_path: Path) -> None:
    """An index that no parser can nest so deeply is damaged."""
    (tmp_path / "dataset.json").write_text("[" * 100_000)
    with pytest.raises(DataError) as raised:
        snapshot.load(tmp_path)
    assert raised.value.value == "a damaged file"


def test_the_snapshot_of_a_file_that_cannot_be_read_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the operating system says nothing about the file, so it is no damage."""
    snapshot.save(small_dataset(), tmp_path)

    def fail(_path: Path) -> None:
        raise OSError(EMFILE, "Too many open files")

    monkeypatch.setattr(snapshot.pq, "read_table", fail)
    with pytest.raises(OSError, match="Too many open files"):
        snapshot.load(tmp_path)


def test_a_snapshot_from_before_the_details(tmp_path: Path) -> None:
    """A snapshot without the certificates, lengths and ids of the movies is loaded without them."""
    snapshot.save(small_dataset(), tmp_path)
    for column in ("certificate", "minutes", "imdb_id", "tmdb_id"):
        damage(tmp_path, "movies", column, None)
    movies = snapshot.load(tmp_path).movies
    unknown = {"certificate": None, "minutes": None, "imdb_id": None, "tmdb_id": None}
    assert movies == tuple(replace(movie, **unknown) for movie in small_dataset().movies)
