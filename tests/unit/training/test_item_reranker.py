"""The item re-ranker is what a regression on every possible draw of answers finds."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.towers import Towers
from recsys.protocol.newcomers import ANSWER_COUNTS, measure, newcomers, split_people
from recsys.protocol.scorers import TwoStageScorer, TowersScorer
from recsys.training import item_reranker as fitting
from recsys.training.item_reranker import Shortlists, fit_item_reranker, fit_regression
from tests.builders import dataset, movie

TRAIN = np.arange(6)
RATINGS = (
    {1: 5, 2: 4, 3: 1, 4: 3.5},
    {1: 4.5, 2: 5, 3: 2, 4: 4, 5: 4},
    {2: 3, 3: 5, 4: 1.5},
    {1: 4, 3: 4},
    {1: 2.5, 2: 4, 4: 5},
    {3: 5},
    dict.fromkeys(range(1, 6), 5),
)
PEOPLE = replace(
    dataset(
        [
            movie(number, genres=genres)
            for number, genres in enumerate([("War",), ("War", "Comedy"), ("Drama",), (), ("War",)], start=1)
        ],
        [(person, rated, stars) for person, mine in enumerate(RATINGS) for rated, stars in mine.items()],
    ),
    genders=np.array([0, 1, 0, 0, 1, -1, 1], np.int8),
    ages=np.array([10, 30, 30, 10, 30, 30, 10], np.int16),
)
"""Six people of whom some tell little and some reject, and one who is not looked at. The last movie is little known."""

KINSHIP = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]) / np.sqrt(5)
"""Of the first four movies: War, which two of them have, weighs half as much as Comedy, which one has."""


def drawn(told: int) -> tuple[np.ndarray, np.ndarray]:
    """(d, 4 + sides) what is told in every draw and (d, 4) what is hidden, each times the root of its chance."""
    known_of = [PEOPLE.genders == gender for gender in (-1, 0, 1)] + [PEOPLE.ages == age for age in (10, 30)]
    unknown = np.ones(len(RATINGS))
    sides = np.stack([np.ones(len(RATINGS)), *known_of, unknown], axis=1)
    inputs, outputs = [], []
    for person in TRAIN:
        ratings = list(RATINGS[person].items())
        ratings += [(5, 1.0)] * (told + 1 - len(ratings))  # so that even who has few hides one
        ways = list(combinations(range(len(ratings)), told))
        for way in ways:
            answers, likes = np.zeros(5), np.zeros(5)
            for place, (rated, stars) in enumerate(ratings):
                if place in way:
                    answers[rated - 1] = (stars - 1) / 4 if stars >= 2 else 0
                else:
                    likes[rated - 1] = 1.5 if stars == 5 else stars >= 4
            inputs.append(np.concatenate([answers[:4], sides[person]]) / np.sqrt(len(ways)))
            outputs.append(likes[:4] / np.sqrt(len(ways)))
    return np.array(inputs), np.array(outputs)


@pytest.mark.parametrize("told", [1, 2, 3])
@pytest.mark.parametrize("regularisation", [0.1, 3.0])
def test_links_are_those_of_a_regression_on_every_draw(
    monkeypatch: pytest.MonkeyPatch, told: int, regularisation: float
) -> None:
    """Least squares over all draws, for one movie after the other and without its own answers, finds the same."""
    monkeypatch.setattr(fitting, "ANSWERS_SEEN", told)
    monkeypatch.setattr(fitting, "REGULARISATION", regularisation)
    monkeypatch.setattr(fitting, "WEIGHTED_MOVIES", 4)
    inputs, outputs = drawn(told)
    sides = inputs.shape[1] - 4
    pull = np.diag(np.sqrt([regularisation] * 4 + [1e-3 * len(TRAIN)] * sides))
    towards = np.concatenate([fitting.GENRE_SHRINKAGE * KINSHIP, np.zeros((sides, 4))])
    inputs, outputs = np.concatenate([inputs, pull]), np.concatenate([outputs, pull @ towards])
    expected = np.zeros((4, 4))
    for target in range(4):
        others = np.arange(4) != target
        solved, *_ = np.linalg.lstsq(np.delete(inputs, target, axis=1), outputs[:, target])
        expected[others, target] = solved[:3]
    found = fit_regression(PEOPLE, TRAIN)
    assert found.movies.tolist() == [0, 1, 2, 3]
    assert (found.item_weights.dtype, found.popularity_bonus.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(found.item_weights, expected, atol=1e-5)


@pytest.mark.parametrize(("stars", "counts"), [(1, 0), (3.5, 0), (4, 1), (4.5, 1), (5, 1.5)])
def test_the_highest_rating_counts_half_as_much_again(stars: float, counts: float) -> None:
    """What foretells a movie does so by how it is liked: not at all, as any other like, or by 1.5."""
    first, second = (
        fit_regression(
            dataset([movie(1), movie(2)], [(one, 1, 5) for one in TRAIN] + [(one, 2, given) for one in TRAIN[:3]]),
            TRAIN,
        )
        for given in (stars, 4)
    )
    assert second.item_weights[0, 1] > 0
    np.testing.assert_allclose(first.item_weights[:, 1], counts * second.item_weights[:, 1], rtol=1e-5)


@pytest.mark.parametrize(
    ("genres", "cosine"),
    [([("War",), ("War",)], 1), ([("War",), ("War", "Comedy")], 1 / np.sqrt(5)), ([("War",), ("Comedy",)], 0)],
)
def test_movies_of_one_kind_are_linked_before_anything_else_is_known(
    genres: list[tuple[str, ...]], cosine: float
) -> None:
    """All are rejected by everybody, which tells nothing of them: KINSHIP times the likeness of genres is left."""
    shelf = [movie(number, genres=one) for number, one in enumerate([*genres, ("Drama",), ()], start=1)]
    board = dataset(shelf, [(person, one.movie_id, 1.5) for person in TRAIN for one in shelf])
    expected = np.zeros((4, 4))
    expected[0, 1] = expected[1, 0] = fitting.GENRE_SHRINKAGE * cosine
    np.testing.assert_allclose(fit_regression(board, TRAIN).item_weights, expected, atol=1e-7)


def test_only_the_best_known_movies_are_linked(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for two, those with the most ratings of whatever stars; each is linked to the other alone."""
    monkeypatch.setattr(fitting, "WEIGHTED_MOVIES", 2)
    known = {1: 3, 2: 5, 3: 4}
    board = dataset(
        [movie(1), movie(2), movie(3)],
        [(one, rated, 5.0 if one < 3 else 1.0) for rated, people in known.items() for one in range(people)],
    )
    links = fit_regression(board, np.arange(5))
    assert links.movies.tolist() == [1, 2]
    assert links.item_weights.shape == (2, 2)
    assert (links.item_weights > 0).tolist() == [[False, True], [True, False]]


def test_fame_is_the_log_of_the_likes_less_its_mean_over_all_likes() -> None:
    """3, 1 and no likes: log 4 and log 2 have the mean 7/4 log 2. Lower ratings and others' likes count for nothing."""
    board = dataset(
        [movie(1), movie(2), movie(3)],
        [(0, 1, 4), (1, 1, 5), (2, 1, 4.5), (0, 2, 4), (1, 2, 3.5), (2, 2, 1), (0, 3, 1), (1, 3, 1.5), (3, 3, 5)],
    )
    np.testing.assert_allclose(
        fit_regression(board, np.arange(3)).popularity_bonus, np.log(2) * np.array([1, -3, -7]) / 4, rtol=1e-6
    )


def lists_with(link_gap: float, fame_gap: float) -> Shortlists:
    """A liked movie that somebody's answer is linked to and a famous one that somebody who said nothing likes.

    Args:
        link_gap: how far the first stage has the linked one behind, in links of strength 1.
        fame_gap: the same of the famous one, in logs of likes.
    """
    links = fit_regression(PEOPLE, TRAIN)
    linked, famed = (
        links.item_weights[0, 1] - links.item_weights[0, 2],
        links.popularity_bonus[0] - links.popularity_bonus[3],
    )
    assert min(linked, famed) > 0 == links.popularity_bonus[1] - links.popularity_bonus[2]
    return Shortlists(
        answers=({0: 5.0}, {}),
        movies=np.array([[1, 2], [0, 3]]),
        scores=np.array([[0, link_gap * linked], [0, fame_gap * famed]], np.float32),
        hits=np.array([[True, False], [True, False]]),
        like_counts=np.array([1, 1]),
    )


@pytest.mark.parametrize(
    ("link_gap", "fame_gap", "strength", "fame"),
    [(3.5, 0.2, 4.0, 0.3), (3.5, -1, 4.0, 0.0), (-1, 0.2, 0.0, 0.3), (6.0, 0.4, 6.5, 0.45)],
)
def test_links_and_fame_are_as_strong_as_serves_and_no_stronger(
    link_gap: float, fame_gap: float, strength: float, fame: float
) -> None:
    """Each has the least strength that brings its movie to the front, none where the movie is there already."""
    lists, plain = lists_with(link_gap, fame_gap), fit_regression(PEOPLE, TRAIN)
    links = fit_item_reranker(PEOPLE, TRAIN, lists)
    assert lists.ndcg() < 1
    assert lists.ndcg(lists.score_adjustments(links)) == 1
    if strength == 0:
        assert len(links.movies) == 0
    else:
        np.testing.assert_allclose(links.item_weights, plain.item_weights * strength, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(links.popularity_bonus, plain.popularity_bonus * fame, rtol=1e-5, atol=1e-5)


def test_what_does_not_help_is_left_out() -> None:
    """Where the order is right as it is there is no second stage."""
    links = fit_item_reranker(PEOPLE, TRAIN, lists_with(-1, -1))
    assert len(links.movies) == 0
    assert links.popularity_bonus.tolist() == [0] * 5


def test_shortlists_measure_what_the_protocol_measures(board: Dataset, reranked_towers: Towers) -> None:
    """Mean NDCG@10 over the numbers of answers, of the first stage and of both."""
    people = newcomers(board, split_people(board, 0).validation, 0)
    first, both = TowersScorer(reranked_towers), TwoStageScorer(reranked_towers)
    lists = Shortlists.of(board, people, first)
    for scorer, added in ((first, 0.0), (both, lists.score_adjustments(reranked_towers.item_reranker))):
        expected = np.mean([measure(board, people, scorer, answers).ndcg for answers in ANSWER_COUNTS])
        assert lists.ndcg(added) == pytest.approx(expected, abs=1e-6)
