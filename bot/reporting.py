"""What the command line shows to people: progress and notes on standard error, tables on standard output."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from recsys.profile import AGE_GROUPS, OCCUPATIONS, Profile, age_group
from storage.records import Movie

if TYPE_CHECKING:  # At run time they would pull Paddle in, which `reelmate --help` need not wait for.
    from bot.health import Finding
    from bot.picks import Picks

ShowProgress = Callable[[str, float], None]
"""Takes a stage, "ratings", and the share of it that is done, 0..1."""

_PERSON = {"F": "a woman", "M": "a man", None: "somebody"}


def note(text: str) -> None:
    """Print something beside the result, to standard error and as it is."""
    Console(stderr=True, highlight=False, markup=False, soft_wrap=True).print(text)


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


def print_picks(picks: "Picks") -> None:
    """Print who the movies are for, and the movies as a table, best first, to standard output."""
    if picks.degraded:
        note(picks.degraded)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("#", justify="right", style="dim")
    table.add_column("title", style="bold", overflow="fold")
    table.add_column("year", justify="right")
    table.add_column("genres", overflow="fold")
    table.add_column("why", style="cyan", overflow="fold")
    for one in picks.recommendations:
        year = "" if one.movie.year is None else str(one.movie.year)
        table.add_row(str(one.rank), one.movie.title, year, ", ".join(one.movie.genres), picks.why(one))
    console = result_console()
    console.print(person_line(picks.profile, picks.rated), soft_wrap=True)
    console.print(table)


def person_line(profile: Profile, rated: Mapping[int, Movie]) -> str:
    """Sum a profile up: "For a woman of 28 (25-34), programmer, who gave Toy Story (1995) 5 stars:".

    Args:
        profile: of a person.
        rated: the movies of the profile's ratings, by id.
    """
    if profile == Profile():
        return "For somebody of whom nothing is known:"
    parts = [_PERSON[profile.gender]]
    if profile.age is not None:
        parts[0] += f" of {profile.age} ({AGE_GROUPS[age_group(profile.age)][1]})"
    if profile.occupation is not None:
        parts.append(OCCUPATIONS[profile.occupation])
    gave = [f"{rated[movie_id].label} {_stars(stars)}" for movie_id, stars in profile.ratings.items()]
    if gave:
        parts.append("who gave " + (" and ".join([", ".join(gave[:-1]), gave[-1]]) if len(gave) > 1 else gave[0]))
    return f"For {', '.join(parts)}:"


def print_findings(findings: "Sequence[Finding]") -> None:
    """Print one line for each setting: ok, or what is wrong and what to do."""
    console = result_console()
    for one in findings:
        line = Text.assemble(
            ("ok    ", "green") if one.ok else ("wrong ", "red"),
            f"{one.setting:<14} {one.value}  {one.detail}",
            f": {one.remedy}" if one.remedy else "",
        )
        console.print(line, soft_wrap=True)


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


def _stars(stars: float) -> str:
    return f"{stars:g} star" if stars == 1 else f"{stars:g} stars"
