"""Hand-computed list metrics; and the lists that are measured are the lists that are served."""

import asyncio
import json

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.evaluation.baselines import Popularity
from recsys.evaluation.lists import STRENGTHS, ListEvaluator, ListsReport, evaluate_lists
from recsys.evaluation.newcomers import newcomers_to_test
from recsys.models.towers import Towers
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, Split, measure, split_people
from recsys.protocol.scorers import TwoStageScorer
from tests.builders import dataset, movie

SHELF = dataset(
    [
        movie(1, genres=("Drama",), year=1990),
        movie(2, genres=("Drama",), year=1995),
        movie(3, genres=("Drama", "War"), year=1975),
        movie(4, genres=(), year=None),
    ],
    [(1, 1, 5), (1, 2, 4), (2, 1, 3), (3, 4, 5)],
)
TRAIN = np.array([0, 1])
MUCH = 9.0
"""A diversity so strong that movies of the parity that a person does not like enter their list."""


def newcomer(*likes: int) -> Newcomer:
    """Return somebody who likes the movies at these positions."""
    return Newcomer(2, (), np.array(likes, np.int32), np.array([], np.int32))


def test_list_metrics_computed_by_hand() -> None:
    """Two dramas of the nineties have the same features; one of the seventies with war shares one feature of four."""
    evaluator = ListEvaluator(SHELF, TRAIN)
    metrics = evaluator.metrics([newcomer(0), newcomer(2)], [[0, 1], [0, 2]])
    assert metrics.ndcg == pytest.approx((1 + 1 / np.log2(3)) / 2)
    assert metrics.coverage == 3 / 4
    assert metrics.variety == pytest.approx(((1 - 1) + (1 - 1 / 4)) / 2)
    # Both train people rated the first movie, one the second, nobody the third; the third person does not count.
    assert metrics.popularity == pytest.approx((1 + 0.5 + 1 + 0) / 4)


def test_titles_without_features_are_similar_to_none() -> None:
    """A movie with neither genre nor year has similarity 0, without a division by zero."""
    assert ListEvaluator(SHELF, TRAIN).metrics([newcomer(0)], [[3, 0]]).variety == 1


@pytest.mark.parametrize(
    ("lists", "gini"),
    [([[0, 1], [2, 3]], 0), ([[0, 1], [0, 1]], 1 / 2), ([[0, 1], [0, 2]], 3 / 8)],
)
def test_gini_computed_by_hand(lists: list[list[int]], gini: float) -> None:
    """Every movie once is 0; all places for two of four movies is 1/2; 0, 1, 1 and 2 places are in between."""
    assert ListEvaluator(SHELF, TRAIN).metrics([newcomer(0), newcomer(0)], lists).gini == pytest.approx(gini)


@pytest.fixture(scope="module")
def report(board: Dataset, reranked_towers: Towers) -> ListsReport:
    """The checkerboard's lists, with a diversity that is not in STRENGTHS."""

    def fitted(dataset: Dataset, split: Split, seed: int) -> Towers:  # noqa: ARG001 - a TowersFactory has this signature
        return reranked_towers

    return asyncio.run(evaluate_lists(board, [0], fitted, {"popularity": Popularity.fit}, MUCH, lambda *_: None))


def test_without_diversity_the_served_lists_are_those_of_the_protocol(
    report: ListsReport, board: Dataset, reranked_towers: Towers
) -> None:
    """At strength 0, NDCG@10 of ours and of popularity equals that of `measure` for every number of answers."""
    split = split_people(board, 0)
    tests = newcomers_to_test(board, split, 0)
    assert report.newcomers == len(tests)
    without_diversity, popular = report.rows[0], report.rows[-1]
    for answers in ANSWER_COUNTS:
        expected = measure(board, tests, TwoStageScorer(reranked_towers), answers).ndcg
        assert without_diversity.metrics[answers].ndcg == pytest.approx(expected, abs=1e-6)
        expected = measure(board, tests, Popularity.fit(board, split, 0), answers).ndcg
        assert popular.metrics[answers].ndcg == pytest.approx(expected, abs=1e-6)
    assert report.cost(without_diversity) == 0


def test_more_diversity_increases_variety(report: ListsReport) -> None:
    """Lists of one parity become mixed, and the product's own setting is measured too."""
    *ours, _ = report.rows
    assert [row.diversity for row in ours] == [*STRENGTHS, MUCH]
    assert ours[-1].mean.variety > ours[0].mean.variety


def test_the_json_document_has_every_row_and_every_number_of_answers(report: ListsReport) -> None:
    """Each row has its metrics by the number of answers and their mean."""
    document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert [row["name"] for row in document["rows"]] == ["Reelmate"] * 7 + ["popularity"]
    for row in document["rows"]:
        coverages = [row["by_answers"][str(answers)]["coverage"] for answers in ANSWER_COUNTS]
        assert row["mean"]["coverage"] == pytest.approx(np.mean(coverages))
