"""Detect the layout of a data set and read it."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from recsys.data.custom_tables import read_custom_tables
from recsys.data.dataset import Dataset
from recsys.data.details import with_details
from recsys.data.errors import DataError
from recsys.data.join import Part, join_datasets
from recsys.data.movielens import detect_layout, read_movielens
from recsys.data.rows import BadRows, Progress

LAYOUTS = (
    "MovieLens 1M (movies.dat, ratings.dat, users.dat)",
    "MovieLens 100K (u.item, u.data, u.user)",
    "MovieLens 10M (movies.dat, ratings.dat)",
    "MovieLens 20M, 25M, 32M or latest (movies.csv, ratings.csv)",
    "Kaggle's MovieLens 20M (movie.csv, rating.csv)",
    "MovieTweetings (movies.dat, ratings.dat, users.dat)",
    "your own tables (movies, ratings and optionally people, as .csv or .parquet)",
)
"""The supported layouts, as an error message lists them."""


_OTHER_SETS = {
    "movies_metadata.csv": "another data set: The Movies Dataset of Kaggle has the ratings of MovieLens latest, which "
    "`--download ml-latest` brings",
    "combined_data_1.txt": "another data set: the ratings of the Netflix Prize cannot be read; write own tables",
    "title.basics.tsv": "another data set: the tables of IMDb have no ratings by people",
}
"""File of a data set that is not read -> what was expected."""


def read_dataset(
    folder: Path,
    *,
    details: Path | None = None,
    train_on_details: bool = False,
    skip_bad_rows: bool = False,
    scale: int | None = None,
    progress: Progress | None = None,
) -> Dataset:
    """Read a data set from a folder in any of the LAYOUTS.

    Args:
        folder: folder with the files.
        details: file with more details of the movies, see `with_details`.
        train_on_details: whether models may be trained on these details.
        skip_bad_rows: whether to skip invalid rows and count them in `skipped_rows`, instead of raising an error. A
            missing column, a wrong encoding and a file without a valid row are always errors.
        scale: the rating that means five stars in own tables, 5 or 10; None for 5.
        progress: called with the file that is being read, such as "ratings", and the share of it that is read, 0..1.

    Raises:
        DataError: the layout is unknown, a file cannot be read, or a row is invalid and `skip_bad_rows` is False.
    """
    dataset = _read_folder(folder, skip_bad_rows, scale, progress or (lambda _stage, _share: None)).dataset
    if details is not None:
        dataset = with_details(
            dataset, details, may_train=train_on_details, skip_bad_rows=skip_bad_rows, progress=progress
        )
    return dataset


def read_datasets(
    folders: Sequence[Path],
    *,
    details: Path | None = None,
    train_on_details: bool = False,
    skip_bad_rows: bool = False,
    scale: int | None = None,
    progress: Progress | None = None,
    show_note: Callable[[str], None] = lambda _: None,
) -> Dataset:
    """Read data sets from folders in any of the LAYOUTS, and join them as `recsys.data.join` describes.

    Args:
        folders: at least one folder, the most important one first.
        details: file with more details of the movies of the joined set, see `with_details`.
        train_on_details: as in `read_dataset`.
        skip_bad_rows: as in `read_dataset`.
        scale: as in `read_dataset`. It does not concern the other layouts.
        progress: as in `read_dataset`. If there are several folders, each stage begins with the folder's name.
        show_note: takes one line that says how the data sets were joined.

    Raises:
        DataError: as in `read_dataset`.
    """
    if len(folders) == 1:
        return read_dataset(
            folders[0],
            details=details,
            train_on_details=train_on_details,
            skip_bad_rows=skip_bad_rows,
            scale=scale,
            progress=progress,
        )
    report = progress or (lambda _stage, _share: None)
    if scale is not None and all(folder.is_dir() and detect_layout(folder) for folder in folders):
        raise _no_scale(folders[0])
    for folder, count in Counter(folder.resolve() for folder in folders).items():
        if count > 1:
            # All people would be in the data set twice, once among those that test the models.
            raise DataError(str(folder), None, None, f"{count} times", "each data set once")
    dataset, counts = join_datasets([_read_part(folder, skip_bad_rows, scale, report) for folder in folders])
    show_note(f"{dataset.name}: {counts}")
    if details is not None:
        dataset = with_details(
            dataset, details, may_train=train_on_details, skip_bad_rows=skip_bad_rows, progress=progress
        )
    return dataset


def _advice(folder: Path) -> str:
    """Return what to do about a folder with an unknown layout."""
    for name, advice in _OTHER_SETS.items():
        if (folder / name).is_file():
            return advice
    inner = [path for path in folder.iterdir() if path.is_dir()]
    if len(inner) == 1 and detect_layout(inner[0]) is not None:
        return f"the files of a data set: give the folder {inner[0]}"
    return "one of these layouts: " + "; ".join(LAYOUTS)


def _no_scale(folder: Path) -> DataError:
    return DataError(str(folder), None, None, "MovieLens", "own tables, because --scale is for nothing else")


def _read_part(folder: Path, skip_bad_rows: bool, scale: int | None, progress: Progress) -> Part:
    """Read one of several folders, whose name precedes each stage and each file in an error."""
    name = folder.resolve().name
    try:
        own_scale = None if folder.is_dir() and detect_layout(folder) else scale
        return _read_folder(folder, skip_bad_rows, own_scale, lambda stage, share: progress(f"{name} {stage}", share))
    except DataError as error:
        file = error.file if error.file == str(folder) else f"{name}/{error.file}"
        raise DataError(file, error.line, error.column, error.value, error.expected) from None


def _read_folder(folder: Path, skip_bad_rows: bool, scale: int | None, progress: Progress) -> Part:
    bad_rows = BadRows(skip=skip_bad_rows)
    if not folder.is_dir():
        is_zip = folder.suffix.casefold() == ".zip" and folder.is_file()
        expected = "a folder: unpack the file, and give the folder" if is_zip else "a folder with a data set"
        raise DataError(str(folder), None, None, folder.name if is_zip else None, expected)
    layout = detect_layout(folder)
    if layout is None:
        dataset = read_custom_tables(folder, bad_rows, progress, scale or 5)
    elif scale is not None:
        raise _no_scale(folder)
    else:
        dataset = read_movielens(folder, layout, bad_rows, progress)
    if dataset is None:
        file_names = ", ".join(sorted(path.name for path in folder.iterdir()))
        raise DataError(str(folder), None, None, file_names, _advice(folder))
    return Part(dataset, layout is not None and layout.has_movielens_ids)
