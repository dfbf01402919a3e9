"""Cells of text or Parquet -> typed, checked arrays; every bad cell is found by array operations."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import DTypeLike, NDArray

from recsys.data.errors import DataError
from recsys.data.rows import Batch, Faults, Report, TextFormat, read_rows
from recsys.data.titles import MAX_YEAR, MIN_YEAR, split_title

Parse = Callable[[Any], tuple[NDArray[Any], NDArray[np.bool_]]]
"""A pyarrow array of n cells -> (n values, n flags that are True where a cell is bad)."""

MAX_ID = 2**53 - 1
"""Ids are parsed as float64, which is exact up to here."""
MAX_TIME = 253_402_300_799
"""Seconds since the epoch, the end of the year 9999: times in milliseconds are beyond it."""

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_COMMA = re.compile(r", (?!(?:Jr|Sr)\.?(?:,|$))")
_ABSENT = ("", "N/A")
_NO_GENRES = "(no genres listed)"


@dataclass(frozen=True, slots=True)
class Column:
    """One column to read: its name in the file, what a cell should be, and how it is parsed."""

    name: str
    expected: str
    parse: Parse


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """The good rows of a file.

    Attributes:
        file: its name.
        lines: (n,) int32, where each row stands in it.
        values: column name -> (n,) values.
    """

    file: str
    lines: NDArray[np.int32]
    values: dict[str, NDArray[Any]]

    def where(self, keep: NDArray[np.bool_]) -> "Table":
        """The rows with a True flag."""
        return Table(self.file, self.lines[keep], {name: column[keep] for name, column in self.values.items()})


def read_table(path: Path, columns: Sequence[Column], text: TextFormat, faults: Faults, report: Report) -> Table:
    """Read and check columns of a file.

    Raises:
        DataError: no good row, wrong encoding, or the first bad row if `faults` does not skip.
    """
    lines: list[NDArray[np.int32]] = []
    parts: dict[str, list[NDArray[Any]]] = {column.name: [] for column in columns}
    for batch in read_rows(path, [column.name for column in columns], text, faults, report):
        parsed = {column.name: column.parse(batch.columns[column.name]) for column in columns}
        any_bad = np.logical_or.reduce([bad for _, bad in parsed.values()])
        keep = slice(None) if not any_bad.any() else ~any_bad
        for row in np.flatnonzero(any_bad).tolist():
            wrong = next(column for column in columns if parsed[column.name][1][row])
            faults.row(_bad_cell(path.name, batch, wrong, row))
        lines.append(batch.lines[keep])
        for name, (values, _) in parsed.items():
            parts[name].append(values[keep])
    if not sum(len(part) for part in lines):
        raise DataError(path.name, None, None, None, "at least one good row")
    return Table(path.name, np.concatenate(lines), {name: np.concatenate(parts.pop(name)) for name in list(parts)})


def _bad_cell(file: str, batch: Batch, column: Column, row: int) -> DataError:
    cell = batch.columns[column.name][row].as_py()
    return DataError(file, int(batch.lines[row]), column.name, None if cell is None else str(cell), column.expected)


def without_repeats(table: Table, keys: NDArray[Any], fault: Callable[[int], DataError], faults: Faults) -> Table:
    """The rows whose key stands in no earlier row.

    Args:
        table: n rows.
        keys: (n,) what may occur once only.
        fault: row -> the error that says so.
        faults: told of every repeat.
    """
    ordered = np.sort(keys)
    if not (ordered[1:] == ordered[:-1]).any():
        return table
    order = np.argsort(keys, kind="stable")
    repeats = np.sort(order[1:][keys[order[1:]] == keys[order[:-1]]])
    for row in repeats.tolist():
        faults.row(fault(row))
    keep = np.ones(len(keys), bool)
    keep[repeats] = False
    return table.where(keep)


def integers(low: int, high: int, dtype: DTypeLike = np.int64, *, missing: int | None = None) -> Parse:
    """Whole numbers from low to high; an empty cell becomes `missing`, or is bad where that is None."""

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        numbers, empty = _numbers(cells)
        with np.errstate(invalid="ignore"):
            good = (numbers == np.floor(numbers)) & (numbers >= low) & (numbers <= high)
        values = np.where(good, numbers, 0 if missing is None else missing).astype(dtype)
        return values, ~good if missing is None else ~(good | empty)

    return parse


def stars(low: float, high: float) -> Parse:
    """float32 numbers from low to high; those below 1 are clipped to 1."""

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        numbers, _ = _numbers(cells)
        good = (numbers >= low) & (numbers <= high)
        return np.maximum(np.where(good, numbers, 1.0), 1.0).astype(np.float32), ~good

    return parse


def times(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """int64 seconds since the epoch, -1 for an empty cell; Parquet's own times are converted."""
    if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
        cells = pc.cast(pc.cast(cells, pa.timestamp("s"), safe=False), pa.int64())
    return integers(0, MAX_TIME, missing=-1)(cells)


def positions(ids: NDArray[np.int64]) -> Parse:
    """int32 positions of the cells' ids in `ids`, which ascend; an id that is not among them is bad."""

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        numbers, _ = _numbers(cells)
        found = np.minimum(np.searchsorted(ids, numbers), len(ids) - 1).astype(np.int32)
        return found, ids[found] != numbers

    return parse


def codes(words: Mapping[str, int], *, missing: int | None = None) -> Parse:
    """int8 codes of words, upper or lower case; an empty cell becomes `missing`, or is bad where that is None."""

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        keys = ["" if cell is None else cell.casefold().removesuffix(".0") for cell in _strings(cells)]
        known = dict(words) if missing is None else {**words, "": missing}
        bad = np.array([key not in known for key in keys], bool)
        return np.array([known.get(key, -1) for key in keys], np.int8), bad

    return parse


def texts(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Strings without blanks around them, None for an empty cell."""
    strings = _strings(cells)
    return _objects(strings), np.zeros(len(strings), bool)


def urls(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Web addresses, None for an empty cell."""
    strings = _strings(cells)
    bad = [text is not None and not text.startswith(("http://", "https://")) for text in strings]
    return _objects(strings), np.array(bad, bool)


def titles(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Titles split into (title, year or None); bad where empty or of a year that is not believed."""
    split = [split_title(text or "") for text in _strings(cells)]
    bad = [not title or (year is not None and not MIN_YEAR <= year <= MAX_YEAR) for title, year in split]
    return _objects(split), np.array(bad, bool)


def names(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Tuples of names: a Parquet list, or text split at "|", or at ", " where it has no "|"."""
    if pa.types.is_list(cells.type) or pa.types.is_large_list(cells.type):
        rows = [[str(name) for name in row or () if name is not None] for row in cells.to_pylist()]
    else:
        rows = [_split_names(text or "") for text in _strings(cells)]
    tidy = [tuple(dict.fromkeys(name.strip() for name in row if name.strip() not in ("", _NO_GENRES))) for row in rows]
    return _objects(tidy), np.zeros(len(tidy), bool)


def names_required(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """As `names`, but an empty cell is bad; MovieLens says "(no genres listed)" where it has none."""
    return names(cells)[0], np.array([text is None for text in _strings(cells)], bool)


def _split_names(text: str) -> list[str]:
    return text.split("|") if "|" in text else _COMMA.split(text)


def _objects(values: Sequence[Any]) -> NDArray[Any]:
    return np.fromiter(values, object, len(values))


def _strings(cells: Any) -> list[str | None]:
    """Cells as text; None where empty."""
    cells = ["" if empty else str(cell).strip() for cell, empty in zip(cells.to_pylist(), _nulls(cells), strict=True)]
    return [None if cell in _ABSENT else cell for cell in cells]


def _nulls(cells: Any) -> NDArray[np.bool_]:
    """(n,) flags of what Parquet calls null, and of NaN: so pandas writes a missing number."""
    null = pc.is_null(cells, nan_is_null=pa.types.is_floating(cells.type))
    return np.asarray(null.to_numpy(zero_copy_only=False), bool)


def _numbers(cells: Any) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """(n,) float64 with NaN for what is no number, and (n,) flags of the empty cells."""
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
