"""The informativeness of titles, on people with two kinds of taste."""

import numpy as np

from recsys.training.exposure import fit_exposure
from recsys.training.informativeness import fit_informativeness
from tests.builders import dataset, movie

INFORMATIVE, REDUNDANT, LOVED_BY_ALL, BY_CHANCE = 10, 20, 30, 40
TARGETS = range(50, 110, 10)


def test_informativeness_is_what_a_title_adds_to_the_others() -> None:
    """The kinds disagree on one title and on a copy of it. All love the third; the fourth is liked at random."""
    coin = np.random.default_rng(0)
    rows = []
    for person in range(1, 401):
        kind = person % 2
        stars = {INFORMATIVE: 5.0 if kind else 1.0, LOVED_BY_ALL: 5.0, BY_CHANCE: float(coin.choice([1, 5]))}
        if person % 3:
            stars[REDUNDANT] = stars[INFORMATIVE]
        stars |= {movie_id: 5.0 for movie_id in TARGETS if movie_id // 10 % 2 == kind}
        rows += [(person, movie_id, rating) for movie_id, rating in stars.items()]
    movies = [movie(movie_id) for movie_id in (INFORMATIVE, REDUNDANT, LOVED_BY_ALL, BY_CHANCE, *TARGETS)]
    ratings = dataset(movies, rows)
    people = np.arange(400)
    exposure = fit_exposure(ratings, people)
    informativeness = dict(
        zip(exposure.movie_ids.tolist(), fit_informativeness(ratings, people, exposure).tolist(), strict=True)
    )
    assert max(informativeness, key=informativeness.__getitem__) == INFORMATIVE
    assert (
        informativeness[INFORMATIVE]
        > informativeness[REDUNDANT]
        > 10 * max(informativeness[LOVED_BY_ALL], informativeness[BY_CHANCE], 1e-6)
    )
    assert sum(informativeness.values()) < 1


def test_without_likes_all_informativeness_is_0() -> None:
    """There is nothing to predict."""
    movies = [movie(10 * n) for n in range(1, 13)]
    ratings = dataset(movies, [(person, rated.movie_id, 3.0) for person in range(1, 9) for rated in movies])
    exposure = fit_exposure(ratings, np.arange(8))
    assert fit_informativeness(ratings, np.arange(8), exposure).tolist() == [0.0] * 12


def test_a_single_rating_is_no_error() -> None:
    """With one person who rated one title, all values are finite."""
    ratings = dataset([movie(10), movie(20)], [(1, 10, 5.0)])
    exposure = fit_exposure(ratings, np.arange(1))
    assert np.isfinite(fit_informativeness(ratings, np.arange(1), exposure)).all()
