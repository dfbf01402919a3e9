"""The error of every reader in this package."""

MAX_SHOWN_CHARACTERS = 80
"""An error message shows at most this many characters of an invalid value."""


class DataError(Exception):
    """A file or a folder is invalid.

    `str(error)` is one line, such as
    "ratings.dat, line 17, column rating: found '7', expected a number from 1 to 5".

    Attributes:
        file: name of the file, or the folder if the error concerns a folder.
        line: physical line, 1-based, counting the header. In Parquet, the row, 1-based. None for the file as such.
        column: name of the column. None for a row or a file as such.
        value: the invalid value. None if there is no value.
        expected: description of a valid value.
    """

    def __init__(self, file: str, line: int | None, column: str | None, value: str | None, expected: str) -> None:
        super().__init__(file, line, column, value, expected)
        self.file = file
        self.line = line
        self.column = column
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        location = self.file
        if self.line is not None:
            location += f", {'row' if self.file.endswith('.parquet') else 'line'} {self.line}"
        if self.column is not None:
            location += f", column {self.column}"
        return f"{location}: found {_shown(self.value)}, expected {self.expected}"


def first_line(error: Exception) -> str:
    """Return the first line of an error's message, or the error's type if there is no message."""
    return next(iter(str(error).splitlines()), type(error).__name__)


def _shown(value: str | None) -> str:
    if not value:
        return "nothing"
    return repr(value if len(value) <= MAX_SHOWN_CHARACTERS else value[: MAX_SHOWN_CHARACTERS - 1] + "…")
