"""Why a file cannot be read as a history."""

from enum import StrEnum


class Problem(StrEnum):
    """The reasons why a file is refused. Each has one sentence in the languages of the bot.

    Attributes:
        TOO_LARGE: the file has more than MAX_BYTES bytes.
        EMPTY: the file has no bytes, or only white space.
        DAMAGED: the archive or the table is cut off or damaged.
        PASSWORD: the archive is protected by a password.
        TOO_MANY_FILES: the archive has too many files.
        TOO_BIG_UNPACKED: the files of the archive are too large, or compressed far more than tables of films are.
        NESTED: the archive holds another archive.
        OUTSIDE: a name in the archive leads out of its folder.
        SPREADSHEET: the file is a workbook of a spreadsheet program.
        WEB_PAGE: the file is an HTML page.
        BINARY: the file is neither a table nor an archive.
        UNKNOWN_LAYOUT: no reader knows the columns.
        NO_ROWS: the table has a header and no rows.
        TOO_MANY_ROWS: the file has more than MAX_ROWS rows.
        SEVERAL_PEOPLE: the ratings are of several people.
        TOO_SLOW: reading took longer than the deadline, or more memory than is allowed.
    """

    TOO_LARGE = "too large"
    EMPTY = "empty"
    DAMAGED = "damaged"
    PASSWORD = "password"  # noqa: S105 - a reason, and no password
    TOO_MANY_FILES = "too many files"
    TOO_BIG_UNPACKED = "too big unpacked"
    NESTED = "nested"
    OUTSIDE = "outside"
    SPREADSHEET = "spreadsheet"
    WEB_PAGE = "web page"
    BINARY = "binary"
    UNKNOWN_LAYOUT = "unknown layout"
    NO_ROWS = "no rows"
    TOO_MANY_ROWS = "too many rows"
    SEVERAL_PEOPLE = "several people"
    TOO_SLOW = "too slow"


class UnreadableHistory(Exception):
    """A file cannot be read as a history.

    Attributes:
        problem: the reason.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.value)
        self.problem = problem
