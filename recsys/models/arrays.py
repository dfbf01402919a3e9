"""Arrays of a release: written to and mapped from safetensors files, and checked before anything uses them."""

import errno
import json
import mmap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

Expected = tuple[type[np.generic], tuple[int, ...]]
"""The dtype and the shape that an array must have."""

_TYPES: Mapping[str, type[np.generic]] = {
    "F64": np.float64,
    "F32": np.float32,
    "F16": np.float16,
    "I64": np.int64,
    "I32": np.int32,
    "I16": np.int16,
    "I8": np.int8,
    "U64": np.uint64,
    "U32": np.uint32,
    "U16": np.uint16,
    "U8": np.uint8,
    "BOOL": np.bool_,
}
"""The numbers of a safetensors file that NumPy has."""

BLOCK_BYTES = 32 * 2**20
"""Of an array that is read whole, about so many bytes are in memory at once. The largest arrays have a GB."""

_CODES = {
    "StorageFull": errno.ENOSPC,
    "No space left": errno.ENOSPC,
    "QuotaExceeded": errno.EDQUOT,
    "FileTooLarge": errno.EFBIG,
}
"""Words of safetensors for errors of the operating system."""


def write_arrays(arrays: Mapping[str, NDArray[Any]], path: Path, texts: Mapping[str, str] | None = None) -> None:
    """Write arrays, and texts about them, to a safetensors file.

    Raises:
        OSError: the file cannot be written, because the disk is full for example.
    """
    try:
        save_file(dict(arrays), path, None if texts is None else dict(texts))
    except SafetensorError as error:
        code = next((code for words, code in _CODES.items() if words in str(error)), errno.EIO)
        raise OSError(code, str(error), str(path)) from None


class MappedArrays(dict[str, NDArray[Any]]):
    """The arrays of a file by name, read-only. They are read from the file when they are used.

    The kernel keeps them in memory for all processes together, and drops what nobody uses. The file may be deleted
    meanwhile, but not changed.
    """

    def __init__(self, path: Path) -> None:
        """Map all arrays of a safetensors file.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is no safetensors file, or it has an array of a type that NumPy does not have.
        """
        try:
            # This checks the places and the sizes of all arrays.
            with safe_open(path, framework="np"):
                pass
        except SafetensorError as error:
            raise ValueError(f"{path.name}: {error}") from None
        with path.open("rb") as file:
            size = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(size))
            start = file.tell()
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        header.pop("__metadata__", None)
        super().__init__({name: self._array(path, start, **stored) for name, stored in header.items()})

    def _array(self, path: Path, start: int, dtype: str, shape: list[int], data_offsets: list[int]) -> NDArray[Any]:
        if dtype not in _TYPES:
            raise ValueError(f"{path.name}: NumPy has no numbers of the type {dtype}")
        first, end = data_offsets
        if first == end:
            return np.zeros(shape, _TYPES[dtype])
        numbers = np.frombuffer(self._map, _TYPES[dtype], int(np.prod(shape)), start + first)
        return numbers.reshape(shape)

    def drop_from_memory(self) -> None:
        """Take what was read so far out of the memory of this process. It is read again when it is used."""
        self._map.madvise(mmap.MADV_DONTNEED)


def row_blocks(array: NDArray[Any]) -> Iterator[slice]:
    """Yield slices of consecutive rows that cover an array, in order.

    If it is part of a file and has more than one block, the rows of a block leave the memory of this process before the
    next block.
    """
    rows = max(1, BLOCK_BYTES * len(array) // max(1, array.nbytes)) if len(array) else 1
    source = _map_of(array) if rows < len(array) else None
    for start in range(0, len(array), rows):
        yield slice(start, start + rows)
        if source is not None:
            source.madvise(mmap.MADV_DONTNEED)


def take_rows(array: NDArray[Any], rows: NDArray[np.int64]) -> NDArray[Any]:
    """Return a copy of some rows of an array, in their order, of which little is in memory at once.

    The kernel maps some pages around each page that is read, so a few scattered rows bring a whole file into memory.
    """
    taken = np.empty((len(rows), *array.shape[1:]), array.dtype)
    for block in row_blocks(array):
        wanted = np.flatnonzero((rows >= block.start) & (rows < block.stop))
        taken[wanted] = array[rows[wanted]]
    return taken


def _map_of(array: NDArray[Any]) -> mmap.mmap | None:
    """Return the map of the file that an array is a part of; None if it is part of no file."""
    base: Any = array
    while isinstance(base, np.ndarray):
        base = base.base
    if isinstance(base, memoryview):
        base = base.obj
    return base if isinstance(base, mmap.mmap) else None


def row_count(arrays: Mapping[str, NDArray[Any]], name: str) -> int:
    """Return the number of rows of an array; 0 if it is missing or a single number, which `check_arrays` refuses."""
    array = arrays.get(name)
    return 0 if array is None or array.ndim == 0 else len(array)


def check_arrays(arrays: Mapping[str, NDArray[Any]], expected: Mapping[str, Expected]) -> None:
    """Check that exactly the expected arrays are there, with their dtypes and shapes, and that all numbers are finite.

    Raises:
        ValueError: an array is missing, unknown or wrong; the message names it.
    """
    if missing := sorted(expected.keys() - arrays.keys()):
        raise ValueError(f"{missing[0]} is missing")
    if unknown := sorted(arrays.keys() - expected.keys()):
        raise ValueError(f"{unknown[0]} is unknown")
    for name, (dtype, shape) in expected.items():
        array = arrays[name]
        if array.dtype != dtype or array.shape != shape:
            raise ValueError(f"{name} is {array.dtype} {array.shape} instead of {np.dtype(dtype)} {shape}")
        if not _is_finite(array):
            raise ValueError(f"{name} has numbers that are not finite")


def _is_finite(array: NDArray[Any]) -> bool:
    """Return whether all numbers are finite."""
    rows = np.atleast_1d(array)
    return all(bool(np.isfinite(rows[block]).all()) for block in row_blocks(rows))


def check_ascending(arrays: Mapping[str, NDArray[Any]], name: str) -> None:
    """Check that an array of checked type has no number twice and is in ascending order.

    Raises:
        ValueError: it has or is not.
    """
    if (np.diff(arrays[name]) <= 0).any():
        raise ValueError(f"{name} is not in ascending order")
