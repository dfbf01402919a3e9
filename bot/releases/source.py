"""Where a data set comes from: a folder, a download, or the starter set."""

from dataclasses import dataclass
from pathlib import Path

from bot.errors import BadInput
from bot.reporting import ShowNote, ShowProgress
from bot.settings import Settings
from recsys.data import Dataset, snapshot
from recsys.data.download import RELEASES, DownloadError, MovieLensRelease, download_movielens, find_release
from recsys.data.read import read_dataset
from recsys.data.starter import starter_dataset


@dataclass(frozen=True, slots=True)
class Source:
    """The command line's choice of a data set.

    Attributes:
        data: a folder with MovieLens or own tables.
        download: the name of a MovieLens release to download.
        starter: whether to use the starter set that ships with the project.
        details: a file with more details of the movies in `data`, such as plots.
        skip_bad_rows: skip and count bad rows instead of stopping at the first.

    Raises:
        BadInput: two data sets are given, a release is unknown, or options for reading files are given together with
            the starter set.
    """

    data: Path | None = None
    download: str | None = None
    starter: bool = False
    details: Path | None = None
    skip_bad_rows: bool = False

    def __post_init__(self) -> None:
        if self.starter and self.has_files:
            raise BadInput("--starter and --data or --download name two data sets: give one of them")
        if self.data is not None and self.download is not None:
            raise BadInput("--data and --download name two data sets: give one of them")
        if self.starter and (self.details is not None or self.skip_bad_rows):
            raise BadInput("--details and --skip-bad-rows say how to read files: they do not go with --starter")
        if self.download is not None:
            release_named(self.download)

    @property
    def is_default(self) -> bool:
        """Whether no option is given."""
        return self == Source()

    @property
    def has_files(self) -> bool:
        """Whether files are given, by a folder or by the name of a release."""
        return self.data is not None or self.download is not None


def release_named(name: str) -> MovieLensRelease:
    """Return the MovieLens release with a name.

    Raises:
        BadInput: there is no such release; the message lists all of them.
    """
    release = find_release(name)
    if release is None:
        raise BadInput(f"--download {name}: expected one of {', '.join(RELEASES)}")
    return release


def read_source(source: Source, settings: Settings, progress: ShowProgress, show_note: ShowNote) -> Dataset:
    """Read the chosen data set. Without a choice, download MovieLens 1M; if that fails, use the starter set.

    Raises:
        DataError: the files are not a valid data set.
        DownloadError: the chosen release could not be downloaded.
    """
    if source.starter:
        return starter_dataset()
    folder = source.data
    if folder is None:
        release = release_named(source.download or "ml-1m")
        try:
            folder = download_movielens(release, settings.downloads_folder, progress)
        except DownloadError as error:
            if source.download is not None:
                raise
            show_note(f"{error}; using the starter set instead (--data DIR takes a data set of your own)")
            return starter_dataset()
        show_note(release.notice)
    return read_dataset(folder, details=source.details, skip_bad_rows=source.skip_bad_rows, progress=progress)


def read_or_load(source: Source, settings: Settings, progress: ShowProgress, show_note: ShowNote) -> Dataset:
    """Read the chosen data set. Without a choice, load the one that was imported last.

    Raises:
        BadInput: there are options for reading files, but no files.
        DataError: the files are not a valid data set.
        DownloadError: the chosen release could not be downloaded.
        NotFound: no data set was imported yet.
    """
    if not source.has_files and (source.details is not None or source.skip_bad_rows):
        raise BadInput("--details and --skip-bad-rows say how to read files: they need --data or --download")
    if source.starter or source.has_files:
        return read_source(source, settings, progress, show_note)
    return snapshot.load(settings.snapshot_folder)
