"""The report on simulated interviews: hand-computed ratios, and a complete report with small real towers."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bot.cli.evaluate.interview_table import print_interview
from recsys.data import Dataset
from recsys.evaluation.interviews.policies import recount_movies
from recsys.evaluation.interviews.report import (
    ABLATIONS,
    ANSWERING_STYLES,
    BASELINES,
    ENTROPY,
    LIKELY_SEEN,
    OUR_TOWERS,
    POPULAR,
    RANDOM,
    TREE,
    InterviewReport,
    InterviewRun,
    evaluate_interviews,
)
from recsys.evaluation.interviews.simulation import rater_shares
from recsys.evaluation.newcomers import OURS, TooSmall
from recsys.evaluation.plot import plot_interviews
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.protocol.newcomers import split_people
from recsys.serving.interview import Interview
from tests.builders import checkerboard


def run(strategy: str, seed: int, *ndcg: float, min_rater_share: float = 0.5) -> InterviewRun:
    """Return a run with this NDCG@10 after 0, 8, 16 and 24 titles."""
    return InterviewRun(
        strategy, seed, 100, ndcg, (0.0, 2.0, 4.0, float(seed + 5)), (0.5, 0.4, 0.3), min_rater_share, (10, 20)
    )


def report(*runs: InterviewRun) -> InterviewReport:
    """Return a report of these runs; all other baselines have an NDCG@10 of .1."""
    seeds = tuple(dict.fromkeys(interview_run.seed for interview_run in runs))
    given = {interview_run.strategy for interview_run in runs}
    hopeless = [
        run(strategy, seed, 0.1, 0.1, 0.1, 0.1) for seed in seeds for strategy in BASELINES if strategy not in given
    ]
    return InterviewReport("built", seeds, (*runs, *hopeless), ("Movie 10 (1990)", "Movie 20 (1990)"))


TWO_SPLITS = report(
    run(POPULAR, 0, 0.3, 0.3, 0.4, 0.5),
    run(OURS, 0, 0.3, 0.4, 0.5, 0.6, min_rater_share=0.4),
    run(POPULAR, 1, 0.3, 0.1, 0.2, 0.3),
    run(LIKELY_SEEN, 0, 0.3, 0.2, 0.2, 0.2),
    run(LIKELY_SEEN, 1, 0.3, 0.2, 0.3, 0.4),
    run(OURS, 1, 0.3, 0.3, 0.3, 0.3, min_rater_share=0.35),
)


def test_the_ratio_is_of_means_over_8_16_and_24_titles_to_the_best_baseline_of_each_split() -> None:
    """The mean of .5 / .4 and .3 / .3 is 1.125; NDCG@10 before any title does not count."""
    assert TWO_SPLITS.ratio(OURS) == pytest.approx((0.5 / 0.4 + 1.0) / 2)
    assert TWO_SPLITS.ratio(POPULAR) == pytest.approx((1.0 + 0.2 / 0.3) / 2)
    assert TWO_SPLITS.mean(OURS) == pytest.approx(0.4)


def test_metrics_are_means_over_the_splits() -> None:
    """Means are by the number of titles; the smallest rater share is that of all splits."""
    assert TWO_SPLITS.ndcg(OURS) == pytest.approx([0.3, 0.35, 0.4, 0.45])
    assert TWO_SPLITS.answered(OURS) == pytest.approx([0, 2, 4, 5.5])
    assert TWO_SPLITS.rater_share(OURS) == pytest.approx([0.5, 0.4, 0.3])
    assert TWO_SPLITS.min_rater_share(OURS) == 0.35


def test_there_is_no_ratio_to_baselines_without_hits() -> None:
    """The ratio is None, without a division by zero."""
    runs = [run(strategy, 0, 0.0, 0.0, 0.0, 0.0) for strategy in BASELINES]
    assert report(*runs, run(OURS, 0, 0.3, 0.4, 0.5, 0.6)).ratio(OURS) is None


@pytest.fixture(scope="module")
def measured(board: Dataset, towers: Towers) -> InterviewReport:
    """A complete report over a board without genders, with the same small towers for every strategy."""
    without_genders = replace(board, genders=np.full_like(board.genders, -1))
    calls: list[tuple[int, int, str]] = []
    result = evaluate_interviews(
        without_genders, [0, 1], lambda *_: towers, lambda *_: towers, lambda *step: calls.append(step)
    )
    steps = 2 * (len(BASELINES) + 1 + len(ABLATIONS) + len(ANSWERING_STYLES))
    assert [done for done, _, _ in calls] == list(range(steps + 1))
    assert {total for _, total, _ in calls} == {steps}
    assert calls[0][2] == f"{RANDOM}, seed 0"
    return result


@pytest.mark.slow
def test_everybody_is_interviewed_with_every_strategy_on_every_split(measured: InterviewReport) -> None:
    """Each strategy has a run for each seed with the same 20 people, who rate about a third of 24 titles."""
    assert {(run.strategy, run.seed) for run in measured.runs} == {
        (strategy, seed) for strategy in (*BASELINES, OURS, *ABLATIONS, *ANSWERING_STYLES) for seed in (0, 1)
    }
    for measured_run in measured.runs:
        assert measured_run.newcomers == 20
        assert measured_run.answered[0] == 0
        assert measured_run.answered[1] < measured_run.answered[2] < measured_run.answered[3] < 12
        assert all(0 < ndcg <= 1 for ndcg in measured_run.ndcg)


def test_strategies_with_equal_parts_agree(measured: InterviewReport) -> None:
    """Before any title all are equal; our towers alone show the most popular titles, but use the unseen ones too."""
    assert measured.answered(OUR_TOWERS) == measured.answered(POPULAR)
    assert measured.ndcg(OUR_TOWERS)[1:] != measured.ndcg(POPULAR)[1:]
    for strategy in (POPULAR, RANDOM, ENTROPY, LIKELY_SEEN, TREE, *ABLATIONS):
        assert measured.ndcg(strategy)[0] == pytest.approx(measured.ndcg(OURS)[0])


def test_named_titles_and_pages_help(measured: InterviewReport) -> None:
    """On the board one rating reveals the taste, so a named title or an answered page raises NDCG@10 a lot."""
    without_answers = measured.ndcg(OURS)[0]
    assert measured.ndcg("1 title named")[0] > 1.5 * without_answers
    assert measured.ndcg(OURS)[1] > 1.5 * without_answers


def test_the_first_page_is_what_the_product_shows_first(
    board: Dataset, towers: Towers, measured: InterviewReport
) -> None:
    """The page is computed from the train people's counts; the smallest rater share is that of its titles."""
    movies = recount_movies(board, split_people(board, 0).train)
    page = Interview(towers, movies).next_movies(Profile(), set(), 8)
    shares = rater_shares(board)
    first = measured.of(OURS)[0]
    assert list(first.first_page) == page
    assert first.min_rater_share == min(shares[movie_id] for movie_id in page)
    assert first.rater_share[0] == pytest.approx(sum(shares[movie_id] for movie_id in page) / 8)
    assert list(measured.first_page) == [
        movie.label for movie_id in page for movie in movies if movie.movie_id == movie_id
    ]


def test_the_json_document_has_every_metric_in_order(measured: InterviewReport) -> None:
    """Strategies are in table order with their runs, and answering styles are in a list of their own."""
    document = json.loads(json.dumps(measured.to_dict(), allow_nan=False))
    assert document["shown_counts"] == [0, 8, 16, 24]
    assert [strategy["name"] for strategy in document["strategies"]] == [*BASELINES, OURS, *ABLATIONS]
    assert [strategy["name"] for strategy in document["answering_styles"]] == list(ANSWERING_STYLES)
    ours = document["strategies"][len(BASELINES)]
    assert ours["ndcg_at_10"] == measured.ndcg(OURS)
    assert ours["ratio_to_best_baseline"] == document["ratio_to_best_baseline"] == measured.ratio(OURS)
    assert [run["seed"] for run in ours["runs"]] == [0, 1]


def test_the_tables_have_every_strategy_and_the_first_page(
    measured: InterviewReport, capsys: pytest.CaptureFixture[str]
) -> None:
    """In 80 columns each name and its metrics fit on one line."""
    print_interview(measured)
    lines = capsys.readouterr().out.splitlines()
    for strategy in (*BASELINES, OURS, *ABLATIONS, *ANSWERING_STYLES):
        ndcg = [f"{value:.3f}" for value in measured.ndcg(strategy)]
        assert any(
            line.split()[len(strategy.split()) :][:4] == ndcg for line in lines if line.strip().startswith(strategy)
        )
    assert "first page: " + ", ".join(measured.first_page) in lines[-1]


def test_the_plot_is_a_complete_png(measured: InterviewReport, tmp_path: Path) -> None:
    """No partial file is left beside it."""
    path = tmp_path / "interviews.png"
    plot_interviews(measured, path)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert list(tmp_path.iterdir()) == [path]


def test_a_data_set_with_nobody_to_interview_is_refused_before_any_fitting() -> None:
    """With 8 ratings each, nobody has 5 likes in the hidden half."""

    def never(*_: object) -> Towers:
        raise AssertionError

    with pytest.raises(TooSmall, match="with seed 0 no test person has 5 likes"):
        evaluate_interviews(checkerboard(people=50, rated=8), [0], never, never, lambda *_: None)
