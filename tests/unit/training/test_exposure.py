"""Learning which titles are seen together and by whom, on counts that can be checked by hand."""

import numpy as np

from recsys.models.exposure import NOT_OBSERVED, ExposureModel
from recsys.models.features import UNKNOWN, demographics_of
from recsys.profile import Profile
from recsys.training.exposure import fit_exposure
from tests.builders import checkerboard, dataset, movie


def test_means_and_covariances_are_of_a_random_half() -> None:
    """A title that everybody has seen is answered by half, and what is seen together covaries by a quarter."""
    board = checkerboard()
    people = np.arange(len(board.user_ids))
    seen = np.zeros((len(people), len(board.movies)))
    seen[board.rating_people, board.rating_movies] = 1
    found = fit_exposure(board, people, count=5)
    known = np.argsort(-seen.sum(axis=0), kind="stable")[:5]
    assert found.movie_ids.tolist() == board.movie_ids[known].tolist()
    np.testing.assert_allclose(found.means[:5], seen[:, known].mean(axis=0) / 2, rtol=1e-6)
    expected = np.cov(seen[:, known].T, bias=True) / 4
    off_diagonal = ~np.eye(5, dtype=bool)
    np.testing.assert_allclose(found.covariance[:5, :5][off_diagonal], expected[off_diagonal], atol=1e-6)
    np.testing.assert_allclose(np.diag(found.covariance)[:5], (found.means * (1 - found.means))[:5], rtol=1e-6)


def test_who_people_are_says_what_they_have_seen() -> None:
    """Of 100 women all have seen the one movie, of 100 men all the other; an answer still counts beside that."""
    rows = [(person, 10 if person % 2 else 20, 5.0) for person in range(1, 201)]
    rows += [(person, 30, 5.0) for person in range(1, 201) if person % 4 < 2]
    genders = [0 if person % 2 else 1 for person in range(1, 201)]
    built = dataset([movie(10), movie(20), movie(30)], rows, genders=genders)
    found = fit_exposure(built, np.arange(200))
    assert found.by_seen_probability(Profile("F"))[0] == 10
    assert found.by_seen_probability(Profile("M"))[0] == 20
    assert found.by_seen_probability(Profile("M", unseen={20}))[0] == 30
    np.testing.assert_allclose(_likely(found, Profile("F")), [0.5, 0, 0.25], atol=0.03)
    np.testing.assert_allclose(_likely(found, Profile("M")), [0, 0.5, 0.25], atol=0.03)
    np.testing.assert_allclose(_likely(found, Profile()), [0.25, 0.25, 0.25], atol=1e-6)


def _likely(exposure: ExposureModel, profile: Profile) -> np.ndarray:
    """(3,) in the order of the movie ids."""
    codes = np.array([demographics_of(profile)])
    told, values = exposure.observe_demographics(codes)
    assert ((told == NOT_OBSERVED).all(axis=1) == (codes == UNKNOWN).all(axis=1)).all()
    likely = exposure.seen_probability(told, values)[0]
    return likely[np.argsort(exposure.movie_ids)]
