"""Learning which titles are seen together."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.familiarity import Familiarity

BEST_KNOWN = 500
ANSWERABLE = 0.5
"""Share of what somebody has seen that they can answer about."""

LEAST_VARIANCE = 1e-6
"""Of a title that nobody has rated."""


def fit_familiarity(dataset: Dataset, people: NDArray[np.int64], count: int = BEST_KNOWN) -> Familiarity:
    """Learn from the people's ratings, stars aside, about the movies that most of them know.

    Newcomers answer about a random half of what they have seen. That halves the means and quarters the covariances, and
    adds to every variance what makes it (mean / 2) * (1 - mean / 2): the equations need no other ridge.
    """
    is_fitted = np.isin(dataset.rating_people, people)
    rows, columns = dataset.rating_people[is_fitted], dataset.rating_movies[is_fitted]
    shape = (len(dataset.user_ids), len(dataset.movies))
    known = np.bincount(columns, minlength=shape[1])
    movies = np.argsort(-known, kind="stable")[:count]
    seen = csr_matrix((np.ones(len(rows), np.float32), (rows, columns)), shape=shape)[:, movies]
    together = (seen.T @ seen).toarray() / len(people)
    means = known[movies] / len(people)
    covariance = ANSWERABLE**2 * (together - np.outer(means, means))
    means = ANSWERABLE * means
    np.fill_diagonal(covariance, np.maximum(means * (1 - means), LEAST_VARIANCE))
    worth = np.zeros(len(movies), np.float32)
    return Familiarity(dataset.movie_ids[movies], means.astype(np.float32), covariance.astype(np.float32), worth)
