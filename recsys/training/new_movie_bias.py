"""Fit the biases of movies to their tokens, so that a new movie has a bias before anybody has rated it.

The bias of a trained movie is mostly the log of its popularity. The movie tower learns it with the id of the movie, so
the part of the bias that comes from the tokens says little about the popularity of a movie without an id. A ridge
regression predicts the whole bias from the tokens (Hoerl and Kennard 1970, Ridge Regression: Biased Estimation for
Nonorthogonal Problems). This is item cold start by content (Schein et al. 2002, Methods and Metrics for Cold-Start
Recommendations), of the popularity alone: what kind of people like the movie is left to the movie tower.

All movies have the same weight. With more weight on popular movies, predicted and trained biases of left-out movies
have a lower rank correlation.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import LinearOperator, cg

from recsys.models.new_movie_bias import NewMovieBias, bias_predictors
from storage.records import Movie

PENALTIES = (300.0, 100.0, 30.0, 10.0, 3.0, 1.0, 0.3)
"""The ridge penalties that cross-validation chooses from, the largest first."""

FOLDS = 5
"""Cross-validation leaves out so many parts of the movies, one at a time. Fewer movies have the largest penalty."""

TOLERANCE = 1e-4
"""Conjugate gradients stop when the residual is this share of the right-hand side."""

MAX_ITERATIONS = 500
"""Conjugate gradients stop after so many iterations."""


def fit_new_movie_bias(tokens: csr_matrix, movies: Sequence[Movie], movie_vectors: NDArray[np.float32]) -> NewMovieBias:
    """Fit a linear model of the biases, with the penalty that has the least squared error in cross-validation.

    Args:
        tokens: (m, t) sparse float32, what `Vocabulary.movie_matrix` returns for the movies.
        movies: the m trained movies.
        movie_vectors: (m, 256) float32, their vectors.
    """
    predictors = bias_predictors(tokens, movies).astype(np.float64)
    biases = movie_vectors[:, -1].astype(np.float64)
    penalties = PENALTIES[: _best_penalty(predictors, biases) + 1]
    *_, coefficients = _ridge_path(predictors, biases, penalties)
    return NewMovieBias(coefficients.astype(np.float32))


def _best_penalty(predictors: csr_matrix, biases: NDArray[np.float64]) -> int:
    """Return the position in PENALTIES with the least squared error on the left-out movies."""
    if len(biases) < FOLDS:
        return 0
    folds = np.random.default_rng(0).permutation(len(biases)) % FOLDS
    errors = np.zeros(len(PENALTIES))
    for fold in range(FOLDS):
        is_left_out = folds == fold
        left_out, expected = predictors[is_left_out], biases[is_left_out]
        path = _ridge_path(predictors[~is_left_out], biases[~is_left_out], PENALTIES)
        for place, coefficients in enumerate(path):
            errors[place] += np.square(left_out @ coefficients[:-1] + coefficients[-1] - expected).sum()
    return int(np.argmin(errors))


def _ridge_path(
    predictors: csr_matrix, targets: NDArray[np.float64], penalties: Sequence[float]
) -> Iterator[NDArray[np.float64]]:
    """Yield the ridge regression for each penalty: (p + 1,) float64, the intercept last and without a penalty.

    The normal equations are solved by conjugate gradients on the sparse predictors, each from the solution for the
    penalty before. The matrix of p times p numbers would take 2 GB for 16,000 tokens.

    Args:
        predictors: (n, p) sparse float64.
        targets: (n,) float64.
        penalties: the largest first, which is the easiest to solve.
    """
    count, width = predictors.shape
    means, mean_target = np.asarray(predictors.mean(axis=0)).ravel(), targets.mean()
    transposed = predictors.T.tocsr()
    # A dense matrix of centred predictors is never made: X'X - n * means * means' is theirs.
    right = transposed @ (targets - mean_target)
    diagonal = np.asarray(predictors.power(2).sum(axis=0)).ravel() - count * means**2
    weights = np.zeros(width)
    for penalty in penalties:

        def product(vector: NDArray[np.float64], penalty: float = penalty) -> NDArray[np.float64]:
            scattered = transposed @ (predictors @ vector) - count * means * (means @ vector)
            centred: NDArray[np.float64] = scattered + penalty * vector
            return centred

        def preconditioned(vector: NDArray[np.float64], penalty: float = penalty) -> NDArray[np.float64]:
            scaled: NDArray[np.float64] = vector / (diagonal + penalty)
            return scaled

        weights, _ = cg(
            LinearOperator((width, width), product, dtype=np.float64),
            right,
            x0=weights,
            rtol=TOLERANCE,
            maxiter=MAX_ITERATIONS,
            M=LinearOperator((width, width), preconditioned, dtype=np.float64),
        )
        yield np.append(weights, mean_target - means @ weights)
