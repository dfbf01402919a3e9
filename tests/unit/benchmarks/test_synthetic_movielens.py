"""The simulated data set has the size, the form and the popularity curve that were asked for."""

from pathlib import Path

import numpy as np

from benchmarks.synthetic_movielens import Size, popularity_curve, write
from recsys.data import read_dataset
from tests.builders import checkerboard


def test_the_curve_ends_with_one_rating_and_has_the_total() -> None:
    """The first movie has the given share of the people, and the numbers never rise."""
    curve = popularity_curve(Size(60_000, 160_000, 25_000_000), 0.5)
    assert (curve[0], curve[-1]) == (80_000, 1)
    assert (np.diff(curve) <= 0).all()
    np.testing.assert_allclose(curve.sum(), 25_000_000, rtol=1e-6)
    assert 0.05 < (curve >= 1000).mean() < 0.07


def test_a_set_is_read_as_movielens_and_is_the_same_again(tmp_path: Path) -> None:
    """It has the form of MovieLens 32M: ids, half stars, links, years of today; equal seeds write equal files."""
    like = checkerboard(people=80, movies=60, rated=30)
    size = Size(movies=120, people=60, ratings=1_800)
    totals = write(like, size, tmp_path / "ml-a", 0)
    write(like, size, tmp_path / "ml-b", 0)
    for name in ("movies.csv", "links.csv", "ratings.csv"):
        assert (tmp_path / "ml-a" / name).read_bytes() == (tmp_path / "ml-b" / name).read_bytes()
    read = read_dataset(tmp_path / "ml-a")
    assert (len(read.movies), len(read.user_ids)) == (120, 60)
    np.testing.assert_array_equal(np.bincount(read.rating_movies, minlength=120), totals)
    assert 0.9 * size.ratings < len(read.rating_stars) <= 1.05 * size.ratings
    assert {movie.genres for movie in read.movies} == {("Odd",), ("Even",)}
    assert all(1974 <= (movie.year or 0) <= 2033 and movie.imdb_id for movie in read.movies)
    assert {*np.unique(read.rating_stars)} <= {*np.arange(1, 5.1, 0.5)}
