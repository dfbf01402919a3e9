"""Where a data set comes from: a folder, a download, or the starter set."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.errors import BadInput
from bot.reporting import ShowNote, ShowProgress
from bot.settings import Settings
from recsys.data import Dataset, snapshot
from recsys.data.custom_tables import SCALES
from recsys.data.download import RELEASES, DownloadError, MovieLensRelease, download_movielens, find_release
from recsys.data.read import read_datasets
from recsys.data.starter import starter_dataset

FILE_OPTIONS = "--details, --skip-bad-rows and --scale"
"""The options for reading files, as error messages list them."""
DEFAULT_RELEASE = "ml-1m"
"""The release that is used without a choice. All published figures are about it."""


@dataclass(frozen=True, slots=True)
class Source:
    """The command line's choice of data sets, which are joined if there are several.

    Attributes:
        data: folders with MovieLens or own tables.
        download: names of MovieLens releases to download. They come before the folders.
        starter: whether to use the starter set that ships with the project.
        details: a file with more details of the movies, such as plots.
        skip_bad_rows: skip and count bad rows instead of stopping at the first.
        scale: the rating that means five stars in own tables; None for 5.
        train_on_details: whether models may be trained on what the file with details says.

    Raises:
        BadInput: a data set is given together with the starter set or twice, a release or a scale is unknown, options
            for reading files are given together with the starter set, or there are no details to train on.
    """

    data: tuple[Path, ...] = ()
    download: tuple[str, ...] = ()
    starter: bool = False
    details: Path | None = None
    skip_bad_rows: bool = False
    scale: int | None = None
    train_on_details: bool = False

    def __post_init__(self) -> None:
        if self.starter and self.has_files:
            raise BadInput("--starter and --data or --download name two data sets: give one of them")
        if self.starter and self.reads_files_so:
            raise BadInput(f"{FILE_OPTIONS} say how to read files: they do not go with --starter")
        if self.train_on_details and self.details is None:
            raise BadInput("--train-on-details is about the file of --details: give it too")
        if self.scale is not None and self.scale not in SCALES:
            raise BadInput(f"--scale {self.scale}: expected {' or '.join(map(str, SCALES))}")
        names = [release_named(name).name for name in self.download] + [str(path.resolve()) for path in self.data]
        for name in names:
            if names.count(name) > 1:
                raise BadInput(f"{name} is given twice: give each data set once")

    @classmethod
    def of(
        cls,
        data: Sequence[Path] | None,
        download: Sequence[str] | None,
        starter: bool,
        details: Path | None,
        skip_bad_rows: bool = False,
        scale: int | None = None,
        train_on_details: bool = False,
    ) -> Self:
        """Return the choice for the options of a command, which are None if they are not given."""
        folders, names = tuple(data or ()), tuple(download or ())
        return cls(folders, names, starter, details, skip_bad_rows, scale, train_on_details)

    @property
    def is_default(self) -> bool:
        """Whether no option is given."""
        return self == Source()

    @property
    def reads_files_so(self) -> bool:
        """Whether any of FILE_OPTIONS is given."""
        return self.details is not None or self.skip_bad_rows or self.scale is not None

    @property
    def has_files(self) -> bool:
        """Whether files are given, by a folder or by the name of a release."""
        return bool(self.data or self.download)


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
    try:
        folders = [
            _download(name, settings, progress, show_note)
            for name in (source.download if source.has_files else (DEFAULT_RELEASE,))
        ]
    except DownloadError as error:
        if source.has_files:
            raise
        show_note(f"{error}; using the starter set instead (--data DIR takes a data set of your own)")
        return starter_dataset()
    return read_datasets(
        [*folders, *source.data],
        details=source.details,
        train_on_details=source.train_on_details,
        skip_bad_rows=source.skip_bad_rows,
        scale=source.scale,
        progress=progress,
        show_note=show_note,
    )


def _download(name: str, settings: Settings, progress: ShowProgress, show_note: ShowNote) -> Path:
    """Download a release, unless it is there already, show its licence, and return its folder."""
    release = release_named(name)

    def show_progress(stage: str, share: float) -> None:
        progress(f"{release.name} {stage}", share)

    folder = download_movielens(release, settings.downloads_folder, show_progress)
    show_note(release.notice)
    return folder


def read_or_load(source: Source, settings: Settings, progress: ShowProgress, show_note: ShowNote) -> Dataset:
    """Read the chosen data set. Without a choice, load the one that was imported last.

    Raises:
        BadInput: there are options for reading files, but no files.
        DataError: the files are not a valid data set.
        DownloadError: the chosen release could not be downloaded.
        NotFound: no data set was imported yet.
    """
    if not source.has_files and source.reads_files_so:
        raise BadInput(f"{FILE_OPTIONS} say how to read files: they need --data or --download")
    if source.starter or source.has_files:
        return read_source(source, settings, progress, show_note)
    return snapshot.load(settings.snapshot_folder)
