"""The tables of `reelmate evaluate`, for reports with known metrics."""

import pytest

from bot.cli.evaluate import tables as render
from bot.cli.evaluate.long_table import print_long
from bot.cli.evaluate.similar_table import print_similar
from bot.cli.evaluate.understanding_table import print_misread, print_understanding
from recsys.evaluation.explanations.dislikes import DislikeEffect
from recsys.evaluation.explanations.faithfulness import Faithfulness
from recsys.evaluation.explanations.learning_curve import Drop, LearningCurve
from recsys.evaluation.explanations.report import ExplanationsReport
from recsys.evaluation.lists import ListMetrics, ListsReport, ListsRow
from recsys.evaluation.long_histories import LongHistoriesReport, LongHistoriesRow
from recsys.evaluation.new_titles import NewTitlesReport, NewTitlesSplit
from recsys.evaluation.newcomers import NewcomersReport, Run
from recsys.evaluation.similar import CoLikes, SimilarReport, SimilarRow
from recsys.evaluation.understanding import CorpusText, Misread, PartReport, UnderstandingReport
from recsys.evaluation.wishes import WishesReport, WishMetrics
from recsys.protocol.newcomers import Metrics


@pytest.fixture(autouse=True)
def _wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """Use a terminal wide enough that no row is broken."""
    monkeypatch.setenv("COLUMNS", "160")


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """Return every printed line, with one blank between words."""
    return [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()]


def test_newcomers_by_model_and_number_of_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """NDCG@10 after each number of answers, disliked@10 after the last, and the ratio to the best baseline."""

    def run(model: str, *ndcg: float) -> Run:
        metrics = {k: Metrics(value, 0.5, 0.02, 100) for k, value in zip((0, 5), ndcg, strict=True)}
        return Run(model, 0, metrics, 2.0)

    runs = (run("EASE", 0.4, 0.5), run("Reelmate", 0.5, 0.6))
    render.print_newcomers(NewcomersReport("built", (0,), (0, 5), ("Reelmate", "EASE"), "Reelmate", runs))
    printed = lines(capsys)
    assert "Reelmate 0.500 0.600 0.020" in printed
    assert "Reelmate : best 1.250 1.200" in printed
    assert "RecVAE is left out, because its training takes days with more than 20000 movies" in printed
    recvae = run("RecVAE", 0.4, 0.5)
    render.print_newcomers(
        NewcomersReport("built", (0,), (0, 5), ("Reelmate", "RecVAE"), "Reelmate", (recvae, *runs[1:]))
    )
    assert "disliked@10 as a ratio to RecVAE's, mean of 1 and more answers: 1.000" in lines(capsys)


def test_lists_by_setting_and_what_each_costs(capsys: pytest.CaptureFixture[str]) -> None:
    """The cost is in percent of the NDCG@10 without diversity; baselines have no cost."""
    rows = (
        ListsRow("Reelmate", 0.0, {0: ListMetrics(0.4, 0.1, 0.7, 0.3, 0.9), 5: ListMetrics(0.6, 0.1, 0.7, 0.3, 0.9)}),
        ListsRow("Reelmate", 1.0, {0: ListMetrics(0.4, 0.2, 0.8, 0.2, 0.8), 5: ListMetrics(0.59, 0.2, 0.8, 0.2, 0.8)}),
        ListsRow("EASE", None, {0: ListMetrics(0.3, 0.2, 0.5, 0.4, 0.9), 5: ListMetrics(0.3, 0.2, 0.5, 0.4, 0.9)}),
    )
    render.print_lists(ListsReport("built", (0,), 20, 1.0, rows))
    printed = lines(capsys)
    assert "Reelmate, DIVERSITY=1 0.495 1.00 0.200 0.800 0.200 0.800" in printed
    assert "EASE 0.300 0.200 0.500 0.400 0.900" in printed


def test_similar_movies_by_method(capsys: pytest.CaptureFixture[str]) -> None:
    """One row per method: among the people it has seen, then among those held out."""
    rows = (
        SimilarRow("Reelmate", CoLikes(6.125, 0.47), CoLikes(5.5, 0.45), 0.65, 1188),
        SimilarRow("popularity", CoLikes(1.5, 0.57), CoLikes(1.25, 0.56), 0.15, 11),
    )
    print_similar(SimilarReport("built", (0,), 400, rows))
    printed = lines(capsys)
    assert "Reelmate 6.12 0.470 0.650 1188 5.50 0.450" in printed
    assert "popularity 1.50 0.570 0.150 11 1.25 0.560" in printed


def test_long_histories_by_number_of_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """One row per number of answers; a dash without a ratio."""
    rows = (
        LongHistoriesRow(50, 300, 0.63, 0.6, 1.05, 0.012, ("lambda 1000, graded",)),
        LongHistoriesRow(200, 1, 0.5, 0.0, None, None, ("lambda 1000, graded",)),
    )
    print_long(LongHistoriesReport("built", (0,), rows))
    printed = lines(capsys)
    assert "50 300 0.630 0.600 1.050 0.012" in printed
    assert "200 1 0.500 0.000 - -" in printed


def test_wishes_with_their_violations(capsys: pytest.CaptureFixture[str]) -> None:
    """One row per wish, then the sum of violations, the ratio, and the wishes that were left out."""
    wishes = (WishMetrics("no horror", 7, 70, 0, 0.5, 0.4), WishMetrics("90s comedy", 3, 30, 2, 0.25, 0.2))
    render.print_wishes(WishesReport("built", (0,), 5, wishes, ("sci-fi",)))
    printed = lines(capsys)
    assert "no horror 7 70 0 0.500 0.400" in printed
    assert "violations in all: 2" in printed
    assert printed[-1].endswith(": sci-fi")
    assert any(line.endswith("filtered afterwards: 1.250") for line in printed)


def test_explanations_thumbs_and_the_learning_curve(capsys: pytest.CaptureFixture[str]) -> None:
    """Shares in percent of the cards or of the named likes; a dash if there are none."""
    faithfulness = (Faithfulness(1, 200, 100, 60, 40, 99, 98), Faithfulness(3, 200, 0, 100, 100, 0, 0))
    thumbs = (DislikeEffect("first card", 3, 20, 0.25, -0.5, 0.1, 12.0, 0.125, -0.25, 0.2, 7.0),)
    curve = LearningCurve((0.1, 0.3, 0.25), Drop(2, 1, 0.05, 0.01))
    render.print_explanations(ExplanationsReport("built", (0,), 20, faithfulness, thumbs, curve))
    printed = lines(capsys)
    assert "1 200 50.00 % 30.00 % 20.00 % 99.00 % 98.00 %" in printed
    assert "3 200 0.00 % 50.00 % 50.00 % - -" in printed
    assert "first card 3 20 25.00 % -0.50 +12 12.50 % -0.25 +7" in printed
    assert "NDCG@10 by answers: 0: 0.100, 1: 0.300, 2: 0.250" in printed
    assert "largest drop: 0.0500 after 2 answers against 1, standard error 0.0100" in printed


def test_new_titles_next_to_genres_and_chance(capsys: pytest.CaptureFixture[str]) -> None:
    """The ratio is that of the means over the splits."""
    splits = (NewTitlesSplit(0, 388, 500, 0.2, 0.07, 0.03), NewTitlesSplit(1, 388, 510, 0.22, 0.07, 0.03))
    render.print_new_titles(NewTitlesReport("built", splits, 0.999))
    printed = lines(capsys)
    assert "1 388 510 0.220 0.070 0.030" in printed
    assert "ratio to the genre profile: 3.000 (goal: 2.5)" in printed


def test_understanding_by_kind_and_the_misread_texts_that_are_not_held_out(capsys: pytest.CaptureFixture[str]) -> None:
    """The part held out comes first. Its texts are counted and never printed."""

    def misread(text: str, *wrong_ratings: str) -> Misread:
        return Misread(CorpusText(text, "trap", ({"unclear": True},)), {"rate": {"Alien (1979)": 5.0}}, wrong_ratings)

    held_out = PartReport("held_out", {"trap": 4, "title": 16}, (misread("secret", "Alien (1979)", "Jaws (1975)"),))
    seen = PartReport("seen", {"trap": 2}, (misread("known", "Alien (1979)"), misread("also known")))
    report = UnderstandingReport("built", (held_out, seen))
    print_understanding(report)
    print_misread(report)
    printed = lines(capsys)
    assert "kind held out seen" in printed
    assert "trap 3 / 4 0 / 2" in printed
    assert "title 16 / 16 0 / 0" in printed
    assert "all 19 / 20 0 / 2" in printed
    assert "share understood 95.0 % 0.0 %" in printed
    assert "wrong ratings 2 1" in printed
    assert "WRONG RATING [trap] 'known'" in printed
    assert "[trap] 'also known'" in printed
    assert 'right: [{"unclear": true}]' in printed
    assert 'read: {"rate": {"Alien (1979)": 5.0}}' in printed
    assert not any("secret" in line for line in printed)
