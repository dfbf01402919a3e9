"""The table of `reelmate evaluate --similar`, printed on standard output."""

from bot.cli.evaluate.layout import new_table, print_line
from bot.reporting import format_value, result_console
from recsys.evaluation.similar import COMMON_LIKES, LIST_LENGTH, SimilarReport


def print_similar(report: SimilarReport) -> None:
    """Print how well every method finds movies like another one."""
    print_line(
        f"{report.dataset}, {len(report.seeds)} split(s), lists of {LIST_LENGTH} for an empty profile, for"
        f" {report.titles} titles with at least {COMMON_LIKES} likes each"
    )
    print_line(
        "lift: how many times as many people as by chance like both; P: share of the people who like the title who"
        " like a listed one; overlap: Jaccard index of the genres; titles: different ones in all lists"
    )
    table = new_table("", "lift", "P", "overlap", "titles", "lift, held out", "P, held out")
    for row in report.rows:
        seen, held_out = row.seen, row.held_out
        table.add_row(
            row.name,
            f"{seen.lift:.2f}",
            format_value(seen.probability),
            format_value(row.overlap),
            f"{row.titles:.0f}",
            f"{held_out.lift:.2f}",
            format_value(held_out.probability),
            style="bold" if row.name == report.rows[0].name else "",
        )
    result_console().print(table)
    print_line("held out: counted among the test people, whose ratings no method has seen")
