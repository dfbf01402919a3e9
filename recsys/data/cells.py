"""Cells of a table in one form, whatever wrote them: plain types, None for nothing, lists in any notation."""

import ast
import csv
import json
import re
import uuid
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

ABSENT = (
    *("", "N/A", "#N/A", "NA", "\\N", "NULL", "null", "Null"),
    *("NaN", "nan", "NAN", "NaT", "<NA>", "None"),
)
"""Texts that stand for nothing. Databases write NULL and \\N, pandas writes nan, NaT, None and <NA>, R writes NA."""
ABSENT_TITLES = ("", "N/A", "\\N", "<NA>")
"""Titles that stand for nothing. "Null" and "Nan" are films."""

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_DECIMAL_COMMA = r"^([+-]?\d+),(\d+)$"
_MAX_LIST_LETTERS = 100_000
"""A longer cell is not read as a list."""

_QUOTED = re.compile(r"""'(?:[^'\\]|\\.)*(?:'|\Z)|"(?:[^"\\]|\\.)*(?:"|\Z)""")
"""A text in quotes. A quote that is not closed reaches to the end, so that a search takes linear time."""
_UUID_BYTES = 16


def plain(cells: Any) -> Any:
    """Return cells of a plain pyarrow type.

    UUIDs, views and bytes in UTF-8 become texts. Run-length encoded cells are decoded.

    Raises:
        pa.ArrowInvalid: bytes are no text in UTF-8.
    """
    kind = cells.type
    if isinstance(kind, pa.BaseExtensionType):
        if isinstance(kind, pa.UuidType):
            return _as_texts(cells)
        return plain(cells.storage)
    if pa.types.is_run_end_encoded(kind):
        return plain(pc.run_end_decode(cells))
    if pa.types.is_dictionary(kind) and _is_bytes(kind.value_type):
        return plain(cells.dictionary_decode())
    if pa.types.is_string_view(kind):
        return _as_texts(cells)
    if pa.types.is_fixed_size_binary(kind) and kind.byte_width == _UUID_BYTES:
        # Parquet keeps UUIDs so. Not every program writes which type of bytes they are.
        return _as_texts(pa.array([None if cell is None else str(uuid.UUID(bytes=cell)) for cell in cells.to_pylist()]))
    return pc.cast(pc.cast(cells, pa.binary()), pa.string()) if _is_bytes(kind) else cells


def _is_bytes(kind: Any) -> bool:
    types = pa.types
    is_binary = types.is_binary(kind) or types.is_large_binary(kind) or types.is_binary_view(kind)
    return bool(is_binary or types.is_fixed_size_binary(kind))


def _as_texts(cells: Any) -> Any:
    return pa.array([None if cell is None else str(cell) for cell in cells.to_pylist()], pa.string())


def is_text(cells: Any) -> bool:
    """Return whether cells are texts, or categories of texts."""
    kind = cells.type.value_type if pa.types.is_dictionary(cells.type) else cells.type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def check_flat(cell_type: Any) -> None:
    """Raise an ArrowTypeError if a cell of this type holds several values, as a list or a struct does."""
    if pa.types.is_nested(cell_type):
        raise pa.ArrowTypeError("several values in one cell")


def objects(values: Sequence[Any]) -> NDArray[Any]:
    """Return values of any type as an array, (n,) object."""
    return np.fromiter(values, object, len(values))


def strings(cells: Any, absent: Sequence[str] = ABSENT) -> list[str | None]:
    """Return cells as stripped text, None for an empty cell and for one of the texts that stand for nothing."""
    check_flat(cells.type)
    texts = ["" if empty else str(cell) for cell, empty in zip(cells.to_pylist(), nulls(cells), strict=True)]
    # Databases cannot store the character zero.
    texts = [text.replace("\0", " ").strip() for text in texts]
    return [None if text in absent else text for text in texts]


def nulls(cells: Any) -> NDArray[np.bool_]:
    """Return (n,) flags of the nulls and the NaN values. pandas writes a missing number as NaN."""
    null = pc.is_null(cells, nan_is_null=pa.types.is_floating(cells.type))
    return np.asarray(null.to_numpy(zero_copy_only=False), bool)


def numbers(cells: Any, *, decimal_comma: bool = False) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Return (n,) float64 numbers, NaN for a cell that is not a number, and (n,) flags of the empty cells.

    Args:
        cells: n cells.
        decimal_comma: whether a comma between digits is a decimal comma.
    """
    if pa.types.is_dictionary(cells.type):
        cells = cells.dictionary_decode()
    if is_text(cells):
        try:
            parsed = pc.cast(cells, pa.float64())
            if pc.any(is_nan := pc.is_nan(parsed)).as_py():
                cells = pc.if_else(is_nan, None, cells)
        except pa.ArrowInvalid:
            cells = pc.utf8_trim_whitespace(cells)
            cells = pc.if_else(pc.is_in(cells, pa.array(ABSENT, cells.type)), None, cells)
            if decimal_comma:
                cells = pc.replace_substring_regex(cells, _DECIMAL_COMMA, r"\1.\2")
            parsed = pc.cast(pc.if_else(pc.match_substring_regex(cells, _NUMBER), cells, None), pa.float64())
    elif pa.types.is_integer(cells.type) or pa.types.is_floating(cells.type) or pa.types.is_decimal(cells.type):
        parsed = pc.cast(cells, pa.float64(), safe=False)
    else:
        parsed = pa.nulls(len(cells), pa.float64())
    values = np.asarray(parsed.to_numpy(zero_copy_only=False), np.float64)
    return np.where(np.isfinite(values), values, np.nan), nulls(cells)


def is_list(cell_type: Any) -> bool:
    """Return whether a cell of this type is a list of texts, or of structs that have a name."""
    if not (pa.types.is_list(cell_type) or pa.types.is_large_list(cell_type) or pa.types.is_fixed_size_list(cell_type)):
        return False
    value = cell_type.value_type
    if pa.types.is_struct(value):
        return bool(value.get_field_index("name") >= 0)
    check_flat(value)
    return True


def names_in(values: Any) -> list[str] | None:
    """Return the names in a list of texts, or of objects with a name as TMDB has them; None for anything else."""
    if isinstance(values, dict):
        values = [values] if values else []
    if not isinstance(values, list | tuple):
        return None
    named = [value.get("name", value) if isinstance(value, dict) else value for value in values]
    names = [name for name in named if name is not None and name == name]  # NaN differs from itself.
    return names if all(isinstance(name, str) for name in names) else None


def read_names(text: str, split: Callable[[str], list[str]]) -> list[str] | None:
    """Return the names in a text: those of a list in any notation, or else those between separators.

    None if the text is a damaged list, or a list of anything but names.

    Args:
        text: of a cell.
        split: splits a text that is no list.
    """
    if text.startswith(("[", "{", "('", '("')):
        return _read_list(text)
    if len(text) > 1 and text[0] == text[-1] and _QUOTED.fullmatch(text):
        text = text[1:-1]
    names = split(text)
    return names if all(_has_closed_brackets(name) for name in names) else None


def _has_closed_brackets(name: str) -> bool:
    return name.count("[") == name.count("]") and name.count("{") == name.count("}")


def _read_list(text: str) -> list[str] | None:
    """Return the names of a list in the notation of JSON, Python, NumPy or PostgreSQL; None if it is none of these."""
    if len(text) > _MAX_LIST_LETTERS:
        return None
    for read in (json.loads, _read_quoted, ast.literal_eval, _read_array):
        try:
            return names_in(read(text))
        except (ValueError, SyntaxError, MemoryError, RecursionError, csv.Error):
            continue
    return None


def _read_quoted(text: str) -> list[str] | None:
    """Return the names of a list with nothing but quoted names. NumPy writes no commas between them.

    None if names follow each other without a comma in a list that has anything else. Python would join them.

    Raises:
        ValueError: the text is anything else.
        SyntaxError: a name has an unknown escape.
    """
    marked = _QUOTED.sub("\0", text)
    if marked[0] + marked[-1] in ("[]", "{}", "()") and not marked[1:-1].strip("\0, \n"):
        return [ast.literal_eval(name) for name in _QUOTED.findall(text)]
    if re.search("\0\\s*\0", marked):
        return None
    raise ValueError("no list of quoted names")


def _read_array(text: str) -> list[str]:
    """Return the names of an array as PostgreSQL writes it: {Drama,"Film Noir"}.

    Raises:
        ValueError: the text is anything else.
        csv.Error: a quote is not closed.
    """
    inner = text[1:-1]
    if text[0] + text[-1] != "{}" or set(inner) & set("{}:\n"):
        raise ValueError("no array")
    names = next(csv.reader([inner], escapechar="\\", doublequote=False, strict=True))
    return [name for name in names if name != "NULL"]
