"""Faithful explanations pass the check and others fail it; thumbs and curves are summarised as computed by hand."""

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
from recsys.serving.requests import Recommendation
from tests.builders import movie


async def test_explanations_of_served_cards_are_faithful(board: Dataset, towers: Towers) -> None:
    """Every movie whose card names a like scores lower without that like, and no other like lowers it more."""

    def fitted(dataset: Dataset, split: Split, seed: int) -> Towers:  # noqa: ARG001 - a TowersFactory has this signature
        return towers

    report = await evaluate_explanations(board, [0], fitted, 1.0, lambda *_: None)
    assert [row.answers for row in report.faithfulness] == list(ANSWER_COUNTS[1:])
    for row in report.faithfulness:
        assert row.cards == 10 * report.newcomers
        assert row.because_liked + row.popular_with_peers + row.popular == row.cards
        assert row.faithful == row.most_influential == row.because_liked > 0
    document = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert len(document["learning_curve"]["ndcg"]) == 21


def test_an_explanation_that_names_the_wrong_like_fails_the_check(towers: Towers) -> None:
    """For somebody who likes an odd and an even movie, the even movie does not explain an odd movie."""
    profile = Profile(ratings={10: 5.0, 20: 5.0})
    cards = [Recommendation(movie(70), 1.0, 1, BecauseLiked(like, 0.5)) for like in (10, 20)]
    (right, wrong) = check_explanations(towers, profile, cards)
    assert right == (True, True)
    assert wrong == (False, False)


def test_the_nearest_are_those_of_the_same_direction() -> None:
    """The last number, the bias, does not count for similarity, and no movie is its own neighbour."""
    vectors = np.array([[1, 0, 9], [2, 0.1, 0], [0, 1, 9], [-1, 0, 9]], np.float32)
    assert nearest(vectors, 2).tolist() == [[1, 2], [0, 2], [1, 0], [2, 1]]
    assert nearest(vectors, 10).shape == (4, 3)


def test_thumbs_of_all_splits_are_averaged() -> None:
    """Of two thumbs, the first raises its movie and the second does not; one of the six neighbours is raised."""
    first = np.array([[[0.5, -2], [0.1, -1], [-0.1, 0], [-0.1, 1]]])
    second = np.array([[[-0.5, 4], [-0.1, 1], [-0.1, 1], [-0.3, 1]]])
    (row,) = summarise([{("disliked", 3): first}, {("disliked", 3): second}])
    assert (row.target, row.answers, row.thumbs) == ("disliked", 3, 2)
    assert (row.score_raised, row.score_change, row.rank_raised, row.rank_change) == (0.5, 0, 0.5, 1)
    assert row.neighbour_score_raised == row.neighbour_rank_raised == pytest.approx(1 / 6)
    assert row.neighbour_score_change == pytest.approx(-0.1)
    assert row.neighbour_rank_change == pytest.approx(0.5)


def test_a_thumb_is_measured_on_its_movie_and_the_most_similar_movies(board: Dataset, towers: Towers) -> None:
    """On the checkerboard a thumb down lowers its movie and similar movies, and on the first card all of them."""
    people = newcomers_to_test(board, split_people(board, 0), 0)
    changes = thumb_changes(board, people, towers)
    assert set(changes) == {(target, k) for target in ("disliked", "first card") for k in ANSWER_COUNTS}
    disliked = changes["disliked", 1]
    assert disliked.shape == (sum(len(person.dislikes) > 0 for person in people), 11, 2)
    assert disliked[..., 0].mean() < 0
    for answers in ANSWER_COUNTS:
        assert changes["first card", answers][..., 0].max() < 0


def test_the_learning_curve_follows_the_protocol(board: Dataset, towers: Towers) -> None:
    """Its means equal those of `measure`, for every number of answers that the protocol measures."""
    people, scorer = newcomers_to_test(board, split_people(board, 0), 0), TowersScorer(towers)
    means = learning_curve([person_curves(board, people, scorer)]).ndcg
    assert len(means) == 21
    for answers in ANSWER_COUNTS:
        assert means[answers] == pytest.approx(measure(board, people, scorer, answers).ndcg, abs=1e-6)


def test_the_largest_drop_is_from_the_best_earlier_mean() -> None:
    """The mean of two people is .4, .6, .5, .45; after 3 answers they lose .1 and .2, which is .15 on average."""
    drop = learning_curve([np.array([[0.4, 0.6, 0.5, 0.5]]), np.array([[0.4, 0.6, 0.5, 0.4]])]).largest_drop
    assert (drop.answers, drop.best_answers) == (3, 1)
    assert drop.size == pytest.approx(0.15)
    assert drop.standard_error == pytest.approx(np.std([0.1, 0.2], ddof=1) / np.sqrt(2))


def test_a_curve_that_only_rises_has_no_drop() -> None:
    """The size of its largest drop is 0."""
    assert learning_curve([np.array([[0.1, 0.2, 0.3]])]).largest_drop.size == 0
