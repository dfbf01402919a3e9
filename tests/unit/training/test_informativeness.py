"""Learning which titles it tells most to ask about, on people of two kinds."""

import numpy as np

from recsys.training.exposure import fit_exposure
from recsys.training.informativeness import fit_informativeness
from tests.builders import dataset, movie

TELLS, REPEATS, LOVED_BY_ALL, BY_CHANCE = 10, 20, 30, 40
FORETOLD = range(50, 110, 10)


def test_a_title_is_worth_what_it_tells_beyond_the_others() -> None:
    """Kinds part over one title and over its like; everybody loves the third, and over the fourth a coin decides."""
    coin = np.random.default_rng(0)
    rows = []
    for person in range(1, 401):
        kind = person % 2
        stars = {TELLS: 5.0 if kind else 1.0, LOVED_BY_ALL: 5.0, BY_CHANCE: float(coin.choice([1, 5]))}
        if person % 3:
            stars[REPEATS] = stars[TELLS]
        stars |= {one: 5.0 for one in FORETOLD if one // 10 % 2 == kind}
        rows += [(person, one, given) for one, given in stars.items()]
    movies = [movie(one) for one in (TELLS, REPEATS, LOVED_BY_ALL, BY_CHANCE, *FORETOLD)]
    built = dataset(movies, rows)
    people = np.arange(400)
    exposure = fit_exposure(built, people)
    worth = dict(zip(exposure.movie_ids.tolist(), fit_informativeness(built, people, exposure).tolist(), strict=True))
    assert max(worth, key=worth.__getitem__) == TELLS
    assert worth[TELLS] > worth[REPEATS] > 10 * max(worth[LOVED_BY_ALL], worth[BY_CHANCE], 1e-6)
    assert sum(worth.values()) < 1


def test_where_nobody_likes_anything_no_title_is_worth_more() -> None:
    """There is nothing to foretell, and no title is worth anything."""
    movies = [movie(10 * n) for n in range(1, 13)]
    built = dataset(movies, [(person, one.movie_id, 3.0) for person in range(1, 9) for one in movies])
    exposure = fit_exposure(built, np.arange(8))
    assert fit_informativeness(built, np.arange(8), exposure).tolist() == [0.0] * 12


def test_nobody_to_learn_from_is_no_error() -> None:
    """A catalogue whose only person rated one title."""
    built = dataset([movie(10), movie(20)], [(1, 10, 5.0)])
    exposure = fit_exposure(built, np.arange(1))
    assert np.isfinite(fit_informativeness(built, np.arange(1), exposure)).all()
