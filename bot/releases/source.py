"""Where a data set comes from: a folder, a download, or the starter set."""

from dataclasses import dataclass
from pathlib import Path

from bot.errors import BadInput
from bot.reporting import ShowNote, ShowProgress
from bot.settings import Settings
from recsys.data import Dataset, snapshot
from recsys.data.download import MOVIELENS_NOTICE, DownloadError, download_movielens_1m
from recsys.data.read import read_dataset
from recsys.data.starter import starter_dataset


@dataclass(frozen=True, slots=True)
class Source:
    """The command line's choice of a data set.

    Attributes:
        data: a folder with MovieLens or own tables.
        starter: whether to use the starter set that ships with the project.
        details: a file with more details of the movies in `data`, such as plots.
        skip_bad_rows: skip and count bad rows instead of stopping at the first.

    Raises:
        BadInput: two data sets are given, or options for reading files together with the starter set.
    """

    data: Path | None = None
    starter: bool = False
    details: Path | None = None
    skip_bad_rows: bool = False

    def __post_init__(self) -> None:
        if self.starter and self.data is not None:
            raise BadInput("--starter and --data name two data sets: give one of them")
        if self.starter and (self.details is not None or self.skip_bad_rows):
            raise BadInput("--details and --skip-bad-rows say how to read files: they do not go with --starter")

    @property
    def is_default(self) -> bool:
        """Whether no option is given."""
        return self == Source()


def read_source(source: Source, settings: Settings, progress: ShowProgress, show_note: ShowNote) -> Dataset:
    """Read the chosen data set. Without a choice, download MovieLens 1M; if that fails, use the starter set.

    Raises:
        DataError: the files are not a valid data set.
    """
    if source.starter:
        return starter_dataset()
    folder = source.data
    if folder is None:
        try:
            folder = download_movielens_1m(settings.downloads_folder, progress)
        except DownloadError as error:
            show_note(f"{error}; using the starter set instead (--data DIR takes a data set of your own)")
            return starter_dataset()
        show_note(MOVIELENS_NOTICE)
    return read_dataset(folder, details=source.details, skip_bad_rows=source.skip_bad_rows, progress=progress)


def read_or_load(source: Source, settings: Settings, progress: ShowProgress, show_note: ShowNote) -> Dataset:
    """Read the chosen data set. Without a choice, load the one that was imported last.

    Raises:
        BadInput: there are options for reading files, but no files.
        DataError: the files are not a valid data set.
        NotFound: no data set was imported yet.
    """
    if source.data is None and (source.details is not None or source.skip_bad_rows):
        raise BadInput("--details and --skip-bad-rows say how to read files: they need --data")
    if source.starter or source.data is not None:
        return read_source(source, settings, progress, show_note)
    return snapshot.load(settings.snapshot_folder)
