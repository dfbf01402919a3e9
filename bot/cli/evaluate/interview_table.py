"""What `reelmate evaluate --interview` shows, on standard output."""

from rich import box
from rich.table import Table

from bot.reporting import format_value, result_console
from recsys.evaluation.interviews.report import MANNERS, OURS, PARTS, PEERS, InterviewReport
from recsys.evaluation.interviews.simulation import SHOWN_COUNTS


def print_interview(report: InterviewReport) -> None:
    """Print NDCG@10 by the number of titles shown, for every way to ask and for people of other manners."""
    console = result_console()
    newcomers = sum(run.newcomers for run in report.of(OURS))
    console.print(f"{report.dataset}, {len(report.seeds)} split(s), {newcomers} newcomers in all", soft_wrap=True)
    console.print(
        f"NDCG@10 by the number of titles shown; mean: of {', '.join(map(str, SHOWN_COUNTS[1:]))}; answers: to"
        f" {SHOWN_COUNTS[-1]} titles; ratio: to the best peer's mean",
        soft_wrap=True,
    )
    table = _table("asked how", "mean", "answers", "ratio")
    for ways in ((*PEERS, OURS), PARTS):
        for way in ways:
            _add(table, report, way, format_value(report.ratio(way)))
        table.add_section()
    console.print(table)
    console.print(f"{OURS} with other people: some name titles first, some never tap 👎", soft_wrap=True)
    table = _table("", "mean", "answers")
    for way in (OURS, *MANNERS):
        _add(table, report, way)
    console.print(table)
    known = "; ".join(f"page {number}: {_percent(share)}" for number, share in enumerate(report.known(OURS), start=1))
    console.print(f"share of people who know a title, mean: {known}", soft_wrap=True)
    console.print(
        f"first page: {', '.join(report.first_page)}; no title of anybody's first page is known to fewer than"
        f" {_percent(report.least_known(OURS))}",
        soft_wrap=True,
    )


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column(first, overflow="fold")
    for name in (*map(str, SHOWN_COUNTS), *others):
        table.add_column(name, justify="right")
    return table


def _add(table: Table, report: InterviewReport, way: str, *more: str) -> None:
    figures = [format_value(figure) for figure in (*report.ndcg(way), report.mean(way))]
    answers = f"{report.answered(way)[-1]:.1f}"
    table.add_row(way, *figures, answers, *more, style="bold" if way == OURS else "")


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
