"""True reasons pass and false ones are found out; thumbs and curves are summed up as worked out by hand."""

import json

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.evaluation.explanations.dislikes import nearest, summarise, thumb_changes
from recsys.evaluation.explanations.faithfulness import check_explanations
from recsys.evaluation.explanations.learning_curve import learning_curve, person_curves
from recsys.evaluation.explanations.report import evaluate_explanations
from recsys.evaluation.newcomers import newcomers_to_test
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.protocol.newcomers import ANSWER_COUNTS, Split, measure, split_people
from recsys.protocol.scorers import TowersScorer
from recsys.serving.explain import BecauseLiked
from recsys.serving.recommender import Recommendation
from tests.builders import movie


async def test_reasons_of_served_cards_are_true(board: Dataset, towers: Towers) -> None:
    """Every card that names a like scores lower without it, and without no other like lower still."""

    def fitted(dataset: Dataset, split: Split, seed: int) -> Towers:  # noqa: ARG001  (a TowersFactory)
        return towers

    report = await evaluate_explanations(board, [0], fitted, 1.0, lambda *_: None)
    assert [row.answers for row in report.faithfulness] == list(ANSWER_COUNTS[1:])
    for row in report.faithfulness:
        assert row.cards == 10 * report.newcomers
        assert row.because_liked + row.popular_with_peers + row.popular == row.cards
        assert row.faithful == row.most_influential == row.because_liked > 0
    document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert len(document["learning_curve"]["ndcg"]) == 21


def test_a_reason_that_names_the_wrong_like_is_found_out(towers: Towers) -> None:
    """Of somebody who likes one odd movie and one even one, the even one is no reason for an odd movie."""
    profile = Profile(ratings={10: 5.0, 20: 5.0})
    cards = [Recommendation(movie(70), 1.0, 1, BecauseLiked(like, 0.5)) for like in (10, 20)]
    (right, wrong) = check_explanations(towers, profile, cards)
    assert right == (True, True)
    assert wrong == (False, False)


def test_the_nearest_are_those_of_the_same_direction() -> None:
    """The bias, the last number, says nothing of what a movie is like, and nobody is their own neighbour."""
    vectors = np.array([[1, 0, 9], [2, 0.1, 0], [0, 1, 9], [-1, 0, 9]], np.float32)
    assert nearest(vectors, 2).tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    assert nearest(vectors, 10).shape == (4, 3)


def test_thumbs_of_all_splits_are_summed_up() -> None:
    """Two thumbs: one raises its movie, the other does not; of three neighbours each, one in six is raised."""
    first = np.array([[[0.5, -2], [0.1, -1], [-0.1, 0], [-0.1, 1]]])
    second = np.array([[[-0.5, 4], [-0.1, 1], [-0.1, 1], [-0.3, 1]]])
    (row,) = summarise([{("disliked", 3): first}, {("disliked", 3): second}])
    assert (row.target, row.answers, row.thumbs) == ("disliked", 3, 2)
    assert (row.score_raised, row.score_change, row.rank_raised, row.rank_change) == (0.5, 0, 0.5, 1)
    assert row.neighbour_score_raised == row.neighbour_rank_raised == pytest.approx(1 / 6)
    assert row.neighbour_score_change == pytest.approx(-0.1)
    assert row.neighbour_rank_change == pytest.approx(0.5)


def test_a_thumb_is_measured_on_its_movie_and_those_most_alike(board: Dataset, towers: Towers) -> None:
    """On the checkerboard a thumb down takes its movie and its kind further down, above all the first card's."""
    people = newcomers_to_test(board, split_people(board, 0), 0)
    changes = thumb_changes(board, people, towers)
    assert set(changes) == {(target, k) for target in ("disliked", "first card") for k in ANSWER_COUNTS}
    disliked = changes["disliked", 1]
    assert disliked.shape == (sum(len(one.dislikes) > 0 for one in people), 11, 2)
    assert disliked[..., 0].mean() < 0
    for answers in ANSWER_COUNTS:
        assert changes["first card", answers][..., 0].max() < 0


def test_the_curve_is_the_protocols_answer_by_answer(board: Dataset, towers: Towers) -> None:
    """Its means are those of `measure`, for every number of answers from 0 to 20."""
    people, scorer = newcomers_to_test(board, split_people(board, 0), 0), TowersScorer(towers)
    means = learning_curve([person_curves(board, people, scorer)]).ndcg
    assert len(means) == 21
    for answers in ANSWER_COUNTS:
        assert means[answers] == pytest.approx(measure(board, people, scorer, answers).ndcg, abs=1e-6)


def test_the_largest_drop_is_from_the_best_that_was_reached_before() -> None:
    """Two people whose mean goes .4, .6, .5, .45: after 3 answers .15 is lost, by .1 and .2."""
    drop = learning_curve([np.array([[0.4, 0.6, 0.5, 0.5]]), np.array([[0.4, 0.6, 0.5, 0.4]])]).largest_drop
    assert (drop.answers, drop.best_answers) == (3, 1)
    assert drop.size == pytest.approx(0.15)
    assert drop.standard_error == pytest.approx(np.std([0.1, 0.2], ddof=1) / np.sqrt(2))


def test_a_curve_that_only_rises_has_no_fall() -> None:
    """The largest drop of a good curve is 0."""
    assert learning_curve([np.array([[0.1, 0.2, 0.3]])]).largest_drop.size == 0
