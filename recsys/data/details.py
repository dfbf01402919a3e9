"""Read movie details from an extra file: plot, people, poster, certificate, running time, ids at other sites."""

import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from recsys.data.assemble import drop_duplicate_ids
from recsys.data.columns import Column, read_table
from recsys.data.custom_tables import MOVIE_DETAILS, MOVIE_ID
from recsys.data.dataset import Dataset
from recsys.data.errors import DataError
from recsys.data.ids import MovieIds
from recsys.data.rows import CSV, BadRows, Progress, TextFormat, read_header
from storage.records import Movie

_LOG = logging.getLogger(__name__)

DETAILS_FORMAT = TextFormat(
    "::",
    columns=(
        "movie_id",
        "title",
        "year",
        "certificate",
        "released",
        "genres",
        "directors",
        "writers",
        "actors",
        "description",
        "poster_url",
    ),
)
"""The format of a details file without a header. An unknown field is "N/A". Names are separated by ", "."""

# The lookbehind lets a search begin only at the start of a run of spaces. Otherwise it would take quadratic time.
_TRAILING_NOTE = re.compile(r"(?<!\s)\s*\([^()]*\)$")


def with_details(
    dataset: Dataset,
    path: Path,
    *,
    may_train: bool = False,
    skip_bad_rows: bool = False,
    progress: Progress | None = None,
) -> Dataset:
    """Return a data set with the details of its movies from a file.

    A detail that the file does not have keeps its value. Details of movies outside the data set are ignored, and their
    number is logged.

    Args:
        dataset: any data set.
        path: a file in DETAILS_FORMAT, or a CSV or Parquet file with the column movie_id and at least one of
            MOVIE_DETAILS.
        may_train: whether models may be trained on the details of the file.
        skip_bad_rows: whether to skip invalid rows and add their number to `skipped_rows`, instead of raising an error.
        progress: called with "details" and the share of the file that is read, 0..1.

    Raises:
        DataError: the file does not exist or cannot be read, or a row is invalid and `skip_bad_rows` is False.
    """
    if not path.is_file():
        raise DataError(str(path), None, None, None, "a file with movie details")
    bad_rows = BadRows(skip=skip_bad_rows)
    text_format = _text_format(path)
    header = text_format.columns or read_header(path)
    detail_columns = [column for column in MOVIE_DETAILS if column.name in header]
    if not detail_columns:
        names = ", ".join(column.name for column in MOVIE_DETAILS)
        raise DataError(path.name, 1, None, ",".join(header), f"at least one of the columns {names}")
    movie_ids = MovieIds()
    columns = [Column("movie_id", MOVIE_ID, movie_ids.parse), *detail_columns]
    file_progress = partial(progress or (lambda _stage, _share: None), "details")
    table = drop_duplicate_ids(
        read_table(path, columns, text_format, bad_rows, file_progress), "movie_id", "movie", bad_rows, movie_ids.name
    )

    details = dict(zip(table.values["movie_id"].tolist(), _rows(table.values, detail_columns), strict=True))
    for movie_id, kept in dataset.merged.items():
        details[kept] = details.pop(movie_id, {}) | details.get(kept, {})
    movies = tuple(_detailed(movie, details.pop(movie.movie_id, {}), may_train=may_train) for movie in dataset.movies)
    _LOG.info("%s: ignored the details of %d movies that are not in the data set", path.name, len(details))
    return replace(dataset, movies=movies, skipped_rows=dataset.skipped_rows + bad_rows.skipped)


def _detailed(movie: Movie, details: Mapping[str, Any], *, may_train: bool) -> Movie:
    untrained = set(movie.untrained) - details.keys() if may_train else {*movie.untrained, *details}
    return replace(movie, **details, untrained=tuple(sorted(untrained)))


def _text_format(path: Path) -> TextFormat:
    with path.open("rb") as file:
        return DETAILS_FORMAT if b"::" in file.readline() and path.suffix != ".parquet" else CSV


def _rows(values: dict[str, Any], columns: list[Column]) -> Iterator[dict[str, Any]]:
    """Yield the details of each row, without the empty ones."""
    for row in zip(*(values[column.name] for column in columns), strict=True):
        details = {column.name: value for column, value in zip(columns, row, strict=True) if value}
        if "directors" in details:
            # "Michael Curtiz (co-director)" becomes "Michael Curtiz".
            details["directors"] = tuple(dict.fromkeys(_TRAILING_NOTE.sub("", name) for name in details["directors"]))
        yield details
