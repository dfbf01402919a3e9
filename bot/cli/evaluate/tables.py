"""What `reelmate evaluate` shows: a table for each topic, on standard output."""

from collections.abc import Sequence

from rich import box
from rich.table import Table

from bot.reporting import format_value, result_console
from recsys.evaluation.explanations.report import ExplanationsReport
from recsys.evaluation.lists import ListsReport
from recsys.evaluation.new_titles import GOAL, NewTitlesReport
from recsys.evaluation.newcomers import Report
from recsys.evaluation.wishes import WishesReport
from recsys.protocol.newcomers import MAX_ANSWERS


def print_newcomers(report: Report) -> None:
    """Print an evaluation: NDCG@10 of every model by the number of answers, and how the first compares."""
    counts = report.answer_counts
    table = _table("answers", *map(str, counts), "disliked")
    for model in report.models:
        means = [report.mean(model, count) for count in counts]
        figures = [f"{mean.ndcg:.3f}" for mean in means]
        table.add_row(model, *figures, f"{means[-1].disliked:.3f}", style="bold" if model == report.ours else "")
    table.add_section()
    table.add_row(f"{report.ours} : best", *[format_value(report.ratio(count)) for count in counts], "")
    console = result_console()
    newcomers = report.mean(report.models[0], counts[0]).newcomers
    _headline(report.dataset, report.seeds, newcomers)
    console.print(f"NDCG@10 by the number of answers; disliked@10 after {counts[-1]} answers", soft_wrap=True)
    console.print(table)
    console.print(f"mean ratio to the best other model: {format_value(report.mean_ratio())}", soft_wrap=True)
    disliked = format_value(report.disliked_ratio())
    console.print(f"disliked@10 after 1 answer and more, as a ratio to RecVAE's: {disliked}", soft_wrap=True)


def print_lists(report: ListsReport) -> None:
    """Print what lists of ten are like, by the setting that trades hits for variety, and next to other models."""
    console = result_console()
    _headline(report.dataset, report.seeds, report.newcomers)
    console.print(
        "lists of ten, mean over the numbers of answers; coverage and Gini: over all movies; variety: 1 - Jaccard of"
        " genres and decades; popularity: share of people who know a title",
        soft_wrap=True,
    )
    table = _table("", "NDCG@10", "cost %", "coverage", "variety", "popularity", "Gini")
    for row in report.rows:
        is_ours = row.diversity is not None
        mean = row.mean
        figures = [mean.coverage, mean.variety, mean.popularity, mean.gini]
        table.add_row(
            f"{row.name}, DIVERSITY={row.diversity:g}" if is_ours else row.name,
            format_value(mean.ndcg),
            f"{100 * report.cost(row):.2f}" if is_ours else "",
            *map(format_value, figures),
            style="bold" if row.diversity == report.diversity else "",
        )
    console.print(table)


def print_wishes(report: WishesReport) -> None:
    """Print for each wish whether all results obey it, and what filtering inside the search is worth."""
    console = result_console()
    console.print(
        f"{report.dataset}, {len(report.seeds)} split(s); NDCG@10 inside the wish after {report.answers} answers",
        soft_wrap=True,
    )
    table = _table("wish", "newcomers", "results", "violations", "NDCG@10", "filtered after")
    for one in report.wishes:
        counts = [str(one.newcomers), str(one.results), str(one.violations)]
        table.add_row(one.text, *counts, format_value(one.ndcg), format_value(one.ndcg_after))
    console.print(table)
    console.print(f"violations in all: {report.violations}", soft_wrap=True)
    console.print(
        f"mean ratio to the plain list of 200, filtered afterwards: {format_value(report.ratio)}", soft_wrap=True
    )
    if report.left_out:
        console.print(f"left out, no such genre here or too few likes: {'; '.join(report.left_out)}", soft_wrap=True)


def print_explanations(report: ExplanationsReport) -> None:
    """Print whether reasons are true, what thumbs down did, and the learning curve."""
    console = result_console()
    _headline(report.dataset, report.seeds, report.newcomers)
    console.print("reasons on cards of ten, and what holds of those that name a liked movie", soft_wrap=True)
    table = _table("answers", "cards", "because liked", "peers", "popular", "without it lower", "without it lowest")
    for one in report.reasons:
        kinds = (one.because_liked, one.popular_with_peers, one.popular)
        table.add_row(
            str(one.answers),
            str(one.cards),
            *(_share(kind, one.cards) for kind in kinds),
            *(_share(count, one.because_liked) for count in (one.true, one.strongest)),
        )
    console.print(table)
    console.print("one thumb down more: what it does to its movie, and to the 10 most alike", soft_wrap=True)
    table = _table("thumb on", "answers", "thumbs", "raised", "score", "ranks", "alike raised", "score", "ranks")
    for its in report.dislikes:
        table.add_row(
            its.target,
            str(its.answers),
            str(its.thumbs),
            f"{100 * its.own_raised:.2f} %",
            f"{its.own_change:+.2f}",
            f"{its.own_rank_change:+.0f}",
            f"{100 * its.near_raised:.2f} %",
            f"{its.near_change:+.2f}",
            f"{its.near_rank_change:+.0f}",
        )
    console.print(table)
    curve, fall = report.curve, report.curve.largest_fall
    steps = ", ".join(f"{answers}: {ndcg:.3f}" for answers, ndcg in enumerate(curve.ndcg))
    console.print(f"NDCG@10 by answers: {steps}", soft_wrap=True)
    console.print(
        f"largest fall: {fall.size:.4f} after {fall.answers} answers against {fall.below},"
        f" standard error {fall.noise:.4f}",
        soft_wrap=True,
    )


def print_new_titles(report: NewTitlesReport) -> None:
    """Print how titles are ranked that the model was not trained on."""
    console = result_console()
    console.print(
        f"{report.dataset}, {len(report.splits)} split(s), plots and names told of {100 * report.told:.0f} % of the"
        f" movies; NDCG@10 among titles held out of the training, after {MAX_ANSWERS} answers about others",
        soft_wrap=True,
    )
    table = _table("seed", "new titles", "newcomers", "Reelmate", "by genres", "by chance")
    for one in report.splits:
        figures = [one.ndcg, one.by_genres, one.by_chance]
        table.add_row(str(one.seed), str(one.titles), str(one.newcomers), *map(format_value, figures))
    console.print(table)
    console.print(f"ratio to the genre profile: {format_value(report.ratio)} (goal: {GOAL:g})", soft_wrap=True)


def _headline(dataset: str, seeds: Sequence[int], newcomers: int) -> None:
    result_console().print(f"{dataset}, {len(seeds)} split(s), {newcomers} newcomers in all", soft_wrap=True)


def _table(first: str, *others: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(first, overflow="fold")
    for name in others:
        table.add_column(name, justify="right")
    return table


def _share(count: int, of: int) -> str:
    return f"{100 * count / of:.2f} %" if of else "-"
