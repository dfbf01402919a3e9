"""What the command line shows to people: progress and notes on standard error, tables on standard output."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

ShowProgress = Callable[[str, float], None]
"""Takes a stage, "ratings", and the share of it that is done, 0..1."""

Note = Callable[[str], None]
"""Takes a line for people."""


def note(text: str) -> None:
    """Print something beside the result, to standard error and as it is."""
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(text)


def no_progress(stage: str, share: float) -> None:
    """Ignore progress."""


@contextmanager
def stage_progress() -> Iterator[ShowProgress]:
    """Show how far each stage is: a bar on a terminal, elsewhere a line where it begins and one where it ends."""
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

        def show(stage: str, share: float) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=1.0)
            bars.update(tasks[stage], completed=share)

        yield show


class _PlainProgress:
    def __init__(self) -> None:
        self._begun: dict[str, float] = {}
        self._ended: set[str] = set()

    def __call__(self, stage: str, share: float) -> None:
        if stage not in self._begun:
            self._begun[stage] = time.monotonic()
            note(f"{stage} ...")
        if share >= 1 and stage not in self._ended:
            self._ended.add(stage)
            note(f"{stage}: done in {time.monotonic() - self._begun[stage]:.1f} s")


def show(document: Mapping[str, object], as_json: bool) -> None:
    """Print a result: one JSON document, or a line for each of its values."""
    if as_json:
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        print_summary(document)


def print_summary(document: Mapping[str, object]) -> None:
    """Print a result that has no table of its own: a line for each value."""
    console = result_console()
    for name, value in document.items():
        if isinstance(value, Mapping):
            console.print(f"{name}:", soft_wrap=True)
            for inner, inner_value in value.items():
                console.print(f"  {inner.replace('_', ' '):<16}{shown(inner_value)}", soft_wrap=True)
        else:
            console.print(f"{name.replace('_', ' ')}: {shown(value)}", soft_wrap=True)


def result_console() -> Console:
    """Standard output; square brackets stay what they are."""
    return Console(markup=False, highlight=False)


def shown(value: object) -> str:
    """A value as people read it: three decimals, yes or no, and a dash for nothing."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.3f}"
    return "-" if value is None else str(value)
