"""Layout that the tables of all topics share."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from bot.reporting import result_console


def new_table(first: str, *others: str, collapse_padding: bool = False) -> Table:
    """Return an empty table with a left-aligned first column and right-aligned other columns."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=collapse_padding)
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right")
    return table


def print_line(text: str) -> None:
    """Print a line of text without breaking it."""
    result_console().print(text, soft_wrap=True)


def print_headline(dataset: str, seeds: Sequence[int], newcomers: int) -> None:
    """Print the data set, the number of splits and the number of newcomers."""
    print_line(f"{dataset}, {len(seeds)} split(s), {newcomers} newcomers in all")


def percent(share: float, decimals: int) -> str:
    """Format a share as a percentage."""
    return f"{100 * share:.{decimals}f} %"
