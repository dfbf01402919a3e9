"""Links are fitted as ridge regression says, worked out by hand, and kept where they serve newcomers."""

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.links import Links
from recsys.towers import Towers
from recsys.training import links as fitting
from recsys.training.links import Shortlists, _Equations, best_popularity_shift, fit_links
from recsys.training.protocol import ANSWER_COUNTS, measure, newcomers, split_people
from recsys.training.scorers import StagesScorer, TowersScorer
from tests.builders import dataset, movie

PAIRS = dataset(
    [movie(1), movie(2), movie(3), movie(4)],
    [
        *[(person, movie_id, 5.0) for person in range(1, 5) for movie_id in (1, 2)],
        *[(person, 3, 5.0) for person in (5, 6)],
        # 2 stars say nothing, and what the last person says is not looked at.
        *[(person, 3, 2.0) for person in (1, 2)],
        *[(7, movie_id, 5.0) for movie_id in (1, 3, 4)],
    ],
)
"""Four people like the first two movies, two others the third."""
TRAIN = np.arange(6)


def matrix(links: Links) -> np.ndarray:
    """(m, m) from answered to scored movie."""
    found = np.zeros((len(links.weights),) * 2)
    np.put_along_axis(found, links.targets.astype(np.int64), links.weights, axis=1)
    return found


@pytest.mark.parametrize(("regularisation", "link"), [(4.0, 1 / 2), (8.0, 1 / 3)])
def test_movies_that_are_liked_together_are_linked(regularisation: float, link: float) -> None:
    """4 people in common make 4 / (4 + regularisation), the less the stronger it is; nothing else is linked."""
    expected = np.zeros((4, 4))
    expected[0, 1] = expected[1, 0] = link
    found = matrix(_Equations.of(PAIRS, TRAIN).solve(regularisation))
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_answers_count_by_their_stars_and_likes_as_they_are() -> None:
    """Two people gave the first movie 5 stars and the second 3.5: the second foretells the first, and not back."""
    board = dataset(
        [movie(1), movie(2)], [(person, one, stars) for person in (1, 2) for one, stars in ((1, 5), (2, 3.5))]
    )
    # Answers in common: [[2, 1], [1, 1/2]]; answers and likes: [[2, 0], [1, 0]]. With 1 added to the diagonal the
    # inverse is [[3/2, -1], [-1, 3]] / 3.5, and alone the second movie foretells the first by 1 / (1/2 + 1).
    found = matrix(_Equations.of(board, np.arange(2)).solve(1.0))
    np.testing.assert_allclose(found, [[0, 0], [2 / 3, 0]], atol=1e-6)


def test_movies_of_one_kind_are_linked_before_anything_else_is_known() -> None:
    """Without anybody in common KINSHIP is what the link starts from, and two answers to two of the prior halve it."""
    board = dataset(
        [movie(1, genres=("War",)), movie(2, genres=("War",)), movie(3, genres=("Comedy",)), movie(4, genres=())],
        [(person, 1 + (person > 2), 5.0) for person in range(1, 5)],
    )
    expected = np.zeros((4, 4))
    expected[0, 1] = expected[1, 0] = fitting.KINSHIP / 2
    np.testing.assert_allclose(matrix(_Equations.of(board, np.arange(4)).solve(2.0)), expected, atol=1e-7)


def test_only_the_best_known_movies_are_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for two, the third gives no link and gets none, and those of the others are as they were."""
    board = dataset(
        [movie(1), movie(2), movie(3)],
        [(person, movie_id, 5.0) for person in range(1, 5) for movie_id in (1, 2, 3) if movie_id != 1 or person > 1],
    )
    monkeypatch.setattr(fitting, "LINKED_MOVIES", 2)
    links = _Equations.of(board, np.arange(4)).solve(4.0)
    assert links.weights.shape == (3, 2)
    np.testing.assert_allclose(matrix(links), [[0, 0, 0], [0, 0, 1 / 2], [0, 1 / 2, 0]], atol=1e-6)


def lists_of(hits: list[bool]) -> Shortlists:
    """Somebody who likes the first movie, and for whom the second is found a little after the third."""
    return Shortlists(
        answers=({0: 5.0},),
        movies=np.array([[1, 2]]),
        scores=np.array([[0, 0.01]], np.float32),
        hits=np.array([hits]),
        ideals=np.array([1.0]),
    )


def test_links_are_kept_where_they_help() -> None:
    """The first movie's link brings the second to the front, where the hit is."""
    lists = lists_of([True, False])
    links = fit_links(PAIRS, TRAIN, lists)
    assert lists.ndcg() == pytest.approx(1 / np.log2(3))
    assert matrix(links)[0, 1] > 0.01
    assert np.diag(matrix(links)).tolist() == [0] * 4
    assert lists.ndcg(lists.linked(links)) == 1


def test_links_that_do_not_help_are_left_out() -> None:
    """Where the order is right as it is there is no second stage."""
    assert fit_links(PAIRS, TRAIN, lists_of([False, True])).weights.shape == (4, 0)


def test_popularity_is_shifted_no_more_than_helps() -> None:
    """.15 is the least that lifts a known title over one that leads by .1; where nothing is won there is no shift."""
    log_popularity = np.array([0, 0, 1], np.float32)
    behind, ahead = (
        Shortlists(
            answers=({},),
            movies=np.array([[1, 2]]),
            scores=np.array([scores], np.float32),
            hits=np.array([[False, True]]),
            ideals=np.array([1.0]),
        )
        for scores in ([0.1, 0], [0, 0.1])
    )
    assert best_popularity_shift(behind, log_popularity) == 0.15
    assert best_popularity_shift(ahead, log_popularity) == 0


def test_shortlists_measure_what_the_protocol_measures(board: Dataset, linked_towers: Towers) -> None:
    """Mean NDCG@10 over the numbers of answers, of the first stage and of both."""
    people = newcomers(board, split_people(board, 0).validation, 0)
    first, both = TowersScorer(linked_towers), StagesScorer(linked_towers)
    lists = Shortlists.of(board, people, first)
    for scorer, added in ((first, 0.0), (both, lists.linked(linked_towers.links))):
        expected = np.mean([measure(board, people, scorer, answers).ndcg for answers in ANSWER_COUNTS])
        assert lists.ndcg(added) == pytest.approx(expected, abs=1e-6)
