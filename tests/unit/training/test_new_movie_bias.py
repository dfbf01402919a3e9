"""The bias of new movies on movies whose popularity follows a known rule."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.models.features import Vocabulary
from recsys.models.network import DIMENSION
from recsys.models.new_movie_bias import bias_predictors
from recsys.training.new_movie_bias import PENALTIES, _best_penalty, _ridge_path, fit_new_movie_bias
from storage.records import Movie
from tests.builders import movie

GENRES = {"Action": 2.0, "Comedy": 1.0, "Drama": 0.0, "Horror": -1.0, "War": -2.0}
"""The part of a genre in the planted bias, shared with the other genres of the movie."""


def shelf(count: int, seed: int) -> list[Movie]:
    """Return movies with one to four random genres, of random years."""
    rng = np.random.default_rng(seed)
    return [
        movie(
            number,
            genres=tuple(rng.choice(list(GENRES), size=rng.integers(1, 5), replace=False).tolist()),
            year=int(rng.integers(1960, 2000)),
        )
        for number in range(1, count + 1)
    ]


def planted(movies: Sequence[Movie]) -> NDArray[np.float64]:
    """Return biases that are a linear function of genres and of their number."""
    return np.array([3 + np.mean([GENRES[genre] for genre in one.genres]) + 0.5 * len(one.genres) for one in movies])


def vectors_of(biases: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return movie vectors with these biases, which otherwise point anywhere."""
    vectors = np.random.default_rng(1).normal(size=(len(biases), DIMENSION)).astype(np.float32)
    vectors[:, -1] = biases
    return vectors


def predicted(movies: Sequence[Movie], biases: NDArray[np.float64], new: Sequence[Movie]) -> NDArray[np.float32]:
    """Return the biases of new movies by a model fitted to movies and their biases."""
    vocabulary = Vocabulary.build(movies)
    fitted = fit_new_movie_bias(vocabulary.movie_matrix(movies), movies, vectors_of(biases))
    return fitted.of(bias_predictors(vocabulary.movie_matrix(new), new))


def test_a_planted_popularity_is_recovered() -> None:
    """Movies that were not fitted get the bias of the rule, though years and titles are tokens, too."""
    movies, new = shelf(600, seed=2), shelf(50, seed=3)
    np.testing.assert_allclose(predicted(movies, planted(movies), new), planted(new), atol=0.1)


def test_the_number_of_genres_counts() -> None:
    """Two movies with the same mix of genres differ by the number alone."""
    movies = shelf(600, seed=2)
    new = [movie(9001, genres=("Drama",)), movie(9002, genres=("Action", "Comedy", "Horror", "War"))]
    one, four = predicted(movies, planted(movies), new)
    assert four - one == pytest.approx(1.5, abs=0.1)


def test_a_movie_of_which_nothing_is_known_has_the_mean() -> None:
    """No token of the movie is in the vocabulary. The intercept is not shrunk towards 0."""
    movies = shelf(200, seed=4)
    (bias,) = predicted(movies, np.full(len(movies), 7.0), [movie(9001, title="", year=None, genres=())])
    assert bias == pytest.approx(7)


def test_the_solution_is_that_of_the_dense_equations() -> None:
    """Of every penalty, with an intercept without a penalty."""
    movies = shelf(80, seed=5)
    predictors = bias_predictors(Vocabulary.build(movies).movie_matrix(movies), movies).astype(np.float64)
    targets = np.random.default_rng(6).normal(5, 2, len(movies))
    dense = predictors.toarray()
    centred = dense - dense.mean(axis=0)
    for penalty, solution in zip(PENALTIES, _ridge_path(predictors, targets, PENALTIES), strict=True):
        weights = np.linalg.solve(centred.T @ centred + penalty * np.eye(dense.shape[1]), centred.T @ targets)
        expected = np.append(weights, targets.mean() - dense.mean(axis=0) @ weights)
        np.testing.assert_allclose(solution, expected, atol=5e-3)


def test_cross_validation_chooses_the_penalty() -> None:
    """Biases without a rule get the largest penalty, biases that follow a rule exactly the smallest."""
    movies = shelf(300, seed=7)
    predictors = bias_predictors(Vocabulary.build(movies).movie_matrix(movies), movies).astype(np.float64)
    noise = np.random.default_rng(8).normal(size=len(movies))
    assert _best_penalty(predictors, noise) == 0
    assert _best_penalty(predictors, planted(movies)) == len(PENALTIES) - 1


@pytest.mark.parametrize("count", [1, 4, 6])
def test_a_few_movies_are_enough(count: int) -> None:
    """The bias of another movie lies among those of the fitted movies."""
    movies = shelf(count, seed=9)
    biases = planted(movies)
    (bias,) = predicted(movies, biases, [movie(9001)])
    assert biases.min() - 0.5 <= bias <= biases.max() + 0.5


def test_equal_inputs_give_equal_biases() -> None:
    """The folds are the same every time."""
    movies, new = shelf(100, seed=10), shelf(20, seed=11)
    first, second = (predicted(movies, planted(movies), new) for _ in range(2))
    np.testing.assert_array_equal(first, second)
