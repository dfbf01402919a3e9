"""The tables of `reelmate evaluate --understanding`, printed on standard output."""

import json

from bot.cli.evaluate.layout import new_table, percent, print_line
from bot.reporting import result_console
from recsys.evaluation.understanding import UnderstandingReport


def print_understanding(report: UnderstandingReport) -> None:
    """Print the texts of every kind and how many of them were understood, the part held out first."""
    print_line(f"texts of a chat about the titles of {report.dataset}: understood / all")
    table = new_table("kind", *(part.part.replace("_", " ") for part in report.parts))
    for kind in dict.fromkeys(kind for part in report.parts for kind in part.texts):
        counts = ((part.right.get(kind, 0), part.texts.get(kind, 0)) for part in report.parts)
        table.add_row(kind, *(f"{right} / {texts}" for right, texts in counts))
    table.add_section()
    table.add_row("all", *(f"{sum(part.right.values())} / {part.total}" for part in report.parts))
    table.add_row("share understood", *(percent(part.share, 1) for part in report.parts), style="bold")
    table.add_row("wrong ratings", *(str(part.wrong_ratings) for part in report.parts), style="bold")
    result_console().print(table)


def print_misread(report: UnderstandingReport) -> None:
    """Print every text that was not understood, with what is right and what was read, except those held out."""
    for misread in report.of("seen").misread:
        marker = "WRONG RATING " if misread.wrong_ratings else ""
        print_line(f"{marker}[{misread.text.kind}] {misread.text.text!r}")
        print_line(f"    right: {json.dumps(misread.text.means, ensure_ascii=False)}")
        print_line(f"    read:  {json.dumps(misread.read, ensure_ascii=False)}")
