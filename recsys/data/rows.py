"""Read text tables and Parquet files in batches of columns, with the line number of each row."""

import csv
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from numpy.typing import NDArray

from recsys.data.errors import DataError, first_line

BLOCK_BYTES = 16 << 20
"""The size of the blocks that a text file is read in."""
BATCH_ROWS = 1 << 18
"""The largest number of rows in a batch of a Parquet file, or of a text file that is parsed row by row."""
_UNIT_SEPARATOR = b"\x1f"
"""The separator that replaces "::" before parsing, because pyarrow supports separators of one byte only."""

MAX_NAMED_FIELDS = 30
"""An error message names at most this many fields of a row."""

FileProgress = Callable[[float], None]
"""A callback that receives the share of a file that is read, 0..1."""
Progress = Callable[[str, float], None]
"""A callback that receives the name of a stage, such as "ratings", and the share of it that is done, 0..1."""


class BadRows:
    """The policy for invalid rows: raise an error for the first one, or skip and count all of them.

    Attributes:
        skip: whether to skip invalid rows.
        skipped: number of rows skipped so far.
    """

    def __init__(self, *, skip: bool) -> None:
        self.skip = skip
        self.skipped = 0

    def add(self, error: DataError) -> None:
        """Raise the error of an invalid row, or count the row as skipped."""
        if not self.skip:
            raise error
        self.skipped += 1


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Consecutive rows of a file.

    Attributes:
        lines: (n,) int32, 1-based line in the file (in Parquet, the row).
        columns: name -> pyarrow array of n cells, which are strings if the file is a text file.
    """

    lines: NDArray[np.int32]
    columns: dict[str, Any]


@dataclass(frozen=True, slots=True)
class TextFormat:
    """The format of a text table.

    Attributes:
        separator: text between two fields.
        encodings: encodings to try, in order.
        columns: names of the fields; None if the first line is a header, as in CSV.
        quotes: whether a field may be enclosed in double quotes and then contain separators and line breaks.
    """

    separator: str
    encodings: tuple[str, ...] = ("utf-8",)
    columns: tuple[str, ...] | None = None
    quotes: bool = False


CSV = TextFormat(",", quotes=True)
"""The format of a CSV file. The separator is that of its header, and may be another one."""
SAVE_AS_CSV = 'save the file as "CSV UTF-8"'
"""What to do about a text file that cannot be read, for error messages."""
_LINE_FEEDS = f"lines that end with a line feed; {SAVE_AS_CSV}"
_SEPARATORS = (",", ";", "\t", "|")
_DECLARED_SEPARATOR = re.compile(rb"\"?sep=([^\w\s\"\x80-\xff]|\t)\"?\1*", re.IGNORECASE)
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class _Head:
    """What the lines before the rows of a CSV file say.

    Attributes:
        names: the names of the columns.
        separator: text between two fields.
        lines: number of lines before the first row.
    """

    names: tuple[str, ...]
    separator: str
    lines: int


def read_header(path: Path) -> tuple[str, ...]:
    """Return the column names of a CSV or Parquet file.

    Raises:
        DataError: the file is empty or cannot be parsed, or a column name occurs twice.
    """
    names = _parquet_names(path) if path.suffix == ".parquet" else _read_head(path).names
    for name, count in Counter(names).items():
        if count > 1:
            raise DataError(path.name, 1, name, name, "each column only once")
    return names


def count_fields(path: Path, separator: str) -> int:
    """Return the number of fields in the first line of a text file without a header."""
    with path.open("rb") as file:
        return file.readline().count(separator.encode()) + 1


def _read_head(path: Path) -> _Head:
    """Read the header of a CSV file. Excel writes a line such as "sep=;" before it.

    The separator is a comma, or, in a header without a comma, a semicolon, a tab or "|".
    """
    with path.open("rb") as file:
        line = file.readline().removeprefix(BOM_UTF8)
        declared = _DECLARED_SEPARATOR.fullmatch(line.rstrip(b"\r\n"))
        lines = 1 if declared is None else 2
        if declared is not None:
            line = file.readline()
    if not line.strip():
        raise DataError(path.name, lines, None, None, "a header with the names of the columns")
    header = _decode(line, CSV.encodings, path.name, lines)
    if "\0" in header:
        raise DataError(path.name, lines, None, "bytes that are zero, as in UTF-16", f"text in UTF-8; {SAVE_AS_CSV}")
    if "\r" in header.rstrip("\r\n"):
        raise DataError(path.name, lines, None, header.split("\r")[0], _LINE_FEEDS)
    if declared is not None:
        separator = declared[1].decode()
    else:
        separator = "," if "," in header else max(_SEPARATORS, key=header.count)
    try:
        names = tuple(name.strip() for name in next(csv.reader([header], delimiter=separator, strict=True)))
        # Spreadsheets write separators for columns that are empty.
        names = tuple(name or f"(column {number})" for number, name in enumerate(names, 1))
    except csv.Error:
        raise DataError(path.name, lines, None, header.strip(), "a header of one line with closed quotes") from None
    return _Head(names, separator, lines)


def read_rows(
    path: Path, columns: Sequence[str], text_format: TextFormat, bad_rows: BadRows, progress: FileProgress
) -> Iterator[Batch]:
    """Read columns of a text or Parquet file, in batches of bounded size.

    Args:
        path: the file. The suffix ".parquet" selects Parquet; any other file is text.
        columns: names of the columns to read.
        text_format: the format of a text file.
        bad_rows: receives an error for every row with too few or too many fields.
        progress: called after each batch.

    Raises:
        DataError: a column is missing, the encoding is wrong, a ".parquet" file is not Parquet, or a row is invalid and
            `bad_rows` does not skip.
    """
    is_parquet = path.suffix == ".parquet"
    fields = text_format.columns if text_format.columns is not None else read_header(path)
    for column in columns:
        if column not in fields:
            raise DataError(path.name, None if is_parquet else 1, column, None, "a column with this name")
    if is_parquet:
        yield from _parquet_rows(path, columns, progress)
        return
    head_lines = 0
    if text_format.columns is None:
        head = _read_head(path)
        head_lines, text_format = head.lines, replace(text_format, separator=head.separator)
    yield from _text_rows(path, head_lines, fields, columns, text_format, bad_rows, progress)


def _text_rows(
    path: Path,
    head_lines: int,
    fields: Sequence[str],
    columns: Sequence[str],
    text_format: TextFormat,
    bad_rows: BadRows,
    progress: FileProgress,
) -> Iterator[Batch]:
    """Read a text file block by block, after its first `head_lines` lines.

    From the first block that needs it on, read it row by row.
    """
    size = max(1, path.stat().st_size)
    with path.open("rb") as file:
        if file.read(len(BOM_UTF8)) != BOM_UTF8:
            file.seek(0)
        for _ in range(head_lines):
            file.readline()
        first_line = head_lines + 1
        while True:
            start = file.tell()
            block = _read_lines(file)
            if not block:
                return
            if b"\r" in block and b"\n" not in block:
                raise DataError(path.name, first_line, None, "carriage returns", _LINE_FEEDS)
            batch = _parse_block(block, first_line, fields, columns, text_format, path.name)
            if batch is None:
                file.seek(start)
                yield from _parse_row_by_row(file, first_line, fields, columns, text_format, bad_rows, path.name)
                progress(1.0)
                return
            first_line += len(batch.lines)
            yield batch
            progress(file.tell() / size)


def _read_lines(file: BinaryIO) -> bytes:
    """Read a block, extended to the end of its last line."""
    block = file.read(BLOCK_BYTES)
    return block if not block or block.endswith(b"\n") else block + file.readline()


def _parse_block(
    block: bytes, first_line: int, fields: Sequence[str], columns: Sequence[str], text_format: TextFormat, file: str
) -> Batch | None:
    """Parse a block with pyarrow. Return None if a line is not exactly one row with all its fields."""
    if not block.isascii():
        block = _decode(block, text_format.encodings, file, first_line).encode()
    block = block.replace(b"\r\n", b"\n")
    if block.startswith(b"\n") or any(mark in block for mark in (b"\r", b"\0", b"\n\n")):
        return None
    separator = text_format.separator.encode()
    has_quotes = text_format.quotes and b'"' in block
    if has_quotes and not _has_simple_quotes(block, separator):
        return None
    if len(separator) > 1:
        if _UNIT_SEPARATOR in block:
            return None
        block, separator = block.replace(separator, _UNIT_SEPARATOR), _UNIT_SEPARATOR
    try:
        table = pa_csv.read_csv(
            pa.BufferReader(block),
            read_options=pa_csv.ReadOptions(column_names=list(fields), use_threads=False, block_size=2 * BLOCK_BYTES),
            parse_options=pa_csv.ParseOptions(
                delimiter=separator.decode(), quote_char='"' if has_quotes else False, ignore_empty_lines=False
            ),
            convert_options=pa_csv.ConvertOptions(
                column_types={field: pa.string() for field in fields},
                include_columns=list(columns),
                strings_can_be_null=False,
            ),
        )
    except pa.ArrowInvalid:
        return None
    if table.num_rows != block.count(b"\n") + (not block.endswith(b"\n")):
        return None
    lines = np.arange(first_line, first_line + table.num_rows, dtype=np.int32)
    return Batch(lines, {column: table[column].combine_chunks() for column in columns})


def _has_simple_quotes(block: bytes, separator: bytes) -> bool:
    """Return whether every quote of a block stands beside a separator, a line end or another quote, and all are closed.

    Anything else, such as a quote within a word, is parsed row by row, which names what is wrong.
    """
    if block.count(b'"') % 2:
        return False
    outside = b'[^\n"' + re.escape(separator) + b"]"
    return re.search(outside + b'"' + outside, block) is None


def _parse_row_by_row(
    file: BinaryIO,
    first_line: int,
    fields: Sequence[str],
    columns: Sequence[str],
    text_format: TextFormat,
    bad_rows: BadRows,
    file_name: str,
) -> Iterator[Batch]:
    """Parse the rest of a file row by row. This handles quoted fields, blank lines and invalid rows."""
    indices = [fields.index(column) for column in columns]
    more = (*fields[:MAX_NAMED_FIELDS], "\N{HORIZONTAL ELLIPSIS}") if len(fields) > MAX_NAMED_FIELDS else fields
    expected = f"{len(fields)} fields: {text_format.separator.join(more)}"
    lines: list[int] = []
    rows: list[list[str]] = []
    decoded = (_decode(line, text_format.encodings, file_name, number) for number, line in enumerate(file, first_line))
    if text_format.quotes:
        numbered_rows = _split_quoted(decoded, first_line, text_format, bad_rows, file_name)
    else:
        numbered_rows = _split_unquoted(decoded, first_line, text_format)
    for line, row in numbered_rows:
        if not row or row == [""]:
            continue
        if len(row) != len(fields):
            missing = fields[len(row)] if len(row) < len(fields) else None
            bad_rows.add(DataError(file_name, line, missing, text_format.separator.join(row), expected))
            continue
        lines.append(line)
        rows.append([row[index] for index in indices])
        if len(rows) == BATCH_ROWS:
            yield _batch(lines, rows, columns)
            lines, rows = [], []
    if rows:
        yield _batch(lines, rows, columns)


def _split_unquoted(
    decoded: Iterable[str], first_line: int, text_format: TextFormat
) -> Iterator[tuple[int, list[str]]]:
    for line, row in enumerate(decoded, first_line):
        yield line, row.rstrip("\r\n").split(text_format.separator)


def _split_quoted(
    decoded: Iterable[str], first_line: int, text_format: TextFormat, bad_rows: BadRows, file_name: str
) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(decoded, delimiter=text_format.separator, strict=True)
    while True:
        line = first_line + reader.line_num
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            expected = _LINE_FEEDS if "new-line" in str(error) else "a CSV row with closed quotes"
            bad_rows.add(DataError(file_name, line, None, str(error), expected))
            continue
        yield line, row


def _batch(lines: list[int], rows: list[list[str]], columns: Sequence[str]) -> Batch:
    cells = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return Batch(np.array(lines, np.int32), dict(zip(columns, cells, strict=True)))


def _decode(data: bytes, encodings: Sequence[str], file: str, first_line: int) -> str:
    """Decode with the first encoding that fits.

    Raises:
        DataError: no encoding fits. The error names the line of the first byte that the last encoding cannot decode.
    """
    if data.startswith(_UTF16_MARKS):
        raise DataError(file, first_line, None, "text in UTF-16", f"text in UTF-8; {SAVE_AS_CSV}")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            last_error = error
    line = first_line + data.count(b"\n", 0, last_error.start)
    start = data.rfind(b"\n", 0, last_error.start) + 1
    shown = data[start : last_error.start + 20].split(b"\n")[0].decode(encodings[-1], "backslashreplace")
    raise DataError(file, line, None, shown, f"text in {encodings[-1].upper()}; {SAVE_AS_CSV}") from None


def _parquet_names(path: Path) -> tuple[str, ...]:
    with _parquet_errors(path), pq.ParquetFile(path) as file:
        return tuple(file.schema_arrow.names)


def _parquet_rows(path: Path, columns: Sequence[str], progress: FileProgress) -> Iterator[Batch]:
    done = 0
    with _parquet_errors(path), pq.ParquetFile(path) as file:
        total = max(1, file.metadata.num_rows)
        for batch in file.iter_batches(BATCH_ROWS, columns=list(columns)):
            lines = np.arange(done + 1, done + 1 + batch.num_rows, dtype=np.int32)
            yield Batch(lines, {column: batch.column(column) for column in columns})
            done += batch.num_rows
            progress(done / total)


@contextmanager
def _parquet_errors(path: Path) -> Iterator[None]:
    """Convert the errors of pyarrow about damaged files into a DataError."""
    try:
        yield
    except (pa.ArrowException, OSError, ValueError) as error:
        if isinstance(error, OSError) and error.errno is not None:  # The operating system's error, not pyarrow's.
            raise
        raise DataError(path.name, None, None, first_line(error), "a Parquet file") from None
