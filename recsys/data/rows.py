"""Text tables and Parquet files as batches of columns, each row with the line where it stands."""

import csv
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from recsys.data.errors import DataError

BLOCK_BYTES = 16 << 20
BATCH_ROWS = 1 << 18
_UNIT_SEPARATOR = b"\x1f"
"""Stands in for '::', since the fast parser takes a separator of one byte."""

Report = Callable[[float], None]
"""Takes the share of a file that is read, 0..1."""
Progress = Callable[[str, float], None]
"""Takes what is being done, "ratings", and the share of it that is done, 0..1."""


class Faults:
    """What happens to a bad row: the first one is raised, or all of them are left out and counted."""

    def __init__(self, *, skip: bool) -> None:
        self.skip = skip
        self.skipped = 0

    def row(self, error: DataError) -> None:
        """Raise the error, or count its row as left out."""
        if not self.skip:
            raise error
        self.skipped += 1


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Some consecutive rows.

    Attributes:
        lines: (n,) int32, 1-based lines of the file (rows in Parquet).
        columns: name -> pyarrow array of n cells; of strings where the file is text.
    """

    lines: NDArray[np.int32]
    columns: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TextFormat:
    """How rows are written.

    Attributes:
        separator: stands between two fields.
        encodings: tried in turn.
        columns: the names of the fields; None where the first line says them, as in CSV.
        quotes: whether a field may stand in double quotes and then hold separators and line ends.
    """

    separator: str
    encodings: tuple[str, ...] = ("utf-8",)
    columns: tuple[str, ...] | None = None
    quotes: bool = False


CSV = TextFormat(",", quotes=True)


def read_header(path: Path) -> tuple[str, ...]:
    """The column names of a CSV or Parquet file.

    Raises:
        DataError: the file is empty, not readable as such, or names a column twice.
    """
    if path.suffix == ".parquet":
        names = _parquet_names(path)
    else:
        with path.open("rb") as file:
            line = file.readline().removeprefix(BOM_UTF8)
        if not line.strip():
            raise DataError(path.name, 1, None, None, "a header with the names of the columns")
        header = _decode(line, CSV.encodings, path.name, 1)
        try:
            names = tuple(name.strip() for name in next(csv.reader([header], strict=True)))
        except csv.Error:
            raise DataError(path.name, 1, None, header.strip(), "a header of one line, its quotes closed") from None
    for name in names:
        if names.count(name) > 1:
            raise DataError(path.name, 1, name, name, "each column once")
    return names


def read_rows(path: Path, wanted: Sequence[str], text: TextFormat, faults: Faults, report: Report) -> Iterator[Batch]:
    """Read the wanted columns of a text or Parquet file, a bounded part of it at a time.

    Args:
        path: the file; ".parquet" is read as Parquet, all else as text.
        wanted: names of columns.
        text: how a text file is written.
        faults: told of every row that has too few or too many fields.
        report: called after each batch.

    Raises:
        DataError: a missing column, wrong encoding, not Parquet, or the first bad row if `faults` does not skip.
    """
    names = text.columns if text.columns is not None else read_header(path)
    for name in wanted:
        if name not in names:
            line = None if path.suffix == ".parquet" else 1
            raise DataError(path.name, line, name, None, "a column of this name")
    if path.suffix == ".parquet":
        yield from _parquet_rows(path, wanted, report)
        return
    size = max(1, path.stat().st_size)
    with path.open("rb") as file:
        if text.columns is None:
            file.readline()
        elif file.read(len(BOM_UTF8)) != BOM_UTF8:
            file.seek(0)
        first_line = 1 if text.columns is not None else 2
        while True:
            start = file.tell()
            block = _whole_lines(file)
            if not block:
                return
            batch = _parse_block(block, first_line, names, wanted, text, path.name)
            if batch is None:
                file.seek(start)
                yield from _slow_rows(file, first_line, names, wanted, text, faults, path.name)
                report(1.0)
                return
            first_line += len(batch.lines)
            yield batch
            report(file.tell() / size)


def _whole_lines(file: BinaryIO) -> bytes:
    block = file.read(BLOCK_BYTES)
    return block if not block or block.endswith(b"\n") else block + file.readline()


def _parse_block(
    block: bytes, first_line: int, names: Sequence[str], wanted: Sequence[str], text: TextFormat, file: str
) -> Batch | None:
    """The rows of a block where each line is one row with all its fields; None where that is not so."""
    if not block.isascii():
        block = _decode(block, text.encodings, file, first_line).encode()
    block = block.replace(b"\r\n", b"\n")
    unclean = (b"\r", b"\0", b"\n\n", b'"' if text.quotes else b"\r")
    if block.startswith(b"\n") or any(mark in block for mark in unclean):
        return None
    separator = text.separator.encode()
    if len(separator) > 1:
        if _UNIT_SEPARATOR in block:
            return None
        block, separator = block.replace(separator, _UNIT_SEPARATOR), _UNIT_SEPARATOR
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(block),
            read_options=pa_csv.ReadOptions(column_names=list(names), use_threads=False, block_size=2 * BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(delimiter=separator.decode(), quote_char=False, ignore_empty_lines=False),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: pa.string() for name in names},
                include_columns=list(wanted),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != block.count(b"\n") + (not block.endswith(b"\n")):
        return None
    lines = np.arange(first_line, first_line + table.num_rows, dtype=np.int32)
    return Batch(lines, {name: table[name].combine_chunks() for name in wanted})


def _slow_rows(
    file: BinaryIO,
    first_line: int,
    names: Sequence[str],
    wanted: Sequence[str],
    text: TextFormat,
    faults: Faults,
    name: str,
) -> Iterator[Batch]:
    """Row by row from where the file stands: for quoted fields, blank lines and bad rows."""
    places = [names.index(column) for column in wanted]
    expected = f"{len(names)} fields: {text.separator.join(names)}"
    lines: list[int] = []
    rows: list[list[str]] = []
    decoded = (_decode(line, text.encodings, name, number) for number, line in enumerate(file, first_line))
    split = _quoted(decoded, first_line, text, faults, name) if text.quotes else _unquoted(decoded, first_line, text)
    for line, row in split:
        if not row or row == [""]:
            continue
        if len(row) != len(names):
            missing = names[len(row)] if len(row) < len(names) else None
            faults.row(DataError(name, line, missing, text.separator.join(row), expected))
            continue
        lines.append(line)
        rows.append([row[place] for place in places])
        if len(rows) == BATCH_ROWS:
            yield _batch(lines, rows, wanted)
            lines, rows = [], []
    if rows:
        yield _batch(lines, rows, wanted)


def _unquoted(decoded: Iterable[str], first_line: int, text: TextFormat) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(decoded, first_line):
        yield line, row.rstrip("\r\n").split(text.separator)


def _quoted(
    decoded: Iterable[str], first_line: int, text: TextFormat, faults: Faults, name: str
) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(decoded, delimiter=text.separator, strict=True)
    while True:
        line = first_line + reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            faults.row(DataError(name, line, None, str(error), "a CSV row with its quotes closed"))
            continue
        yield line, row


def _batch(lines: list[int], rows: list[list[str]], wanted: Sequence[str]) -> Batch:
    cells = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return Batch(np.array(lines, np.int32), dict(zip(wanted, cells, strict=True)))


def _decode(data: bytes, encodings: Sequence[str], file: str, first_line: int) -> str:
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            fault = error
    line = first_line + data.count(b"\n", 0, fault.start)
    start = data.rfind(b"\n", 0, fault.start) + 1
    shown = data[start : fault.start + 20].split(b"\n")[0].decode(encodings[-1], "backslashreplace")
    raise DataError(file, line, None, shown, f"text in {encodings[-1].upper()}") from None


def _parquet_names(path: Path) -> tuple[str, ...]:
    with _readable_parquet(path), pq.ParquetFile(path) as file:
        return tuple(file.schema_arrow.names)


def _parquet_rows(path: Path, wanted: Sequence[str], report: Report) -> Iterator[Batch]:
    done = 0
    with _readable_parquet(path), pq.ParquetFile(path) as file:
        total = max(1, file.metadata.num_rows)
        for part in file.iter_batches(BATCH_ROWS, columns=list(wanted)):
            lines = np.arange(done + 1, done + 1 + part.num_rows, dtype=np.int32)
            yield Batch(lines, {name: part.column(name) for name in wanted})
            done += part.num_rows
            report(done / total)


@contextmanager
def _readable_parquet(path: Path) -> Iterator[None]:
    try:
        yield
    except pa.ArrowException as error:
        raise DataError(path.name, None, None, str(error).splitlines()[0], "a Parquet file") from None
