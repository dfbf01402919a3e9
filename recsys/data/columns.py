"""Parsers that turn text or Parquet cells into typed arrays and flag every invalid cell, without a loop over rows."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import DTypeLike, NDArray

from recsys.data.cells import (
    ABSENT_TITLES,
    is_list,
    is_text,
    names_in,
    numbers,
    objects,
    plain,
    read_names,
    strings,
)
from recsys.data.errors import DataError, first_line
from recsys.data.rows import BadRows, Batch, FileProgress, TextFormat, read_rows
from recsys.data.titles import MAX_YEAR, MIN_YEAR, split_title
from recsys.profile import MAX_RATING, MIN_RATING

Parser = Callable[[Any], tuple[NDArray[Any], NDArray[np.bool_]]]
"""A parser takes a pyarrow array of n cells and returns (n,) values and (n,) flags, True for an invalid cell."""

MAX_ID = 2**53 - 1
"""The largest valid id. Ids are parsed as float64, which represents integers exactly up to this value."""
MAX_TIME = 253_402_300_799
"""The largest valid time: the end of the year 9999, in seconds since the epoch. It rejects times in milliseconds."""
MAX_MINUTES = 10_000
"""The largest valid running time. The longest films that were shown run for some days."""

TIME = "whole seconds since 1970, or a time such as 2013-05-01T12:00:00"
"""The expected value of a column with times, for error messages."""
POSITIVE_INTEGER = "a positive whole number"
"""The expected value of an id column, for error messages."""
TITLE = f"a title (a year in it must be from {MIN_YEAR} to {MAX_YEAR})"
"""The expected value of a title column, for error messages."""
IMDB_ID = "an id such as tt0114709"
"""The expected value of a column with ids at IMDb, for error messages."""

_COMMA = re.compile(r", (?!(?:Jr|Sr)\.?(?:,|$))")
_GENRE_END = re.compile(r"[|,;]")
_NO_GENRES = "(no genres listed)"
_NOT_RATED = ("not rated", "unrated", "nr", "ur")
_YEAR = re.compile(
    r"(\d{4})(?:\.0+|(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01]))?"
    r"(?:[-\N{EN DASH}\N{EM DASH}/. T][\d\s./:TZ+\N{EN DASH}\N{EM DASH}-]*)?"
    r"|(?:\d{1,2}|[^\W\d]{3,9})[-/. ]+(?:\d{1,2}|[^\W\d]{3,9})[-/., ]+(\d{4})(?:[ T][\d:.Z+-]*)?"
)
"""A year, a range of years, or a date that begins or ends with its year, in digits or with the name of the month."""
_IMDB_ID = re.compile(r"(?:tt)?0*([1-9][0-9]{0,11})(?:\.0)?", re.IGNORECASE)


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
        return column.parse(plain(cells))
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
        values, empty = numbers(cells)
        with np.errstate(invalid="ignore"):
            valid = (values == np.floor(values)) & (values >= low) & (values <= high)
        whole = np.where(valid, values, 0 if missing is None else missing).astype(dtype)
        return whole, ~valid if missing is None else ~(valid | empty)

    return parse


def stars(low: float, high: float, scale: float = MAX_RATING) -> Parser:
    """Return a parser of float32 stars, 1..5.

    Args:
        low: the lowest valid number.
        high: the highest valid number.
        scale: the number that means 5 stars. Numbers that mean less than one star are read as one star.
    """

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        values, _ = numbers(cells, decimal_comma=True)
        valid = (values >= low) & (values <= high)
        in_stars = np.where(valid, values, scale) * (MAX_RATING / scale)
        return np.maximum(in_stars, MIN_RATING).astype(np.float32), ~valid

    return parse


def times(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse int64 seconds since the epoch, -1 for an empty cell.

    Dates and times in the notation of ISO 8601, and those of Parquet, are converted. Without a zone they are in UTC.
    """
    if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
        cells = pc.cast(pc.cast(cells, pa.timestamp("s"), safe=False), pa.int64())
    seconds, bad = integers(0, MAX_TIME, missing=-1)(cells)
    if not bad.any() or not is_text(cells):
        return seconds, bad
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    try:
        parsed = pc.cast(pc.cast(cells, pa.timestamp("s")), pa.int64())
    except pa.ArrowInvalid:
        texts = [text if is_bad else None for text, is_bad in zip(strings(cells), bad, strict=True)]
        parsed = pa.array([None if text is None else _seconds(text) for text in texts], pa.int64())
    from_text, no_time = integers(0, MAX_TIME, missing=-1)(parsed)
    return np.where(bad, from_text, seconds), bad & (no_time | (from_text < 0))


def _seconds(text: str) -> int | None:
    """Return the time of a text in the notation of ISO 8601, None for any other text."""
    try:
        moment = datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        return None
    if "-" not in text:  # Many digits are more likely a number of milliseconds.
        return None
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def years(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse int64 years of release, 0 for an empty cell.

    A range such as "2013-2023" gives its first year, and a date the year that it is in.
    """
    if pa.types.is_timestamp(cells.type) or pa.types.is_date(cells.type):
        cells = pc.year(cells)
    parse = integers(MIN_YEAR, MAX_YEAR, missing=0)
    if not is_text(cells):
        return parse(cells)
    texts = strings(cells)
    matches = [None if text is None else _YEAR.fullmatch(text) for text in texts]
    found = [None if match is None else int(match[1] or match[2]) for match in matches]
    parsed, bad = parse(pa.array(found, pa.int64()))
    return parsed, bad | np.array([text is not None and year is None for text, year in zip(texts, found, strict=True)])


def positions(ids: NDArray[np.int64], parse_ids: Parser | None = None) -> Parser:
    """Return a parser of ids that gives their int32 positions in `ids`, ascending. An id not in `ids` is invalid.

    Args:
        ids: (n,) the valid ids.
        parse_ids: the parser of the ids; None for numbers.
    """

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        found = numbers(cells)[0] if parse_ids is None else parse_ids(cells)[0]
        places = np.minimum(np.searchsorted(ids, found), len(ids) - 1).astype(np.int32)
        return places, ids[places] != found

    return parse


def codes(words: Mapping[str, int], *, missing: int | None = None) -> Parser:
    """Return a parser of words, in upper or lower case, that gives their int8 codes.

    An empty cell becomes `missing`. If `missing` is None, an empty cell is invalid.

    Args:
        words: case-folded word -> code.
        missing: the code of an empty cell.
    """

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        keys = ["" if cell is None else cell.casefold().removesuffix(".0") for cell in strings(cells)]
        code_of = dict(words) if missing is None else {**words, "": missing}
        bad = np.array([key not in code_of for key in keys], bool)
        return np.array([code_of.get(key, -1) for key in keys], np.int8), bad

    return parse


def texts(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse strings, stripped of surrounding whitespace, None for an empty cell."""
    values = strings(cells)
    return objects(values), np.zeros(len(values), bool)


def urls(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse http and https URLs, None for an empty cell."""
    values = strings(cells)
    bad = [text is not None and not text.startswith(("http://", "https://")) for text in values]
    return objects(values), np.array(bad, bool)


def certificates(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse age ratings, None for an empty cell and for a movie that was not rated."""
    values = [None if text is None or text.casefold() in _NOT_RATED else text for text in strings(cells)]
    return objects(values), np.zeros(len(values), bool)


def optional_integers(low: int, high: int) -> Parser:
    """Return a parser of whole numbers from low to high, None for an empty cell."""
    parse_integers = integers(low, high, missing=low - 1)

    def parse(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        values, bad = parse_integers(cells)
        return objects([None if value < low else value for value in values.tolist()]), bad

    return parse


def imdb_ids(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse ids such as "tt0114709", also without "tt" as in MovieLens, None for an empty cell."""
    values = strings(cells)
    matches = [None if text is None else _IMDB_ID.fullmatch(text) for text in values]
    bad = [text is not None and match is None for text, match in zip(values, matches, strict=True)]
    return objects([None if match is None else f"tt{match[1].zfill(7)}" for match in matches]), np.array(bad, bool)


def titles(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse titles into (title, year or None). An empty title and a year out of range are invalid."""
    split = [split_title(text or "") for text in strings(cells, ABSENT_TITLES)]
    bad = [not title or (year is not None and not MIN_YEAR <= year <= MAX_YEAR) for title, year in split]
    return objects(split), np.array(bad, bool)


def names(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse tuples of distinct names: from lists, or from text split at "|", or at ", " if it has no "|".

    A list may be one of Parquet, or a text in the notation of JSON, Python, NumPy or PostgreSQL. Its items are names,
    or objects with a name as TMDB has them.
    """
    return _parse_names(cells, _split_names)


def genres(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse genres like `names`, but text is split at every "|", "," and ";"."""
    return _parse_names(cells, _GENRE_END.split)


def required_names(cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Parse names like `names`, but an empty cell is invalid: MovieLens writes "(no genres listed)" for no genres."""
    found, bad = names(cells)
    return found, bad | np.array([text is None for text in strings(cells)], bool)


def _parse_names(cells: Any, split: Callable[[str], list[str]]) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    if is_list(cells.type):
        rows = [names_in(row or []) for row in cells.to_pylist()]
    else:
        rows = [read_names(text or "", split) for text in strings(cells)]
    tidy = [
        tuple(dict.fromkeys(name.strip() for name in row or () if name.strip() not in ("", _NO_GENRES))) for row in rows
    ]
    return objects(tidy), np.array([row is None for row in rows], bool)


def _split_names(text: str) -> list[str]:
    return text.split("|") if "|" in text else _COMMA.split(text)
