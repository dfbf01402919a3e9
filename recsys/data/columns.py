"""Parsers that turn text or Parquet cells into typed arrays and flag every invalid cell, without a loop over rows."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import DTypeLike, NDArray

from recsys.data.errors import DataError, first_line
from recsys.data.rows import BadRows, Batch, FileProgress, TextFormat, read_rows
from recsys.data.titles import MAX_YEAR, MIN_YEAR, split_title

Parser = Callable[[Any], tuple[NDArray[Any], NDArray[np.bool_]]]
"""A parser takes a pyarrow array of n cells and returns (n,) values and (n,) flags, True for an invalid cell."""

MAX_ID = 2**53 - 1
"""The largest valid id. Ids are parsed as float64, which represents integers exactly up to this value."""
MAX_TIME = 253_402_300_799
"""The largest valid time: the end of the year 9999, in seconds since the epoch. It rejects times in milliseconds."""
MAX_MINUTES = 10_000
"""The largest valid running time. The longest films that were shown run for some days."""

POSITIVE_INTEGER = "a positive whole number"
"""The expected value of an id column, for error messages."""
TITLE = f"a title (a year in it must be from {MIN_YEAR} to {MAX_YEAR})"
"""The expected value of a title column, for error messages."""
IMDB_ID = "an id such as tt0114709"
"""The expected value of a column with ids at IMDb, for error messages."""

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_COMMA = re.compile(r", (?!(?:Jr|Sr)\.?(?:,|$))")
_ABSENT = ("", "N/A")
_NO_GENRES = "(no genres listed)"
_NOT_RATED = ("not rated", "unrated", "nr", "ur")
_IMDB_ID = re.compile(r"(?:tt)?([0-9]{1,12})(?:\.0)?")


@dataclass(frozen=True, slots=True)
class Column:
    """A column to read.

    Attributes:
        name: the column's name in the file.
        expected: description of a valid cell, for error messages.
        parse: the parser of its cells.
    """

    name: str
    expected: str
    parse: Parser


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The valid rows of a file.

    Attributes:
        file: the file's name.
        lines: (n,) int32, the line of each row in the file.
        values: column name -> (n,) values.
    """

    file: str
    lines: NDArray[np.int32]
    values: dict[str, NDArray[Any]]

    def filter(self, mask: NDArray[np.bool_]) -> "Table":
        """Return the rows for which the mask, (n,), is True."""
        return Table(self.file, self.lines[mask], {name: column[mask] for name, column in self.values.items()})


def read_table(
    path: Path,
    columns: Sequence[Column],
    text_format: TextFormat,
    bad_rows: BadRows,
    progress: FileProgress,
    *,
    may_be_empty: bool = False,
) -> Table:
    """Read and validate columns of a file.

    Raises:
        DataError: the file has no valid row although it may not be empty, or a wrong encoding, or a row is invalid and
            `bad_rows` does not skip.
    """
    lines: list[NDArray[np.int32]] = []
    parts: dict[str, list[NDArray[Any]]] = {column.name: [] for column in columns}
    for batch in read_rows(path, [column.name for column in columns], text_format, bad_rows, progress):
        parsed = {column.name: _parse(path.name, column, batch.columns[column.name]) for column in columns}
        any_bad = np.logical_or.reduce([bad for _, bad in parsed.values()])
        valid = slice(None) if not any_bad.any() else ~any_bad
        for row in np.flatnonzero(any_bad).tolist():
            bad_column = next(column for column in columns if parsed[column.name][1][row])
            bad_rows.add(_cell_error(path.name, batch, bad_column, row))
        lines.append(batch.lines[valid])
        for name, (values, _) in parsed.items():
            parts[name].append(values[valid])
    if not sum(len(part) for part in lines):
        if not may_be_empty:
            raise DataError(path.name, None, None, None, "at least one valid row")
        nothing = pa.array([], pa.string())
        lines.append(np.zeros(0, np.int32))
        parts = {column.name: [column.parse(nothing)[0]] for column in columns}
    return Table(path.name, np.concatenate(lines), {name: np.concatenate(parts.pop(name)) for name in list(parts)})


def _parse(file: str, column: Column, cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse the cells of a column.

    Raises:
        DataError: the parser does not support the type of the cells, or they are damaged. Only Parquet has such cells.
    """
    try:
        return column.parse(cells)
    except (pa.ArrowException, ValueError, OverflowError) as error:
        raise DataError(file, None, column.name, f"{cells.type}: {first_line(error)}", column.expected) from None


def _cell_error(file: str, batch: Batch, column: Column, row: int) -> DataError:
    cells = batch.columns[column.name]
    try:
        cell = cells[row].as_py()
    except (ValueError, OverflowError):
        cell = f"a {cells.type} that is out of range"
    return DataError(file, int(batch.lines[row]), column.name, None if cell is None else str(cell), column.expected)


def drop_duplicates(
    table: Table, keys: NDArray[Any], duplicate_error: Callable[[int], DataError], bad_rows: BadRows
) -> Table:
    """Return the rows of a table without those that repeat the key of an earlier row.

    Args:
        table: n rows.
        keys: (n,) the key of each row.
        duplicate_error: returns the error for the row at a position.
        bad_rows: receives an error for every repeated key.
    """
    sorted_keys = np.sort(keys)
    if not (sorted_keys[1:] == sorted_keys[:-1]).any():
        return table
    order = np.argsort(keys, kind="stable")
    duplicates = np.sort(order[1:][keys[order[1:]] == keys[order[:-1]]])
    for row in duplicates.tolist():
        bad_rows.add(duplicate_error(row))
    is_first = np.ones(len(keys), bool)
    is_first[duplicates] = False
    return table.filter(is_first)


def integers(low: int, high: int, dtype: DTypeLike = np.int64, *, missing: int | None = None) -> Parser:
    """Return a parser of whole numbers from low to high.

    An empty cell becomes `missing`. If `missing` is None, an empty cell is invalid.
    """

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        numbers, empty = _numbers(cells)
        with np.errstate(invalid="ignore"):
            valid = (numbers == np.floor(numbers)) & (numbers >= low) & (numbers <= high)
        values = np.where(valid, numbers, 0 if missing is None else missing).astype(dtype)
        return values, ~valid if missing is None else ~(valid | empty)

    return parse


def stars(low: float, high: float) -> Parser:
    """Return a parser of float32 numbers from low to high. Numbers below 1 are clipped to 1."""

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        numbers, _ = _numbers(cells)
        valid = (numbers >= low) & (numbers <= high)
        return np.maximum(np.where(valid, numbers, 1.0), 1.0).astype(np.float32), ~valid

    return parse


def times(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse int64 seconds since the epoch, -1 for an empty cell. Parquet timestamps and dates are converted."""
    if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
        cells = pc.cast(pc.cast(cells, pa.timestamp("s"), safe=False), pa.int64())
    return integers(0, MAX_TIME, missing=-1)(cells)


def positions(ids: NDArray[np.int64]) -> Parser:
    """Return a parser of ids that gives their int32 positions in `ids`, ascending. An id not in `ids` is invalid."""

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        numbers, _ = _numbers(cells)
        places = np.minimum(np.searchsorted(ids, numbers), len(ids) - 1).astype(np.int32)
        return places, ids[places] != numbers

    return parse


def codes(words: Mapping[str, int], *, missing: int | None = None) -> Parser:
    """Return a parser of words, in upper or lower case, that gives their int8 codes.

    An empty cell becomes `missing`. If `missing` is None, an empty cell is invalid.

    Args:
        words: case-folded word -> code.
        missing: the code of an empty cell.
    """

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        keys = ["" if cell is None else cell.casefold().removesuffix(".0") for cell in _strings(cells)]
        code_of = dict(words) if missing is None else {**words, "": missing}
        bad = np.array([key not in code_of for key in keys], bool)
        return np.array([code_of.get(key, -1) for key in keys], np.int8), bad

    return parse


def texts(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse strings, stripped of surrounding whitespace, None for an empty cell."""
    strings = _strings(cells)
    return _objects(strings), np.zeros(len(strings), bool)


def urls(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse http and https URLs, None for an empty cell."""
    strings = _strings(cells)
    bad = [text is not None and not text.startswith(("http://", "https://")) for text in strings]
    return _objects(strings), np.array(bad, bool)


def certificates(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse age ratings, None for an empty cell and for a movie that was not rated."""
    strings = [None if text is None or text.casefold() in _NOT_RATED else text for text in _strings(cells)]
    return _objects(strings), np.zeros(len(strings), bool)


def optional_integers(low: int, high: int) -> Parser:
    """Return a parser of whole numbers from low to high, None for an empty cell."""
    parse_integers = integers(low, high, missing=low - 1)

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        values, bad = parse_integers(cells)
        return _objects([None if value < low else value for value in values.tolist()]), bad

    return parse


def imdb_ids(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse ids such as "tt0114709", also without "tt" as in MovieLens, None for an empty cell."""
    strings = _strings(cells)
    matches = [None if text is None else _IMDB_ID.fullmatch(text) for text in strings]
    bad = [text is not None and match is None for text, match in zip(strings, matches, strict=True)]
    return _objects([None if match is None else f"tt{match[1].zfill(7)}" for match in matches]), np.array(bad, bool)


def titles(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse titles into (title, year or None). An empty title and a year out of range are invalid."""
    split = [split_title(text or "") for text in _strings(cells)]
    bad = [not title or (year is not None and not MIN_YEAR <= year <= MAX_YEAR) for title, year in split]
    return _objects(split), np.array(bad, bool)


def names(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse tuples of distinct names, from Parquet lists or from text split at "|", or at ", " if it has no "|"."""
    if pa.types.is_list(cells.type) or pa.types.is_large_list(cells.type):
        check_flat(cells.type.value_type)
        rows = [[str(name) for name in row or () if name is not None] for row in cells.to_pylist()]
    else:
        rows = [_split_names(text or "") for text in _strings(cells)]
    tidy = [tuple(dict.fromkeys(name.strip() for name in row if name.strip() not in ("", _NO_GENRES))) for row in rows]
    return _objects(tidy), np.zeros(len(tidy), bool)


def required_names(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse names like `names`, but an empty cell is invalid: MovieLens writes "(no genres listed)" for no genres."""
    return names(cells)[0], np.array([text is None for text in _strings(cells)], bool)


def _split_names(text: str) -> list[str]:
    return text.split("|") if "|" in text else _COMMA.split(text)


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    return np.fromiter(values, object, len(values))


def _strings(cells: Any) -> list[str | None]:
    """Return cells as stripped text, None for an empty cell."""
    check_flat(cells.type)
    cells = ["" if empty else str(cell).strip() for cell, empty in zip(cells.to_pylist(), _nulls(cells), strict=True)]
    return [None if cell in _ABSENT else cell for cell in cells]


def check_flat(cell_type: Any) -> None:
    """Raise an ArrowTypeError if a cell of this type holds several values, as a list or a struct does."""
    if pa.types.is_nested(cell_type):
        raise pa.ArrowTypeError("several values in one cell")


def _nulls(cells: Any) -> NDArray[np.bool_]:
    """Return (n,) flags of the nulls and the NaN values. pandas writes a missing number as NaN."""
    null = pc.is_null(cells, nan_is_null=pa.types.is_floating(cells.type))
    return np.asarray(null.to_numpy(zero_copy_only=False), bool)


def _numbers(cells: Any) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (n,) float64 numbers, NaN for a cell that is not a number, and (n,) flags of the empty cells."""
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if pa.types.is_string(cells.type) or pa.types.is_large_string(cells.type):
        try:
            numbers = pc.cast(cells, pa.float64())
        except pa.ArrowInvalid:
            cells = pc.utf8_trim_whitespace(cells)
            cells = pc.if_else(pc.is_in(cells, pa.array(_ABSENT)), None, cells)
            numbers = pc.cast(pc.if_else(pc.match_substring_regex(cells, _NUMBER), cells, None), pa.float64())
    elif pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type) or pa.types.is_decimal(cells.type):
        numbers = pc.cast(cells, pa.float64(), safe=False)
    else:
        numbers = pa.nulls(len(cells), pa.float64())
    values = np.asarray(numbers.to_numpy(zero_copy_only=False), np.float64)
    return np.where(np.isfinite(values), values, np.nan), _nulls(cells)
