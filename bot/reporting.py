"""Output of the command line: progress and notes go to standard error, results to standard output."""

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from storage.errors import StorageError

ShowProgress = Callable[[str, float], None]
"""A callback that takes a stage, such as "ratings", and the share of it that is done, 0..1."""

PLAIN_INTERVAL_S = 60.0
"""Without a terminal, a stage that is running gets a line this often."""

ShowNote = Callable[[str], None]
"""A callback that takes a message for the person at the terminal, such as `print_note`."""


def print_note(text: str) -> None:
    """Print a message to standard error, unwrapped and without markup."""
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(text)


class BriefErrors(logging.Formatter):
    """Formats log records for a terminal. An error of a service says what to do, so it has no traceback."""

    def formatException(self, ei: Any) -> str:  # noqa: N802 - as in logging
        """Return the message of an error of a service, and the traceback of any other error."""
        error = ei[1]
        return str(error) if isinstance(error, StorageError) else super().formatException(ei)


def no_progress(stage: str, share: float) -> None:
    """Ignore progress."""


@contextmanager
def stage_progress() -> Iterator[ShowProgress]:
    """Show the progress of each stage on standard error.

    A terminal gets a progress bar for each stage. Anything else gets a line when a stage begins, one a minute while it
    runs, and one when it ends.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _PlainProgress()
        return
    columns = (
        TextColumn("{task.description:<16}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {}

        def update_bar(stage: str, share: float) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=1.0)
            bars.update(tasks[stage], completed=share)

        yield update_bar


class _PlainProgress:
    """A `ShowProgress` that prints lines instead of bars."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take the time from `clock`, in seconds."""
        self._clock = clock
        self._begun: dict[str, float] = {}
        self._ended: set[str] = set()
        self._printed_at = clock()

    def __call__(self, stage: str, share: float) -> None:
        now = self._clock()
        if stage not in self._begun:
            self._begun[stage] = now
            self._print(f"{stage} ...")
        if stage in self._ended:
            return
        if share >= 1:
            self._ended.add(stage)
            self._print(f"{stage}: done in {now - self._begun[stage]:.1f} s")
        elif now - self._printed_at >= PLAIN_INTERVAL_S:
            self._print(f"{stage}: {share:.0%} after {now - self._begun[stage]:.0f} s")

    def _print(self, line: str) -> None:
        self._printed_at = self._clock()
        print_note(line)


def print_result(document: Mapping[str, object], as_json: bool) -> None:
    """Print a result to standard output, as one JSON document or as a summary with one line per value."""
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print_summary(document)


def print_summary(document: Mapping[str, object]) -> None:
    """Print one line per value. The values of a nested mapping are indented below its name."""
    console = result_console()
    for name, value in document.items():
        if isinstance(value, Mapping):
            console.print(f"{name}:", soft_wrap=True)
            for inner, inner_value in value.items():
                console.print(f"  {inner.replace('_', ' '):<16}{format_value(inner_value)}", soft_wrap=True)
        else:
            console.print(f"{name.replace('_', ' ')}: {format_value(value)}", soft_wrap=True)


def result_console() -> Console:
    """Return a console on standard output that does not interpret square brackets as markup."""
    return Console(markup=False, highlight=False)


def format_value(value: object) -> str:
    """Format a value for people: floats with three decimals, booleans as yes or no, None as a dash."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}"
    return "-" if value is None else str(value)
