"""Arrays of a release: written to safetensors files, and checked before anything computes with what is read."""

import errno
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

Expected = tuple[type[np.generic], tuple[int, ...]]
"""The dtype and the shape that an array must have."""

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


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read all arrays of a safetensors file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it is no safetensors file, or it has an array of a type that NumPy does not have.
    """
    try:
        return load_file(path)
    # safetensors looks up the types of numbers in NumPy, and NumPy lacks some.
    except (SafetensorError, AttributeError, TypeError) as error:
        raise ValueError(f"{path.name}: {error}") from None


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
        if not np.isfinite(array).all():
            raise ValueError(f"{name} has numbers that are not finite")


def check_ascending(arrays: Mapping[str, NDArray[Any]], name: str) -> None:
    """Check that an array of checked type has no number twice and is in ascending order.

    Raises:
        ValueError: it has or is not.
    """
    if (np.diff(arrays[name]) <= 0).any():
        raise ValueError(f"{name} is not in ascending order")
