"""The fitted exposure model, on counts that can be checked by hand."""

import numpy as np

from recsys.models.exposure import NOT_OBSERVED, ExposureModel
from recsys.models.features import UNKNOWN, demographics_of
from recsys.profile import Profile
from recsys.training.exposure import fit_exposure
from tests.builders import checkerboard, dataset, movie


def test_means_and_covariances_are_of_a_random_half() -> None:
    """Answers about a random half of the seen titles halve the means and quarter the covariances."""
    board = checkerboard()
    people = np.arange(len(board.user_ids))
    seen = np.zeros((len(people), len(board.movies)))
    seen[board.rating_people, board.rating_movies] = 1
    fitted = fit_exposure(board, people, count=5)
    most_rated = np.argsort(-seen.sum(axis=0), kind="stable")[:5]
    assert fitted.movie_ids.tolist() == board.movie_ids[most_rated].tolist()
    np.testing.assert_allclose(fitted.means[:5], seen[:, most_rated].mean(axis=0) / 2, rtol=1e-6)
    expected = np.cov(seen[:, most_rated].T, bias=True) / 4
    off_diagonal = ~np.eye(5, dtype=bool)
    np.testing.assert_allclose(fitted.covariance[:5, :5][off_diagonal], expected[off_diagonal], atol=1e-6)
    np.testing.assert_allclose(np.diag(fitted.covariance)[:5], (fitted.means * (1 - fitted.means))[:5], rtol=1e-6)


def test_demographics_predict_what_people_have_seen() -> None:
    """All of 100 women have seen one movie and all of 100 men the other; answers still change the ranking."""
    rows = [(person, 10 if person % 2 else 20, 5.0) for person in range(1, 201)]
    rows += [(person, 30, 5.0) for person in range(1, 201) if person % 4 < 2]
    genders = [0 if person % 2 else 1 for person in range(1, 201)]
    people_of_two_genders = dataset([movie(10), movie(20), movie(30)], rows, genders=genders)
    fitted = fit_exposure(people_of_two_genders, np.arange(200))
    assert fitted.by_seen_probability(Profile("F"))[0] == 10
    assert fitted.by_seen_probability(Profile("M"))[0] == 20
    assert fitted.by_seen_probability(Profile("M", unseen={20}))[0] == 30
    np.testing.assert_allclose(_seen_probabilities(fitted, Profile("F")), [0.5, 0, 0.25], atol=0.03)
    np.testing.assert_allclose(_seen_probabilities(fitted, Profile("M")), [0, 0.5, 0.25], atol=0.03)
    np.testing.assert_allclose(_seen_probabilities(fitted, Profile()), [0.25, 0.25, 0.25], atol=1e-6)


def _seen_probabilities(exposure: ExposureModel, profile: Profile) -> np.ndarray:
    """Return the (3,) seen probabilities, in the order of the movie ids."""
    codes = np.array([demographics_of(profile)])
    observed, values = exposure.observe_demographics(codes)
    assert ((observed == NOT_OBSERVED).all(axis=1) == (codes == UNKNOWN).all(axis=1)).all()
    probabilities = exposure.seen_probability(observed, values)[0]
    return probabilities[np.argsort(exposure.movie_ids)]
