"""Cells of a table in one form, whatever wrote them: plain types, None for nothing, lists in any notation."""

import ast
import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

ABSENT = ("", "N/A", "\\N", "NULL", "null", "Null", "NaN", "nan", "NAN", "<NA>")
"""Texts that stand for nothing. Databases write NULL and \\N, and pandas writes nan and <NA>."""
ABSENT_TITLES = ("", "N/A", "\\N", "<NA>")
"""Titles that stand for nothing. "Null" and "Nan" are films."""

_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_DECIMAL_COMMA = r"^([+-]?\d+),(\d+)$"
_MAX_LIST_LETTERS = 100_000
"""A longer cell is not read as a list."""


def plain(cells: Any) -> Any:
    """Return cells of a plain pyarrow type: UUIDs and views become texts, run-length encoded cells are decoded."""
    kind = cells.type
    if isinstance(kind, pa.BaseExtensionType):
        if isinstance(kind, pa.UuidType):
            return _as_texts(cells)
        return plain(cells.storage)
    if pa.types.is_run_end_encoded(kind):
        return plain(pc.run_end_decode(cells))
    if pa.types.is_string_view(kind):
        return _as_texts(cells)
    return cells


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
    texts = ["" if empty else str(cell).strip() for cell, empty in zip(cells.to_pylist(), nulls(cells), strict=True)]
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
    if not isinstance(values, list | tuple | set):
        return None
    names = [value.get("name") if isinstance(value, dict) else value for value in values if value is not None]
    return [str(name) for name in names if name is not None] if all(map(_is_name, names)) else None


def _is_name(value: object) -> bool:
    return value is None or isinstance(value, str | int | float)


def read_list(text: str) -> list[str] | None:
    """Return the names of a list in the notation of JSON or Python; None if it is neither."""
    if len(text) > _MAX_LIST_LETTERS:
        return None
    for read in (json.loads, ast.literal_eval):
        try:
            return names_in(read(text))
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            continue
    return None
