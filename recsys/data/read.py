"""Detect the layout of a data set and read it."""

from pathlib import Path

from recsys.data.custom_tables import read_custom_tables
from recsys.data.dataset import Dataset
from recsys.data.details import with_details
from recsys.data.errors import DataError
from recsys.data.movielens import detect_layout, read_movielens
from recsys.data.rows import BadRows, Progress

LAYOUTS = (
    "MovieLens 1M (movies.dat, ratings.dat, users.dat)",
    "MovieLens 100K (u.item, u.data, u.user)",
    "MovieLens 10M (movies.dat, ratings.dat)",
    "MovieLens 20M, 25M, 32M or latest (movies.csv, ratings.csv)",
    "your own tables (movies, ratings and optionally people, as .csv or .parquet)",
)
"""The supported layouts, as an error message lists them."""


def read_dataset(
    folder: Path, *, details: Path | None = None, skip_bad_rows: bool = False, progress: Progress | None = None
) -> Dataset:
    """Read a data set from a folder in any of the LAYOUTS.

    Args:
        folder: folder with the files.
        details: file with more details of the movies, see `with_details`.
        skip_bad_rows: whether to skip invalid rows and count them in `skipped_rows`, instead of raising an error. A
            missing column, a wrong encoding and a file without a valid row are always errors.
        progress: called with the file that is being read, such as "ratings", and the share of it that is read, 0..1.

    Raises:
        DataError: the layout is unknown, a file cannot be read, or a row is invalid and `skip_bad_rows` is False.
    """
    report = progress or (lambda _stage, _share: None)
    bad_rows = BadRows(skip=skip_bad_rows)
    if not folder.is_dir():
        raise DataError(str(folder), None, None, None, "a folder with a data set")
    layout = detect_layout(folder)
    if layout is None:
        dataset = read_custom_tables(folder, bad_rows, report)
    else:
        dataset = read_movielens(folder, layout, bad_rows, report)
    if dataset is None:
        file_names = ", ".join(sorted(path.name for path in folder.iterdir()))
        raise DataError(str(folder), None, None, file_names, "one of these layouts: " + "; ".join(LAYOUTS))
    if details is not None:
        dataset = with_details(dataset, details, skip_bad_rows=skip_bad_rows, progress=progress)
    return dataset
