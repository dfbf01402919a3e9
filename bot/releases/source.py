"""Where a data set comes from: a folder, a download, or the starter set."""

from dataclasses import dataclass
from pathlib import Path

from bot.errors import BadInput


@dataclass(frozen=True, slots=True)
class Source:
    """Which data set is meant.

    Attributes:
        data: a folder with MovieLens or own tables.
        starter: the starter set that ships with the project.
        details: a file that tells more of the movies in `data`.
        skip_bad_rows: leave bad rows out instead of stopping at the first.

    Raises:
        BadInput: two data sets at once, or options that do not go with the one.
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
