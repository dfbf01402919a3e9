"""People's ids in own tables: whole numbers, or any text."""

import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf(inity)?)", re.IGNORECASE)


class UserIds:
    """Numbers people in the order in which their ids come up, over all files of a data set."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._names: list[str] = []
        self._allowed: NDArray[np.bool_] | None = None

    def parse(self, cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """A column parser: n cells -> (n,) int64 codes, and flags of the bad cells.

        Bad is what is empty, a number but not a whole one from 0 up, or not among the people after `close`.
        """
        encoded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
        distinct = np.array([*(self._code(one) for one in encoded.dictionary.to_pylist()), -1], np.int64)
        found = distinct[pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)]
        return found, found < 0

    def close(self, codes: NDArray[np.int64]) -> None:
        """From now on only people with these codes are known."""
        self._allowed = np.zeros(len(self._names), bool)
        self._allowed[codes] = True

    def name(self, code: int) -> str:
        """The id behind a code, as text."""
        return self._names[code]

    def numbers(self) -> NDArray[np.int64]:
        """(codes,) int64: the ids themselves if all are whole numbers, else 1, 2, … in the order of their texts."""
        if all(name.isdecimal() and len(name) <= 18 for name in self._names):
            return np.array([int(name) for name in self._names], np.int64)
        ranks = np.empty(len(self._names), np.int64)
        ranks[sorted(range(len(self._names)), key=self._names.__getitem__)] = np.arange(1, len(self._names) + 1)
        return ranks

    def _code(self, cell: object) -> int:
        name = _canonical(cell)
        if name is None:
            return -1
        if self._allowed is not None:
            code = self._codes.get(name, -1)
            return code if code >= 0 and self._allowed[code] else -1
        if name not in self._codes:
            self._codes[name] = len(self._names)
            self._names.append(name)
        return self._codes[name]


def _canonical(cell: object) -> str | None:
    """One spelling for each id ("007" and 7.0 are "7"); None for what cannot be one."""
    text = "" if cell is None else str(cell).strip()
    if not text or _NOT_FINITE.fullmatch(text):
        return None
    if not _NUMBER.fullmatch(text):
        return text
    if text.isdecimal():
        return str(int(text))
    value = float(text)
    return str(int(value)) if value.is_integer() and value >= 0 else None
