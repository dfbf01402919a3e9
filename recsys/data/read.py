"""One way in for every data set."""

from pathlib import Path

from recsys.data.dataset import Dataset
from recsys.data.details import with_details
from recsys.data.errors import DataError
from recsys.data.movielens import layout_of, read_movielens
from recsys.data.rows import Faults, Progress
from recsys.data.table import read_own

LAYOUTS = (
    "MovieLens 1M (movies.dat, ratings.dat, users.dat)",
    "MovieLens 100K (u.item, u.data, u.user)",
    "MovieLens 10M (movies.dat, ratings.dat)",
    "MovieLens 20M, 25M, 32M or latest (movies.csv, ratings.csv)",
    "own tables (movies and ratings, perhaps people, as .csv or .parquet)",
)


def read_dataset(
    folder: Path, *, details: Path | None = None, skip_bad_rows: bool = False, progress: Progress | None = None
) -> Dataset:
    """Read a data set from a folder, in whichever of LAYOUTS it is.

    Args:
        folder: holds the files.
        details: a file that tells more of the movies, see `with_details`.
        skip_bad_rows: leave bad rows out and count them in `skipped_rows`. A missing column, a wrong encoding or a file
            without any good row is an error all the same.
        progress: called with the file that is being read, "ratings", and the share of it that is done, 0..1.

    Raises:
        DataError: no known layout, or the first thing that is wrong in a file.
    """
    report = progress or (lambda _stage, _share: None)
    faults = Faults(skip=skip_bad_rows)
    if not folder.is_dir():
        raise DataError(str(folder), None, None, None, "a folder with a data set")
    layout = layout_of(folder)
    dataset = read_own(folder, faults, report) if layout is None else read_movielens(folder, layout, faults, report)
    if dataset is None:
        there = ", ".join(sorted(path.name for path in folder.iterdir()))
        raise DataError(str(folder), None, None, there, "one of these layouts: " + "; ".join(LAYOUTS))
    if details is not None:
        dataset = with_details(dataset, details, skip_bad_rows=skip_bad_rows, progress=progress)
    return dataset
