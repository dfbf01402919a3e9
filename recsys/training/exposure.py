"""Learning which titles are seen together, and by whom."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from recsys.data.dataset import Dataset
from recsys.models.exposure import ExposureModel
from recsys.models.features import DEMOGRAPHIC_SIZES, DEMOGRAPHIC_STARTS, demographic_codes

BEST_KNOWN = 500
ANSWERABLE = 0.5
"""Share of what somebody has seen that they can answer about."""

LEAST_VARIANCE = 1e-6
"""Of a title that nobody has rated."""

DEMOGRAPHIC_PRIOR = 5.0
"""Added to the variance of every gender, age group and occupation, in people: a group of few says little. Without it
the codes of one question, which add up to 1, could not be told apart."""


def fit_exposure(dataset: Dataset, people: NDArray[np.int64], count: int = BEST_KNOWN) -> ExposureModel:
    """Learn from the people's ratings, stars aside, about the movies that most of them know.

    Newcomers answer about a random half of what they have seen. That halves the means and quarters the covariances, and
    adds to every variance what makes it (mean / 2) * (1 - mean / 2): the equations need no other ridge.
    """
    is_fitted = np.isin(dataset.rating_people, people)
    rows, columns = dataset.rating_people[is_fitted], dataset.rating_movies[is_fitted]
    shape = (len(dataset.user_ids), len(dataset.movies))
    known = np.bincount(columns, minlength=shape[1])
    movies = np.argsort(-known, kind="stable")[:count]
    can_answer = csr_matrix((np.full(len(rows), ANSWERABLE), (rows, columns)), shape=shape)[people][:, movies]
    codes = DEMOGRAPHIC_STARTS + demographic_codes(dataset.genders, dataset.ages, dataset.occupations)[people]
    ends = np.arange(0, codes.size + 1, codes.shape[1])
    is_of = csr_matrix((np.ones(codes.size), codes.ravel(), ends), shape=(len(people), sum(DEMOGRAPHIC_SIZES)))
    variables = hstack([can_answer, is_of], format="csr")
    means = np.asarray(variables.sum(axis=0)).ravel() / max(1, len(people))
    covariance = (variables.T @ variables).toarray() / max(1, len(people)) - np.outer(means, means)
    variances = np.maximum(means * (1 - means), LEAST_VARIANCE)
    variances[len(movies) :] += DEMOGRAPHIC_PRIOR / max(1, len(people))
    np.fill_diagonal(covariance, variances)
    worth = np.zeros(len(movies), np.float32)
    return ExposureModel(dataset.movie_ids[movies], means.astype(np.float32), covariance.astype(np.float32), worth)
