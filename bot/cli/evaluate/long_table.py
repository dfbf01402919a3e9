"""The table of `reelmate evaluate --long`, printed on standard output."""

from bot.cli.evaluate.layout import new_table, print_line
from bot.reporting import format_value, result_console
from recsys.evaluation.long_histories import GOAL, LongHistoriesReport


def print_long(report: LongHistoriesReport) -> None:
    """Print NDCG@10 of the served lists and of EASE by the number of answers."""
    print_line(
        f"{report.dataset}, {len(report.seeds)} split(s), test people with enough ratings; the first k are answers,"
        " the others are hidden"
    )
    table = new_table("answers k", "people", "served", "EASE", "ratio", "standard error")
    for row in report.rows:
        table.add_row(
            str(row.answers),
            str(row.people),
            format_value(row.served),
            format_value(row.ease),
            format_value(row.ratio),
            format_value(row.standard_error),
        )
    result_console().print(table)
    print_line(
        f"NDCG@10 of the lists that the product serves, and of EASE with its best lambda; the goal is a ratio of {GOAL}"
        " from 50 answers on"
    )
