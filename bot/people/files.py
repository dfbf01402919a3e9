"""Reading and writing files line by line, compressed by gzip or not."""

import gzip
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, cast

from bot.errors import BadInput
from storage.private_files import create_private_file

_GZIP = b"\x1f\x8b"
"""The first bytes of a compressed file."""

_LEVEL = 6
"""How much gzip compresses, 1..9."""

_MAX_LINE = 2**28
"""A line with more bytes is no line of a person."""

_PROGRESS_LINES = 1_000
"""Progress is shown after this many lines."""


@contextmanager
def written(file: Path) -> Iterator[Callable[[bytes], object]]:
    """Yield a function that writes to a new file, which only this user can read.

    The file is there only once the block has ended without an error. It is compressed if its name ends in ".gz".

    Raises:
        BadInput: the file exists.
        OSError: the file cannot be written.
    """
    if file.exists():
        raise BadInput(f"{file} exists: name a new file")
    part = file.with_name(f"{file.name}.part")
    part.unlink(missing_ok=True)
    create_private_file(part)
    try:
        with part.open("wb") as raw:
            if file.suffix == ".gz":
                with gzip.GzipFile(file.stem, "wb", _LEVEL, raw) as compressed:
                    yield compressed.write
            else:
                yield raw.write
            raw.flush()
            os.fsync(raw.fileno())
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def lines_of(file: Path, show_share: Callable[[float], None]) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file with their numbers, from 1 on.

    Args:
        file: compressed or not, whatever its name is.
        show_share: is called with the share of the file that is read.

    Raises:
        BadInput: the file cannot be read, is damaged, or has a line that is too long.
    """
    try:
        with ExitStack() as stack:
            raw = stack.enter_context(file.open("rb"))
            size = max(1, os.fstat(raw.fileno()).st_size)
            is_compressed = raw.read(len(_GZIP)) == _GZIP
            raw.seek(0)
            lines = cast(IO[bytes], stack.enter_context(gzip.GzipFile(fileobj=raw)) if is_compressed else raw)
            number = 0
            while line := lines.readline(_MAX_LINE):
                number += 1
                if len(line) == _MAX_LINE:
                    raise BadInput(f"{file}, line {number}: the line is too long")
                yield number, line
                if number % _PROGRESS_LINES == 0:
                    show_share(min(1.0, raw.tell() / size))
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise BadInput(f"{file} is damaged or was cut off") from None
    except OSError as error:
        raise BadInput(f"{file}: {error.strerror}") from None
    show_share(1.0)
