"""Learning which titles are seen together, on counts that can be checked by hand."""

import numpy as np

from recsys.training.familiarity import fit_familiarity
from tests.builders import checkerboard


def test_means_and_covariances_are_of_a_random_half() -> None:
    """A title that everybody has seen is answered by half, and what is seen together covaries by a quarter."""
    dataset = checkerboard()
    people = np.arange(len(dataset.user_ids))
    seen = np.zeros((len(people), len(dataset.movies)))
    seen[dataset.rating_people, dataset.rating_movies] = 1
    found = fit_familiarity(dataset, people, count=5)
    known = np.argsort(-seen.sum(axis=0), kind="stable")[:5]
    assert found.movie_ids.tolist() == dataset.movie_ids[known].tolist()
    np.testing.assert_allclose(found.means, seen[:, known].mean(axis=0) / 2, rtol=1e-6)
    expected = np.cov(seen[:, known].T, bias=True) / 4
    off_diagonal = ~np.eye(5, dtype=bool)
    np.testing.assert_allclose(found.covariance[off_diagonal], expected[off_diagonal], atol=1e-6)
    np.testing.assert_allclose(np.diag(found.covariance), found.means * (1 - found.means), rtol=1e-6)
