"""Errors as one line on standard error and an exit status: 0 done, 1 failed, 2 bad input, 130 interrupted."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from bot.errors import BadInput
from bot.foreign_home import foreign_home_line
from bot.full_disk import full_disk_line
from bot.reporting import print_note
from bot.runtime import INTERRUPTED

FAILED, BAD_INPUT = 1, 2


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn expected errors into one line on standard error and an exit status.

    Unexpected errors are defects of the program and keep their traceback.

    Raises:
        typer.Exit: an expected error occurred, or the program was interrupted.
    """
    try:
        yield
    except KeyboardInterrupt:
        print_note("interrupted; nothing is lost: run the command again to continue")
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        status = _exit_status(error)
        if status is None:
            raise
        explained = foreign_home_line(error) or (status == FAILED and full_disk_line(error))
        print_note(f"reelmate: {explained or error}")
        raise typer.Exit(status) from None


def _exit_status(error: Exception) -> int | None:
    """Return the exit status of an expected error; None for a defect of the program."""
    from recsys.data.download import DownloadError
    from recsys.data.errors import DataError
    from recsys.models.processor import UnsupportedProcessor
    from storage.errors import Misconfigured, StorageError

    if isinstance(error, BadInput | DataError | Misconfigured):
        return BAD_INPUT
    return FAILED if isinstance(error, DownloadError | StorageError | OSError | UnsupportedProcessor) else None
