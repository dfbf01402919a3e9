"""A file that tells more of a data set's movies: plot, directors, actors, poster."""

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from recsys.data.assemble import ids_once
from recsys.data.columns import MAX_ID, Column, integers, read_table
from recsys.data.dataset import Dataset
from recsys.data.errors import DataError
from recsys.data.rows import CSV, Faults, Progress, TextFormat, read_header
from recsys.data.table import MOVIE_DETAILS

_LOG = logging.getLogger(__name__)

DETAILS_TEXT = TextFormat(
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
"""The format without a header. An unknown field is "N/A"; names are separated by ", "."""

_NOTE = re.compile(r"\s*\([^()]*\)$")


def with_details(
    dataset: Dataset, path: Path, *, skip_bad_rows: bool = False, progress: Progress | None = None
) -> Dataset:
    """Add description, directors, actors and poster address to the movies of a data set.

    What the file does not say of a movie stays as it was. Details of other movies are ignored; how many is logged.

    Args:
        dataset: any data set.
        path: either lines of DETAILS_TEXT, or CSV or Parquet with the column movie_id and some of description,
            directors, actors, poster_url.
        skip_bad_rows: leave bad rows out and add them to `skipped_rows`.
        progress: called with "details" and the share that is done.

    Raises:
        DataError: no such file, or the first bad row, or a file that cannot be read at all.
    """
    if not path.is_file():
        raise DataError(str(path), None, None, None, "a file with details of movies")
    faults = Faults(skip=skip_bad_rows)
    text = _text_format(path)
    header = text.columns or read_header(path)
    told = [column for column in MOVIE_DETAILS if column.name in header]
    if not told:
        wanted = " or ".join(column.name for column in MOVIE_DETAILS)
        raise DataError(path.name, 1, None, ",".join(header), f"a column {wanted}")
    columns = [Column("movie_id", "a whole number from 1 up", integers(1, MAX_ID)), *told]
    report = partial(progress or (lambda _stage, _share: None), "details")
    table = ids_once(read_table(path, columns, text, faults, report), "movie_id", "movie", faults)

    details = dict(zip(table.values["movie_id"].tolist(), _rows(table.values, told), strict=True))
    movies = tuple(replace(movie, **details.pop(movie.movie_id, {})) for movie in dataset.movies)
    _LOG.info("%s: ignored the details of %d movies that the data set does not have", path.name, len(details))
    return replace(dataset, movies=movies, skipped_rows=dataset.skipped_rows + faults.skipped)


def _text_format(path: Path) -> TextFormat:
    with path.open("rb") as file:
        return DETAILS_TEXT if b"::" in file.readline() and path.suffix != ".parquet" else CSV


def _rows(values: dict[str, Any], told: list[Column]) -> Iterator[dict[str, Any]]:
    for row in zip(*(values[column.name] for column in told), strict=True):
        known = {column.name: value for column, value in zip(told, row, strict=True) if value}
        if "directors" in known:
            # "Michael Curtiz (co-director)" is Michael Curtiz.
            known["directors"] = tuple(dict.fromkeys(_NOTE.sub("", name) for name in known["directors"]))
        yield known
