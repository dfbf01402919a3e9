"""Fit the exposure model: which movies people have seen, jointly with their demographics."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from recsys.data.dataset import Dataset
from recsys.models.exposure import ExposureModel
from recsys.models.features import DEMOGRAPHIC_SIZES, DEMOGRAPHIC_STARTS, demographic_codes
from recsys.training.rating_blocks import rating_blocks, rating_counts

EXPOSURE_MOVIES = 500
"""The exposure model covers this many movies, those with the most ratings."""

ANSWERABLE_SHARE = 0.5
"""Share of the movies a person has seen that they can answer about."""

MIN_VARIANCE = 1e-6
"""Least variance of a variable, for movies without ratings."""

DEMOGRAPHIC_PRIOR = 5.0
"""Added to the variance of every gender, age group and occupation, in people.

It shrinks the influence of small groups. Without it the equations would be singular, because the codes of one question
add up to 1.
"""


def fit_exposure(dataset: Dataset, people: NDArray[np.int64], count: int = EXPOSURE_MOVIES) -> ExposureModel:
    """Fit the exposure model to which movies each person rated; the stars do not matter.

    Newcomers answer about a random half of the movies they have seen. This halves the means and quarters the
    covariances, while each movie's variance is that of an answer, mean * (1 - mean). The excess on the diagonal
    regularises the equations; movies need no other ridge.

    Args:
        people: (n,) positions in the data set of the people to fit to.
        count: number of movies, the most rated first.

    Returns:
        A model with informativeness 0; see `fit_informativeness`.
    """
    movies = np.argsort(-rating_counts(dataset, people), kind="stable")[:count]
    codes = DEMOGRAPHIC_STARTS + demographic_codes(dataset.genders, dataset.ages, dataset.occupations)
    size = len(movies) + sum(DEMOGRAPHIC_SIZES)
    sums, products = np.zeros(size), np.zeros((size, size))
    for block in rating_blocks(dataset, people):
        can_answer = block.matrix(np.full(len(block.movies), ANSWERABLE_SHARE), movies)
        own_codes = codes[block.people]
        ends = np.arange(0, own_codes.size + 1, own_codes.shape[1])
        has_code = csr_matrix(
            (np.ones(own_codes.size), own_codes.ravel(), ends), shape=(len(block.people), sum(DEMOGRAPHIC_SIZES))
        )
        variables = hstack([can_answer, has_code], format="csr")
        sums += np.asarray(variables.sum(axis=0)).ravel()
        products += (variables.T @ variables).toarray()
    means = sums / max(1, len(people))
    covariance = products / max(1, len(people)) - np.outer(means, means)
    variances = np.maximum(means * (1 - means), MIN_VARIANCE)
    variances[len(movies) :] += DEMOGRAPHIC_PRIOR / max(1, len(people))
    np.fill_diagonal(covariance, variances)
    informativeness = np.zeros(len(movies), np.float32)
    return ExposureModel(
        dataset.movie_ids[movies], means.astype(np.float32), covariance.astype(np.float32), informativeness
    )
