"""The tables of `reelmate evaluate --interview`, printed on standard output."""

from rich.table import Table

from bot.cli.evaluate.layout import new_table, percent, print_headline, print_line
from bot.reporting import format_value, result_console
from recsys.evaluation.interviews.report import ABLATIONS, ANSWERING_STYLES, BASELINES, InterviewReport
from recsys.evaluation.interviews.simulation import SHOWN_COUNTS
from recsys.evaluation.newcomers import OURS


def print_interview(report: InterviewReport) -> None:
    """Print NDCG@10 by the number of shown titles, for every strategy and every answering style."""
    print_headline(report.dataset, report.seeds, sum(run.newcomers for run in report.of(OURS)))
    print_line(
        f"NDCG@10 by the number of titles shown; mean: of {', '.join(map(str, SHOWN_COUNTS[1:]))}; answers: to"
        f" {SHOWN_COUNTS[-1]} titles; ratio: to the best baseline's mean"
    )
    table = _table("strategy", "mean", "answers", "ratio")
    for strategies in ((*BASELINES, OURS), ABLATIONS):
        for strategy in strategies:
            _add_row(table, report, strategy, format_value(report.ratio(strategy)))
        table.add_section()
    result_console().print(table)
    print_line(f"{OURS} with other answering styles: some people name titles first, some never tap 👎")
    table = _table("", "mean", "answers")
    for strategy in (OURS, *ANSWERING_STYLES):
        _add_row(table, report, strategy)
    result_console().print(table)
    shares = (f"page {page}: {percent(share, 1)}" for page, share in enumerate(report.rater_share(OURS), start=1))
    print_line(f"share of people who have rated a title, mean: {'; '.join(shares)}")
    print_line(
        f"first page: {', '.join(report.first_page)}; every title of anybody's first page was rated by at least"
        f" {percent(report.min_rater_share(OURS), 1)} of the people"
    )


def _table(first: str, *others: str) -> Table:
    return new_table(first, *map(str, SHOWN_COUNTS), *others, collapse_padding=True)


def _add_row(table: Table, report: InterviewReport, strategy: str, *more: str) -> None:
    ndcg = [format_value(value) for value in (*report.ndcg(strategy), report.mean(strategy))]
    answers = f"{report.answered(strategy)[-1]:.1f}"
    table.add_row(strategy, *ndcg, answers, *more, style="bold" if strategy == OURS else "")
