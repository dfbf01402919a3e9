"""CSV files: their encoding, their separator and their header."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from recsys.histories.problems import Problem, UnreadableHistory

MAX_ROWS = 50_000
"""The maximum number of rows of a file."""

HEADER_WITHIN = 10
"""The header is one of this many first lines, because some files begin with a preface."""

_SEPARATORS = ",;\t|"
_MAX_CELL = 1 << 20
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_HTML = re.compile(rb"\s*(?:<!doctype html|<html|<head|<body)", re.IGNORECASE)
_SEP_LINE = re.compile(r'"?sep=([^\w\r\n"])"?\1*(?:\r\n?|\n|$)', re.IGNORECASE)
_SIGNATURES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x1f\x8b", b"7z\xbc\xaf", b"Rar!", b"SQLite format 3")
_EXCEL = b"\xd0\xcf\x11\xe0"
_RICH_TEXT = b"{\\rtf"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with named columns.

    Attributes:
        name: of the file in its archive, or of the file itself. Several files of a source have the same header.
        columns: the names of the columns in one form (see `column_name`), with their positions.
        rows: the cells of each row that is not blank. Missing cells at the end are empty.
    """

    name: str
    columns: Mapping[str, int]
    rows: tuple[tuple[str, ...], ...]

    def cells(self, *names: str) -> list[str]:
        """Return the cells of the first of these columns that the table has; empty cells if it has none."""
        place = next((self.columns[name] for name in names if name in self.columns), None)
        return [""] * len(self.rows) if place is None else [row[place].strip() for row in self.rows]

    def has(self, *names: str) -> bool:
        """Return whether the table has all of these columns."""
        return all(name in self.columns for name in names)


def column_name(text: str) -> str:
    """Return a name of a column in one form: "Title_Type", "title type" and "TitleType" differ in no source."""
    return re.sub(r"[\W_]+", "", text.casefold())


def decoded(content: bytes) -> str:
    """Return the text of a file in UTF-8, UTF-16 or Windows-1252.

    Raises:
        UnreadableHistory: the file is no text.
    """
    if content.startswith(_EXCEL):
        raise UnreadableHistory(Problem.SPREADSHEET)
    if content.startswith((*_SIGNATURES, _RICH_TEXT)):
        raise UnreadableHistory(Problem.BINARY)
    if content.startswith(_UTF_16):
        text = content.decode("utf-16", "replace")
    else:
        zeros = content[:1_000].count(0)
        if zeros and zeros >= len(content[:1_000]) // 3 and content[1:2] == b"\0":
            text = content.decode("utf-16-le", "replace")
        elif zeros or b"\0" in content:
            raise UnreadableHistory(Problem.BINARY)
        else:
            text = _of_bytes(content)
    if not text.strip("\ufeff \r\n\t\0"):
        raise UnreadableHistory(Problem.EMPTY)
    if _HTML.match(text.lstrip("\ufeff")[:200].encode()):
        raise UnreadableHistory(Problem.WEB_PAGE)
    controls = sum(letter < " " and letter not in "\r\n\t\f" for letter in text[:10_000])
    if controls > len(text[:10_000]) // 100:
        raise UnreadableHistory(Problem.BINARY)
    return text.lstrip("\ufeff")


def read_table(text: str, name: str, headers: Sequence[Callable[[Mapping[str, int]], bool]]) -> tuple[int, Table]:
    """Read a table whose header is one of the first lines.

    Args:
        text: of the file.
        name: of the file.
        headers: whether a header has the columns of a source, for each source, in the order of preference.

    Returns:
        The position of the source in `headers`, and the table.

    Raises:
        UnreadableHistory: no line is a header, there are no rows, or there are too many.
    """
    separators = _SEPARATORS
    if (declared := _SEP_LINE.match(text)) is not None:
        separators, text = declared[1], text[declared.end() :]
    first_lines = {separator: list(islice(_lines(text, separator), HEADER_WITHIN)) for separator in separators}
    for source, is_header in enumerate(headers):
        for separator, lines in first_lines.items():
            for place, cells in enumerate(lines):
                columns = _columns(cells)
                if columns and is_header(columns):
                    rows = islice(_lines(text, separator), place + 1, None)
                    return source, Table(name, columns, _rows(rows, max(columns.values()) + 1))
    raise UnreadableHistory(Problem.UNKNOWN_LAYOUT)


def _of_bytes(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # Five bytes have no meaning in Windows-1252.
        return content.decode("cp1252", "replace")


def _lines(text: str, separator: str) -> Iterator[list[str]]:
    csv.field_size_limit(_MAX_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    start = lines = 0
    try:
        for cells in reader:
            start, lines = lines, reader.line_num
            if any(cells):
                yield cells
    except csv.Error:
        raise UnreadableHistory(Problem.DAMAGED) from None
    if lines - start > 1 and text.count('"') % 2:
        # A quote that is not closed makes one cell of all rows that follow.
        raise UnreadableHistory(Problem.DAMAGED)


def _columns(cells: list[str]) -> dict[str, int]:
    columns: dict[str, int] = {}
    for place, cell in enumerate(cells):
        if (name := column_name(cell)) and len(cell) < 100:
            columns.setdefault(name, place)
    return columns


def _rows(lines: Iterator[list[str]], width: int) -> tuple[tuple[str, ...], ...]:
    rows: list[tuple[str, ...]] = []
    for cells in lines:
        if len(rows) == MAX_ROWS:
            raise UnreadableHistory(Problem.TOO_MANY_ROWS)
        rows.append(tuple((*cells, *[""] * (width - len(cells)))[:width]))
    if not rows:
        raise UnreadableHistory(Problem.NO_ROWS)
    return tuple(rows)
