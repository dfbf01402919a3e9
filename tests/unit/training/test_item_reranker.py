"""The item re-ranker equals a regression on all possible draws of answers, and its strengths are tuned."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.towers import Towers
from recsys.protocol.newcomers import ANSWER_COUNTS, measure, newcomers, split_people
from recsys.protocol.scorers import TowersScorer, TwoStageScorer
from recsys.training.second_stage import item_reranker as fitting
from recsys.training.second_stage.item_reranker import Shortlists, fit_item_reranker, fit_regression
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
"""Six people, some with few ratings and some with rejections, and a seventh who is not in TRAIN.

The last movie has the fewest ratings.
"""

GENRE_SIMILARITY = np.array([[0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0]]) / np.sqrt(5)
"""(4, 4) of the first four movies. War, which two of them have, has half the weight of Comedy, which one has."""


def all_draws(seen: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (d, 4 + sides) inputs and (d, 4) targets of all draws, times the square root of their probability."""
    has_code = [PEOPLE.genders == gender for gender in (-1, 0, 1)] + [PEOPLE.ages == age for age in (10, 30)]
    unknown = np.ones(len(RATINGS))
    sides = np.stack([np.ones(len(RATINGS)), *has_code, unknown], axis=1)
    inputs, outputs = [], []
    for person in TRAIN:
        ratings = list(RATINGS[person].items())
        ratings += [(5, 1.0)] * (seen + 1 - len(ratings))  # at least one rating is hidden
        draws = list(combinations(range(len(ratings)), seen))
        for draw in draws:
            answers, likes = np.zeros(5), np.zeros(5)
            for place, (rated, stars) in enumerate(ratings):
                if place in draw:
                    answers[rated - 1] = (stars - 1) / 4 if stars >= 2 else 0
                else:
                    likes[rated - 1] = 1.5 if stars == 5 else stars >= 4
            inputs.append(np.concatenate([answers[:4], sides[person]]) / np.sqrt(len(draws)))
            outputs.append(likes[:4] / np.sqrt(len(draws)))
    return np.array(inputs), np.array(outputs)


@pytest.mark.parametrize("answers_seen", [1, 2, 3])
@pytest.mark.parametrize("regularisation", [0.1, 3.0])
def test_weights_equal_a_regression_on_all_draws(
    monkeypatch: pytest.MonkeyPatch, answers_seen: int, regularisation: float
) -> None:
    """Least squares over all draws, one movie at a time and without its own answers, gives the same weights."""
    monkeypatch.setattr(fitting, "ANSWERS_SEEN", answers_seen)
    monkeypatch.setattr(fitting, "REGULARISATION", regularisation)
    monkeypatch.setattr(fitting, "WEIGHTED_MOVIES", 4)
    inputs, outputs = all_draws(answers_seen)
    sides = inputs.shape[1] - 4
    ridge = np.diag(np.sqrt([regularisation] * 4 + [1e-3 * len(TRAIN)] * sides))
    prior = np.concatenate([fitting.GENRE_SHRINKAGE * GENRE_SIMILARITY, np.zeros((sides, 4))])
    inputs, outputs = np.concatenate([inputs, ridge]), np.concatenate([outputs, ridge @ prior])
    expected = np.zeros((4, 4))
    for target in range(4):
        is_input = np.arange(4) != target
        solved, *_ = np.linalg.lstsq(np.delete(inputs, target, axis=1), outputs[:, target])
        expected[is_input, target] = solved[:3]
    fitted = fit_regression(PEOPLE, TRAIN)
    assert fitted.movies.tolist() == [0, 1, 2, 3]
    assert (fitted.item_weights.dtype, fitted.popularity_bonus.dtype) == (np.float32, np.float32)
    np.testing.assert_allclose(fitted.item_weights, expected, atol=1e-5)


@pytest.mark.parametrize(("stars", "target"), [(1, 0), (3.5, 0), (4, 1), (4.5, 1), (5, 1.5)])
def test_a_5_star_like_has_a_larger_target(stars: float, target: float) -> None:
    """The weights for a movie are proportional to its target: 0 without a like, 1 for a like, 1.5 for 5 stars."""
    first, second = (
        fit_regression(
            dataset(
                [movie(1), movie(2)],
                [(person, 1, 5) for person in TRAIN] + [(person, 2, rating) for person in TRAIN[:3]],
            ),
            TRAIN,
        )
        for rating in (stars, 4)
    )
    assert second.item_weights[0, 1] > 0
    np.testing.assert_allclose(first.item_weights[:, 1], target * second.item_weights[:, 1], rtol=1e-5)


@pytest.mark.parametrize(
    ("genres", "cosine"),
    [([("War",), ("War",)], 1), ([("War",), ("War", "Comedy")], 1 / np.sqrt(5)), ([("War",), ("Comedy",)], 0)],
)
def test_weights_are_shrunk_towards_genre_similarity(genres: list[tuple[str, ...]], cosine: float) -> None:
    """If everybody rejects everything, only GENRE_SHRINKAGE times the genre similarity is left."""
    shelf = [movie(number, genres=names) for number, names in enumerate([*genres, ("Drama",), ()], start=1)]
    board = dataset(shelf, [(person, rated.movie_id, 1.5) for person in TRAIN for rated in shelf])
    expected = np.zeros((4, 4))
    expected[0, 1] = expected[1, 0] = fitting.GENRE_SHRINKAGE * cosine
    np.testing.assert_allclose(fit_regression(board, TRAIN).item_weights, expected, atol=1e-7)


def test_only_the_most_rated_movies_have_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """With room for two, the two movies with the most ratings have weights for each other; the stars do not matter."""
    monkeypatch.setattr(fitting, "WEIGHTED_MOVIES", 2)
    rating_counts = {1: 3, 2: 5, 3: 4}
    board = dataset(
        [movie(1), movie(2), movie(3)],
        [
            (person, rated, 5.0 if person < 3 else 1.0)
            for rated, count in rating_counts.items()
            for person in range(count)
        ],
    )
    reranker = fit_regression(board, np.arange(5))
    assert reranker.movies.tolist() == [1, 2]
    assert reranker.item_weights.shape == (2, 2)
    assert (reranker.item_weights > 0).tolist() == [[False, True], [True, False]]


def test_the_popularity_bonus_is_the_centred_log_of_the_likes() -> None:
    """3, 1 and 0 likes: log 4 and log 2 have the mean 7/4 log 2. Other ratings and likes of others do not count."""
    board = dataset(
        [movie(1), movie(2), movie(3)],
        [(0, 1, 4), (1, 1, 5), (2, 1, 4.5), (0, 2, 4), (1, 2, 3.5), (2, 2, 1), (0, 3, 1), (1, 3, 1.5), (3, 3, 5)],
    )
    np.testing.assert_allclose(
        fit_regression(board, np.arange(3)).popularity_bonus, np.log(2) * np.array([1, -3, -7]) / 4, rtol=1e-6
    )


def lists_with(weight_gap: float, bonus_gap: float) -> Shortlists:
    """Build two lists of two movies: an item weight speaks for the liked movie of one, the bonus for that of the other.

    Args:
        weight_gap: score by which the first list's liked movie is behind, in units of its weight at strength 1.
        bonus_gap: score by which the second list's liked movie is behind, in units of its bonus at strength 1.
    """
    reranker = fit_regression(PEOPLE, TRAIN)
    weight, bonus = (
        reranker.item_weights[0, 1] - reranker.item_weights[0, 2],
        reranker.popularity_bonus[0] - reranker.popularity_bonus[3],
    )
    assert min(weight, bonus) > 0 == reranker.popularity_bonus[1] - reranker.popularity_bonus[2]
    return Shortlists(
        answers=({0: 5.0}, {}),
        movies=np.array([[1, 2], [0, 3]]),
        scores=np.array([[0, weight_gap * weight], [0, bonus_gap * bonus]], np.float32),
        hits=np.array([[True, False], [True, False]]),
        like_counts=np.array([1, 1]),
    )


@pytest.mark.parametrize(
    ("weight_gap", "bonus_gap", "weight_strength", "bonus_strength"),
    [(3.5, 0.2, 4.0, 0.3), (3.5, -1, 4.0, 0.0), (-1, 0.2, 0.0, 0.3), (6.0, 0.4, 6.5, 0.45)],
)
def test_the_lowest_sufficient_strengths_are_chosen(
    weight_gap: float, bonus_gap: float, weight_strength: float, bonus_strength: float
) -> None:
    """Each strength is the lowest that ranks its movie first, and 0 if the movie is first already."""
    lists, plain = lists_with(weight_gap, bonus_gap), fit_regression(PEOPLE, TRAIN)
    reranker = fit_item_reranker(PEOPLE, TRAIN, lists)
    assert lists.ndcg() < 1
    assert lists.ndcg(lists.score_adjustments(reranker)) == 1
    if weight_strength == 0:
        assert len(reranker.movies) == 0
    else:
        np.testing.assert_allclose(reranker.item_weights, plain.item_weights * weight_strength, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(reranker.popularity_bonus, plain.popularity_bonus * bonus_strength, rtol=1e-5, atol=1e-5)


def test_a_reranker_that_does_not_help_is_left_out() -> None:
    """If the first stage's order is right already, the re-ranker changes nothing."""
    reranker = fit_item_reranker(PEOPLE, TRAIN, lists_with(-1, -1))
    assert len(reranker.movies) == 0
    assert reranker.popularity_bonus.tolist() == [0] * 5


def test_shortlists_measure_what_the_protocol_measures(board: Dataset, reranked_towers: Towers) -> None:
    """The mean NDCG@10 over the answer counts is the same, for the first stage and for both."""
    people = newcomers(board, split_people(board, 0).validation, 0)
    first, both = TowersScorer(reranked_towers), TwoStageScorer(reranked_towers)
    lists = Shortlists.of(board, people, first)
    for scorer, adjustments in ((first, 0.0), (both, lists.score_adjustments(reranked_towers.item_reranker))):
        expected = np.mean([measure(board, people, scorer, answers).ndcg for answers in ANSWER_COUNTS])
        assert lists.ndcg(adjustments) == pytest.approx(expected, abs=1e-6)


def test_of_a_large_catalogue_the_weights_are_the_strongest_of_the_same_regression(
    monkeypatch: pytest.MonkeyPatch, board: Dataset
) -> None:
    """The inverse by Cholesky's method gives the same weights, of which each movie keeps a few."""
    complete = fit_regression(board, np.arange(100))
    monkeypatch.setattr(fitting, "LARGE_CATALOGUE", 59)
    monkeypatch.setattr(fitting, "STRONGEST_WEIGHTS", 7)
    sparse = fit_regression(board, np.arange(100))
    assert sparse.columns.shape == sparse.item_weights.shape == (60, 7)
    for row, columns in enumerate(sparse.columns.astype(int)):
        np.testing.assert_allclose(sparse.item_weights[row], complete.item_weights[row, columns], atol=1e-5)
        others = np.delete(np.abs(complete.item_weights[row]), columns)
        assert np.abs(sparse.item_weights[row]).min() >= others.max() - 1e-5
