"""What is wrong in a file, in one line that a person can act on."""

LONGEST_VALUE = 80
"""Characters of a wrong value that are shown."""


class DataError(Exception):
    """A file that cannot be read as it stands.

    `str(error)` is one line: "ratings.dat, line 17, column rating: found '7', expected a number from 1 to 5".

    Attributes:
        file: the file's name, or the folder where the fault is that of a folder.
        line: the physical line, 1-based, a header included (in Parquet the row, 1-based); None for a whole file.
        column: the column's name; None for a whole row or file.
        value: what stands there; None for "nothing".
        expected: what should stand there.
    """

    def __init__(self, file: str, line: int | None, column: str | None, value: str | None, expected: str) -> None:
        super().__init__(file, line, column, value, expected)
        self.file = file
        self.line = line
        self.column = column
        self.value = value
        self.expected = expected

    def __str__(self) -> str:
        place = self.file
        if self.line is not None:
            place += f", {'row' if self.file.endswith('.parquet') else 'line'} {self.line}"
        if self.column is not None:
            place += f", column {self.column}"
        return f"{place}: found {_shown(self.value)}, expected {self.expected}"


def _shown(value: str | None) -> str:
    if not value:
        return "nothing"
    return repr(value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + "…")
