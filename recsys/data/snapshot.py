"""Save and load an imported data set as a snapshot: Parquet files, and an index that points to them.

    <folder>/dataset.json                 the index: name, format, and the folder of the files below
    <folder>/set-xxxxxxxx/movies.parquet  people.parquet  ratings.parquet

A new snapshot is written next to the old one and becomes valid when `dataset.json` is replaced atomically. If writing
fails before that, the old snapshot stays valid.
"""

import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from errno import ENOENT
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.data.errors import DataError, first_line
from recsys.data.snapshot_checks import InvalidValue, check_movies, check_people, check_ratings
from storage.errors import NotFound
from storage.private_files import make_private, make_private_folder
from storage.records import Movie, Tag

FORMAT = 1
"""The version of the snapshot format."""
_INDEX = "dataset.json"
_PREFIX = "set-"
_EXPECTED = f"a snapshot of format {FORMAT}; run `reelmate import` again"
_MOVIES = pa.schema(
    [
        pa.field("movie_id", pa.int64(), nullable=False),
        ("title", pa.string()),
        ("year", pa.int32()),
        ("genres", pa.list_(pa.string())),
        ("description", pa.string()),
        ("directors", pa.list_(pa.string())),
        ("actors", pa.list_(pa.string())),
        ("poster_url", pa.string()),
        ("certificate", pa.string()),
        ("minutes", pa.int32()),
        ("imdb_id", pa.string()),
        ("tmdb_id", pa.int64()),
        ("tags", pa.list_(pa.struct([("name", pa.string()), ("people", pa.int64())]))),
        ("rating_count", pa.int64()),
        ("rating_mean", pa.float64()),
        ("untrained", pa.list_(pa.string())),
    ]
)
_PEOPLE = ("user_ids", "genders", "ages", "occupations")
_RATINGS = ("rating_people", "rating_movies", "rating_stars", "rating_times")


def save(dataset: Dataset, folder: Path) -> None:
    """Write a snapshot, for this user only, and delete the previous one. Details from TMDB are left out.

    Args:
        dataset: the data set to write.
        folder: folder of the snapshot. It is created if it does not exist.

    Raises:
        OSError: writing failed. A previous snapshot is unchanged.
    """
    files = folder / f"{_PREFIX}{secrets.token_hex(4)}"
    make_private_folder(files)
    try:
        movies = pa.Table.from_pylist([_row(movie.own) for movie in dataset.movies], _MOVIES)
        _write(movies, files / "movies.parquet")
        _write(_arrays(dataset, _PEOPLE), files / "people.parquet")
        _write(_arrays(dataset, _RATINGS), files / "ratings.parquet")
        index = {
            "format": FORMAT,
            "files": files.name,
            "name": dataset.name,
            "skipped_rows": dataset.skipped_rows,
            "is_starter": dataset.is_starter,
            "merged": {str(movie_id): kept for movie_id, kept in dataset.merged.items()},
        }
        new_index = files / _INDEX
        new_index.write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")
        _sync(new_index)
        make_private(files)
        new_index.replace(folder / _INDEX)
    except BaseException:
        shutil.rmtree(files, ignore_errors=True)
        raise
    for path in folder.glob(f"{_PREFIX}*"):
        if path != files:
            shutil.rmtree(path, ignore_errors=True)


def load(folder: Path) -> Dataset:
    """Return the data set that `save` wrote, with identical values and dtypes.

    Raises:
        NotFound: there is no snapshot. The message names the command that creates it.
        DataError: the snapshot is damaged, has a value out of its range, or has another format.
    """
    index_path = folder / _INDEX
    try:
        index = json.loads(index_path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound("no data set imported yet; run `reelmate import`") from None
    except (ValueError, RecursionError):
        raise DataError(str(index_path), None, None, "a damaged file", _EXPECTED) from None
    if not isinstance(index, dict) or index.get("format") != FORMAT:
        raise DataError(str(index_path), None, None, "another format", _EXPECTED)
    files = folder / str(index.get("files"))
    with _damage_in(files / "movies.parquet") as path:
        movies = tuple(_movie(row) for row in pq.read_table(path).to_pylist())
        check_movies(movies)
    with _damage_in(files / "people.parquet") as path:
        people = _read(path, _PEOPLE)
        check_people(people)
    with _damage_in(files / "ratings.parquet") as path:
        ratings = _read(path, _RATINGS)
        check_ratings(ratings, len(people["user_ids"]), len(movies))
    with _damage_in(index_path):
        return Dataset(
            name=str(index["name"]),
            movies=movies,
            **people,
            **ratings,
            skipped_rows=int(index["skipped_rows"]),
            is_starter=bool(index["is_starter"]),
            merged={int(movie_id): int(kept) for movie_id, kept in dict(index.get("merged", {})).items()},
        )


@contextmanager
def _damage_in(path: Path) -> Iterator[Path]:
    """Convert every error that reading a damaged file causes into a DataError that names the file."""
    try:
        yield path
    except InvalidValue as error:
        raise DataError(str(path), error.row, error.column, error.value, _EXPECTED) from None
    except (pa.ArrowException, OSError, KeyError, TypeError, ValueError, OverflowError) as error:
        if isinstance(error, OSError) and error.errno not in (None, ENOENT):  # The file cannot be read at present.
            raise
        raise DataError(str(path), None, None, first_line(error), _EXPECTED) from None


def _arrays(dataset: Dataset, names: tuple[str, ...]) -> Any:
    columns: dict[str, NDArray[Any] | None] = {name: getattr(dataset, name) for name in names}
    return pa.table({name: column for name, column in columns.items() if column is not None})


def _read(path: Path, names: tuple[str, ...]) -> dict[str, Any]:
    table = pq.read_table(path)
    return {name: np.array(table[name].combine_chunks()) for name in names if name in table.column_names}


def _row(movie: Movie) -> dict[str, Any]:
    return {**asdict(movie), "tags": [tag._asdict() for tag in movie.tags]}


def _movie(row: dict[str, Any]) -> Movie:
    lists: dict[str, Any] = {name: tuple(row[name]) for name in ("genres", "directors", "actors")}
    # A snapshot of an earlier version has no tags, and no details on which models may not be trained.
    tags, untrained = tuple(Tag(**tag) for tag in row.get("tags") or ()), tuple(row.get("untrained") or ())
    return Movie(**{**row, **lists, "tags": tags, "untrained": untrained})


def _write(table: Any, path: Path) -> None:
    pq.write_table(table, path, compression="zstd")
    _sync(path)


def _sync(path: Path) -> None:
    """Flush a file to disk, so that the index never points to incomplete data after a crash."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
