"""The item weights for long histories against regressions solved another way, and the choice of their strength."""

from collections.abc import Mapping

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.item_reranker import RERANKED_IF_LONG, ItemReranker
from recsys.models.towers import Towers
from recsys.protocol.newcomers import newcomers, split_people
from recsys.protocol.scorers import TowersScorer
from recsys.training.second_stage import history_weights as fitting
from recsys.training.second_stage.history_weights import fit_history_weights, history_shortlists, with_history_weights
from recsys.training.second_stage.item_reranker import Shortlists
from tests.builders import checkerboard, dataset, movie

TRAIN = np.arange(6)
SHELF = [movie(number) for number in range(1, 6)]
STARS: Mapping[int, tuple[int, ...]] = {
    0: (5, 4, 0, 1, 3),
    1: (5, 5, 2, 0, 0),
    2: (0, 3, 5, 4, 1),
    3: (1, 0, 4, 5, 0),
    4: (4, 0, 0, 3, 5),
    5: (2, 4, 3, 0, 0),
}
PEOPLE = dataset(
    SHELF,
    [(person, number, float(stars)) for person, row in STARS.items() for number, stars in enumerate(row, 1) if stars],
)


@pytest.mark.parametrize("dropout", [0.0, 0.5, 0.8])
def test_weights_equal_a_ridge_regression_of_each_movie(monkeypatch: pytest.MonkeyPatch, dropout: float) -> None:
    """Least squares without the movie itself, with a ridge that grows with the sum of squares and the dropout."""
    monkeypatch.setattr(fitting, "REGULARISATION", 2.0)
    monkeypatch.setattr(fitting, "DROPOUT", dropout)
    values = np.maximum(0, (np.array([STARS[person] for person in TRAIN]) - 2) / 2)
    ridge = np.diag(np.sqrt(2 + dropout / (1 - dropout) * (values**2).sum(axis=0)))
    inputs, outputs = np.concatenate([values, ridge]), np.concatenate([values, np.zeros((5, 5))])
    expected = np.zeros((5, 5))
    for target in range(5):
        others = np.arange(5) != target
        expected[others, target] = np.linalg.lstsq(inputs[np.ix_(range(11), others)], outputs[:, target])[0]
    np.testing.assert_allclose(fit_history_weights(PEOPLE, TRAIN, np.arange(5)), expected, atol=1e-5)


def test_the_dropout_is_the_mean_over_all_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same weights as of a regression on all histories with any ratings dropped, scaled up by what is kept."""
    monkeypatch.setattr(fitting, "REGULARISATION", 0.0)
    monkeypatch.setattr(fitting, "DROPOUT", 0.5)
    values = np.maximum(0, (np.array([STARS[person] for person in TRAIN]) - 2) / 2)
    masks = np.array(np.meshgrid(*[[0, 1]] * 5)).reshape(5, -1).T
    inputs = np.concatenate([values * mask / 0.5 for mask in masks])
    outputs = np.concatenate([values] * len(masks))
    expected = np.zeros((5, 5))
    for target in range(5):
        others = np.arange(5) != target
        expected[others, target] = np.linalg.lstsq(inputs[:, others], outputs[:, target])[0]
    np.testing.assert_allclose(fit_history_weights(PEOPLE, TRAIN, np.arange(5)), expected, atol=1e-4)


def test_movies_without_weights_do_not_count() -> None:
    """The weights of some movies are those of a data set without the others."""
    chosen = np.array([0, 1, 3])
    few = dataset(
        [SHELF[position] for position in chosen],
        [
            (person, position + 1, float(STARS[person][position]))
            for person in TRAIN.tolist()
            for position in chosen.tolist()
            if STARS[person][position]
        ],
    )
    np.testing.assert_allclose(
        fit_history_weights(PEOPLE, TRAIN, chosen), fit_history_weights(few, TRAIN, np.arange(3)), atol=1e-6
    )


BOARD = checkerboard(people=60, movies=80, rated=70)
FITTED_TO = np.arange(40)


def long_lists(gap: float, reranker: ItemReranker) -> Shortlists:
    """Return a list of two movies after 60 answers of a person who loves odd movies.

    Args:
        gap: score by which the odd movie is behind, in units of what the weights of strength 1 add to it.
        reranker: the re-ranker that the weights will belong to.
    """
    answers = dict.fromkeys(range(0, 76, 2), 5.0) | dict.fromkeys(range(1, 44, 2), 2.0)
    weights = fit_history_weights(BOARD, FITTED_TO, reranker.movies)
    unit = ItemReranker(
        reranker.movies, np.zeros((80, 80), np.float32), np.zeros(80, np.float32), history_weights=weights
    )
    odd, even = unit.score_adjustments(answers, np.array([78, 79]))
    assert odd > even
    return Shortlists(
        answers=(answers,),
        movies=np.array([[78, 79]]),
        scores=np.array([[0, gap * (odd - even)]], np.float32),
        hits=np.array([[True, False]]),
        like_counts=np.array([1]),
    )


def plain_reranker() -> ItemReranker:
    """Return a re-ranker of all movies of the board that changes nothing."""
    return ItemReranker(np.arange(80), np.zeros((80, 80), np.float32), np.zeros(80, np.float32))


@pytest.mark.parametrize(("gap", "strength"), [(0.5, 4.0), (10.0, 12.0), (30.0, 32.0)])
def test_the_lowest_sufficient_strength_is_chosen(gap: float, strength: float) -> None:
    """The strength is the lowest that ranks the liked movie first."""
    reranker = plain_reranker()
    lists = long_lists(gap, reranker)
    fitted = with_history_weights(reranker, BOARD, FITTED_TO, [lists])
    assert lists.ndcg(lists.score_adjustments(fitted)) == 1
    plain = fit_history_weights(BOARD, FITTED_TO, reranker.movies)
    np.testing.assert_allclose(fitted.history_weights, strength * plain, rtol=1e-5)


def test_weights_that_do_not_help_are_left_out() -> None:
    """If the order is right already, or nobody has a long history, the re-ranker stays as it is."""
    reranker = plain_reranker()
    assert with_history_weights(reranker, BOARD, FITTED_TO, [long_lists(-1, reranker)]) is reranker
    assert with_history_weights(reranker, BOARD, FITTED_TO, []) is reranker


def test_a_reranker_without_item_weights_gets_weights_for_long_histories() -> None:
    """Its item weights are zeros, which take little memory."""
    lists = long_lists(1.5, plain_reranker())
    fitted = with_history_weights(ItemReranker.none(80), BOARD, FITTED_TO, [lists])
    assert lists.ndcg(lists.score_adjustments(fitted)) == 1
    assert fitted.item_weights.shape == (80, 1)
    np.testing.assert_array_equal(fitted.score_adjustments({0: 5.0}, np.arange(80)), np.zeros(80))


def test_of_a_large_catalogue_the_strongest_weights_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The inverse by Cholesky's method gives the same weights, of which each movie keeps a few."""
    reranker = plain_reranker()
    lists = [long_lists(1.5, reranker)]
    monkeypatch.setattr(fitting, "LARGE_CATALOGUE", 79)
    monkeypatch.setattr(fitting, "STRONGEST_WEIGHTS", 40)
    sparse = with_history_weights(reranker, BOARD, FITTED_TO, lists)
    assert sparse.history_weights.shape == sparse.history_columns.shape == (80, 40)
    plain = fit_history_weights(BOARD, FITTED_TO, np.arange(80))
    strength = np.abs(sparse.history_weights).max() / np.abs(plain).max()
    kept = np.take_along_axis(plain, sparse.history_columns.astype(np.int64), axis=1)
    np.testing.assert_allclose(sparse.history_weights, strength * kept, atol=1e-4)


def test_shortlists_are_of_people_with_enough_ratings(board: Dataset, towers: Towers) -> None:
    """On the board everybody has 40 ratings, so nobody gives 50 answers. With 60 ratings somebody does."""
    assert history_shortlists(board, np.arange(20), 0, 2, TowersScorer(towers)) == []
    longer = checkerboard(rated=60)
    people = split_people(longer, 0).validation
    expected = newcomers(longer, people, 0, 50) + newcomers(longer, people, 1, 50)
    assert expected
    [lists] = history_shortlists(longer, people, 0, 2, TowersScorer(towers))
    assert [len(answers) for answers in lists.answers] == [50] * len(expected)
    assert lists.movies.shape == (len(expected), min(RERANKED_IF_LONG, 60))
