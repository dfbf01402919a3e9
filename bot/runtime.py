"""What stands around every command: the numerical libraries' environment, and errors as one line and an exit status."""

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from bot.errors import BadInput
from bot.reporting import note

BAD_INPUT, FAILED, INTERRUPTED = 2, 1, 130


def tell_mkl_of_avx2() -> None:
    """Paddle's old MKL takes a slow path on AMD processors unless told: 1.6 to 5.6 times. On Intel's, telling costs."""
    try:
        is_amd = "AuthenticAMD" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        is_amd = False
    if is_amd:
        os.environ.setdefault("MKL_DEBUG_CPU_TYPE", "5")


def serve_with_one_thread() -> None:
    """A single query is far too small to be shared out: more threads make it slower, Milvus Lite's search 3.5 times."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def begin_without_garbage() -> None:
    """Until `keep_what_is_there`, spend no time on looking for garbage: of what a start imports and loads all stays."""
    gc.disable()


def keep_what_is_there() -> None:
    """Never look again for garbage among all that there is by now: every look would halt the turns for a moment."""
    gc.freeze()
    gc.enable()


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn what can go wrong into one line on standard error and an exit status."""
    try:
        yield
    except KeyboardInterrupt:
        note("interrupted; nothing lost, run again to go on")
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        status = _exit_status(error)
        if status is None:
            raise
        note(f"reelmate: {error}")
        raise typer.Exit(status) from None


def _exit_status(error: Exception) -> int | None:
    """2 for what the person gave, 1 for what failed on the way, None for a defect of the program."""
    from recsys.data.download import DownloadError
    from recsys.data.errors import DataError
    from storage.errors import Misconfigured, StorageError

    if isinstance(error, BadInput | DataError | Misconfigured):
        return BAD_INPUT
    return FAILED if isinstance(error, DownloadError | StorageError | OSError) else None
