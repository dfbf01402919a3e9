"""Ids in custom tables: whole numbers, or any text."""

import hashlib
import re
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from recsys.data.cells import ABSENT, check_flat

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]\d+)?")
"""Programs write an exponent with its sign. "12e34567" is a text of hexadecimal digits."""
_MAX_DIGITS = 18
"""A whole number with more digits may be no int64, so it is a name."""
_IMDB_ID = re.compile(r"tt(\d{1,12})")
_NOT_FINITE = re.compile(r"[+-]?(nan|inf(inity)?)", re.IGNORECASE)


class UserIds:
    """Assigns each user id a code, 0, 1, 2 and so on in order of appearance, across the files of a data set."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}
        self._names: list[str] = []
        self._allowed: NDArray[np.bool_] | None = None

    def parse(self, cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Parse n cells into (n,) int64 codes and (n,) flags, True for an invalid cell.

        A cell is invalid if it is empty or a number other than a non-negative whole number. After `restrict_to`, any
        other id than those is invalid too.
        """
        check_flat(cells.type)
        encoded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
        # The last entry, at index -1, is the code of an empty cell.
        code_of_index = np.array([*(self._code(name) for name in encoded.dictionary.to_pylist()), -1], np.int64)
        codes = code_of_index[pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)]
        return codes, codes < 0

    def restrict_to(self, codes: NDArray[np.int64]) -> None:
        """Reject all ids but those with these codes from now on."""
        self._allowed = np.zeros(len(self._names), bool)
        self._allowed[codes] = True

    def name(self, code: int) -> str:
        """Return the id with a code, as text."""
        return self._names[code]

    def numbers(self) -> NDArray[np.int64]:
        """Return the numeric user id of each code, (codes,) int64.

        If all ids are whole numbers, they are kept. Otherwise the numbers are 1, 2, 3 and so on in the order of the
        texts.
        """
        if all(name.isdecimal() and len(name) <= _MAX_DIGITS for name in self._names):
            return np.array([int(name) for name in self._names], np.int64)
        ranks = np.empty(len(self._names), np.int64)
        ranks[sorted(range(len(self._names)), key=self._names.__getitem__)] = np.arange(1, len(self._names) + 1)
        return ranks

    def _code(self, cell: object) -> int:
        """Return the code of an id, -1 if it is invalid."""
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
    """Return the canonical spelling of an id ("007" and 7.0 are "7"), None for an invalid id."""
    text = "" if cell is None else str(cell).strip()
    if text in ABSENT or _NOT_FINITE.fullmatch(text):
        return None
    if not _NUMBER.fullmatch(text):
        return text
    if text.isdecimal():
        return str(int(text)) if len(text) <= _MAX_DIGITS else text.lstrip("0") or "0"
    value = float(text)
    return str(int(value)) if value.is_integer() and value >= 0 else None


class MovieIds:
    """Gives each movie id a number that depends on nothing else, so that it stays the same in every import.

    A positive whole number and the number of an id at IMDb ("tt0078748") are kept. Any other text gets a number of its
    own, from FIRST_HASHED on.
    """

    FIRST_HASHED = 2**52

    def __init__(self) -> None:
        self._names: dict[int, str] = {}

    def parse(self, cells: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
        """Parse n cells into (n,) int64 ids and (n,) flags, True for an invalid cell.

        A cell is invalid if it is empty, or a number other than a positive whole number.
        """
        check_flat(cells.type)
        encoded = cells if pa.types.is_dictionary(cells.type) else cells.dictionary_encode()
        # The last entry, at index -1, is the id of an empty cell.
        id_of_index = np.array([*(self._number(cell) for cell in encoded.dictionary.to_pylist()), 0], np.int64)
        ids = id_of_index[pc.fill_null(encoded.indices, -1).to_numpy(zero_copy_only=False)]
        return ids, ids <= 0

    def name(self, movie_id: int) -> str:
        """Return an id as a file writes it."""
        return self._names.get(movie_id, str(movie_id))

    def imdb_id(self, movie_id: int) -> str | None:
        """Return the id at IMDb if the file writes the ids of IMDb, else None."""
        return f"tt{movie_id:07}" if _IMDB_ID.fullmatch(self.name(movie_id)) else None

    def _number(self, cell: object) -> int:
        name = _canonical(cell)
        if name is None:
            return 0
        if name.isdecimal() and len(name) <= _MAX_DIGITS and int(name) < self.FIRST_HASHED:
            return int(name)
        imdb_id = _IMDB_ID.fullmatch(name)
        if imdb_id is not None:
            number = int(imdb_id[1])
        else:
            digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
            number = self.FIRST_HASHED + int.from_bytes(digest) % self.FIRST_HASHED
        self._names[number] = name
        return number
