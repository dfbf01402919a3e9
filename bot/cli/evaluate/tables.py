"""The tables of `reelmate evaluate`, one function per topic, printed on standard output."""

from collections.abc import Sequence

from bot.cli.evaluate.layout import new_table, percent, print_headline, print_line
from bot.reporting import format_value, result_console
from recsys.evaluation.explanations.dislikes import DislikeEffect
from recsys.evaluation.explanations.faithfulness import Faithfulness
from recsys.evaluation.explanations.learning_curve import LearningCurve
from recsys.evaluation.explanations.report import ExplanationsReport
from recsys.evaluation.list_styles import SINGLE_GENRE_CARDS, SINGLE_GENRE_LIKES
from recsys.evaluation.lists import ListsReport
from recsys.evaluation.new_titles import GOAL, NewTitlesReport
from recsys.evaluation.newcomers import DISLIKED_REFERENCE, NewcomersReport
from recsys.evaluation.wishes import WishesReport
from recsys.protocol.newcomers import MAX_ANSWERS
from recsys.training.options import LARGE_CATALOGUE


def print_newcomers(report: NewcomersReport) -> None:
    """Print NDCG@10 of every model by the number of answers, and the ratio of ours to the best baseline."""
    counts = report.answer_counts
    table = new_table("answers", *map(str, counts), "disliked")
    for model in report.models:
        means = [report.mean(model, count) for count in counts]
        ndcg = [f"{mean.ndcg:.3f}" for mean in means]
        table.add_row(model, *ndcg, f"{means[-1].disliked:.3f}", style="bold" if model == report.ours else "")
    table.add_section()
    table.add_row(f"{report.ours} : best", *[format_value(report.ratio(count)) for count in counts], "")
    print_headline(report.dataset, report.seeds, report.mean(report.models[0], counts[0]).newcomers)
    print_line(f"NDCG@10 by the number of answers; disliked@10 after {counts[-1]} answers")
    result_console().print(table)
    print_line(f"mean ratio to the best baseline: {format_value(report.mean_ratio())}")
    if DISLIKED_REFERENCE in report.models:
        ratio = format_value(report.disliked_ratio())
        print_line(f"disliked@10 as a ratio to {DISLIKED_REFERENCE}'s, mean of 1 and more answers: {ratio}")
    else:
        print_line(
            f"{DISLIKED_REFERENCE} is left out, because its training takes days with more than {LARGE_CATALOGUE} movies"
        )


def print_lists(report: ListsReport) -> None:
    """Print the list metrics of every diversity setting and every baseline."""
    print_headline(report.dataset, report.seeds, report.newcomers)
    print_line(
        "lists of ten, mean over the numbers of answers; coverage and Gini: over all movies; variety: 1 - Jaccard of"
        " genres and decades; popularity: share of people who have rated a title"
    )
    table = new_table("", "NDCG@10", "cost %", "coverage", "variety", "popularity", "Gini")
    for row in report.rows:
        is_ours = row.diversity is not None
        mean = row.mean
        table.add_row(
            f"{row.name}, DIVERSITY={row.diversity:g}" if is_ours else row.name,
            format_value(mean.ndcg),
            f"{100 * report.cost(row):.2f}" if is_ours else "",
            *map(format_value, (mean.coverage, mean.variety, mean.popularity, mean.gini)),
            style="bold" if row.diversity == report.diversity else "",
        )
    result_console().print(table)

    if report.styles:
        _print_styles(report)
    if report.single_genre:
        _print_single_genre(report)


def _print_styles(report: ListsReport) -> None:
    """Print each popularity setting, with the cost for each number of answers and metrics for the thirds of people."""
    best = report.best_ndcg
    print_line(
        "calibration and popularity setting; cost: NDCG@10 against the best of the table above, by number of answers"
    )
    table = new_table("", "NDCG@10", *(f"cost % k={answers}" for answers in best))
    for row in report.styles:
        costs = [f"{100 * cost:.2f}" for cost in row.costs(best).values()]
        table.add_row(row.name, format_value(row.mean.ndcg), *costs)
    result_console().print(table)
    print_line(
        "thirds of people by KL(genres of their likes || genres of all likes); beyond: share of titles beyond the"
        " 200 best known; KL: KL(genres of the person || genres of the list)"
    )
    thirds = ("near", "middle", "far")
    table = new_table("", *(f"beyond %, {third}" for third in thirds), *(f"KL, {third}" for third in thirds))
    for row in report.styles:
        long_tail = [f"{100 * share:.1f}" for share in row.mean.hidden]
        table.add_row(row.name, *long_tail, *map(format_value, row.mean.divergence))
    result_console().print(table)


def _print_single_genre(report: ListsReport) -> None:
    """Print how many cards are of the genre that a person likes."""
    print_line(
        f"people who like {SINGLE_GENRE_LIKES} titles of a genre: titles of the genre among the next"
        f" {SINGLE_GENRE_CARDS} cards"
    )
    table = new_table("", "uncalibrated", "balanced")
    for row in report.single_genre:
        table.add_row(row.genre, f"{row.before:.1f}", f"{row.after:.1f}")
    result_console().print(table)


def print_wishes(report: WishesReport) -> None:
    """Print each wish's violations, and NDCG@10 with pre-filtering and with post-filtering."""
    print_line(
        f"{report.dataset}, {len(report.seeds)} split(s); NDCG@10 inside the wish after {report.answers} answers"
    )
    table = new_table("wish", "newcomers", "results", "violations", "NDCG@10", "filtered after")
    for wish in report.wishes:
        counts = [str(wish.newcomers), str(wish.results), str(wish.violations)]
        table.add_row(wish.text, *counts, format_value(wish.ndcg), format_value(wish.ndcg_post_filtered))
    result_console().print(table)
    print_line(f"violations in all: {report.violations}")
    print_line(f"mean ratio to the plain list of 200, filtered afterwards: {format_value(report.ratio)}")
    if report.left_out:
        print_line(f"left out, no such genre here or too few likes: {'; '.join(report.left_out)}")


def print_explanations(report: ExplanationsReport) -> None:
    """Print the faithfulness of explanations, the effect of thumbs down, and the learning curve."""
    print_headline(report.dataset, report.seeds, report.newcomers)
    _print_faithfulness(report.faithfulness)
    _print_dislikes(report.dislikes)
    _print_learning_curve(report.learning_curve)


def _print_faithfulness(rows: Sequence[Faithfulness]) -> None:
    print_line("explanations on cards of ten; the last two columns: of the cards that name a liked movie")
    table = new_table("answers", "cards", "because liked", "peers", "popular", "lower without it", "lowest without it")
    for row in rows:
        kinds = (row.because_liked, row.popular_with_peers, row.popular)
        table.add_row(
            str(row.answers),
            str(row.cards),
            *(_share(kind, row.cards) for kind in kinds),
            *(_share(count, row.because_liked) for count in (row.faithful, row.most_influential)),
        )
    result_console().print(table)


def _print_dislikes(rows: Sequence[DislikeEffect]) -> None:
    print_line("one more thumb down: changes of its movie and of the 10 most similar movies")
    table = new_table("thumb on", "answers", "thumbs", "raised", "score", "rank", "similar raised", "score", "rank")
    for row in rows:
        table.add_row(
            row.target,
            str(row.answers),
            str(row.thumbs),
            percent(row.score_raised, 2),
            f"{row.score_change:+.2f}",
            f"{row.rank_change:+.0f}",
            percent(row.neighbour_score_raised, 2),
            f"{row.neighbour_score_change:+.2f}",
            f"{row.neighbour_rank_change:+.0f}",
        )
    result_console().print(table)


def _print_learning_curve(curve: LearningCurve) -> None:
    values = ", ".join(f"{answers}: {ndcg:.3f}" for answers, ndcg in enumerate(curve.ndcg))
    print_line(f"NDCG@10 by answers: {values}")
    drop = curve.largest_drop
    print_line(
        f"largest drop: {drop.size:.4f} after {drop.answers} answers against {drop.best_answers},"
        f" standard error {drop.standard_error:.4f}"
    )


def print_new_titles(report: NewTitlesReport) -> None:
    """Print NDCG@10 among titles that the model was not trained on."""
    print_line(
        f"{report.dataset}, {len(report.splits)} split(s), plots and names of {percent(report.described_share, 0)} of"
        f" the movies; NDCG@10 among titles held out of the training, after {MAX_ANSWERS} answers about others"
    )
    table = new_table("seed", "new titles", "newcomers", "Reelmate", "by genres", "by chance")
    for split in report.splits:
        ndcg = [split.ndcg, split.genre_ndcg, split.chance_ndcg]
        table.add_row(str(split.seed), str(split.titles), str(split.newcomers), *map(format_value, ndcg))
    result_console().print(table)
    print_line(f"ratio to the genre profile: {format_value(report.ratio)} (goal: {GOAL:g})")


def _share(count: int, total: int) -> str:
    return percent(count / total, 2) if total else "-"
