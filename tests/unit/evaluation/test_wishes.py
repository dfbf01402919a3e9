"""Evaluation of wishes against their written definitions."""

import pytest

from recsys.data import Dataset
from recsys.data.starter import starter_dataset
from recsys.evaluation.wishes import WISHES, WishCase, WishesReport, evaluate_wishes
from recsys.models.towers import Towers
from recsys.protocol.newcomers import Split
from recsys.text.titles import TitleIndex
from recsys.text.wishes import Wish, parse_wish
from tests.builders import movie


@pytest.mark.parametrize("case", WISHES, ids=lambda case: case.text)
def test_every_wish_is_parsed_as_it_is_defined(case: WishCase) -> None:
    """On real titles, the filter that the product parses matches exactly the movies that satisfy the definition."""
    movies = [*starter_dataset().movies, movie(10**6, year=None, genres=())]
    genres = {genre for listed in movies for genre in listed.genres}
    wish = parse_wish(case.text, TitleIndex(movies), genres)
    assert isinstance(wish, Wish)
    matching = [movie.movie_id for movie in movies if wish.filter.matches(movie)]
    assert matching == [movie.movie_id for movie in movies if case.is_satisfied_by(movie)]


async def evaluate_on_board(board: Dataset, towers: Towers, *wishes: WishCase) -> WishesReport:
    """Evaluate these wishes for the checkerboard's newcomers."""

    def fitted(dataset: Dataset, split: Split, seed: int) -> Towers:  # noqa: ARG001 - a TowersFactory has this signature
        return towers

    return await evaluate_wishes(board, [0], fitted, 0.0, lambda *_: None, wishes)


async def test_a_wish_that_is_satisfied_has_no_violations(board: Dataset, towers: Towers) -> None:
    """Everybody gets movies that they like from before 1980, with pre-filtering and with post-filtering."""
    report = await evaluate_on_board(board, towers, WishCase("before 1980", lambda movie: (movie.year or 0) < 1980))
    (row,) = report.wishes
    assert row.newcomers > 0
    assert 0 < row.results <= 10 * row.newcomers
    assert report.violations == 0
    assert row.ndcg == pytest.approx(row.ndcg_post_filtered)
    assert row.ndcg > 0.7  # A random half of the movies in any order has .4.
    assert report.ratio == pytest.approx(1)


async def test_violations_are_counted(board: Dataset, towers: Towers) -> None:
    """Results for "before 1980" violate a definition of "before 1970"."""
    report = await evaluate_on_board(board, towers, WishCase("before 1980", lambda movie: (movie.year or 0) < 1970))
    (row,) = report.wishes
    assert 0 < row.violations == report.violations < row.results


async def test_wishes_that_cannot_be_measured_are_left_out_and_named(board: Dataset, towers: Towers) -> None:
    """The checkerboard has no horror, and nobody has three likes from before 1952."""
    horror = WishCase("no horror", lambda movie: "Horror" not in movie.genres)
    early = WishCase("before 1952", lambda movie: (movie.year or 0) < 1952)
    report = await evaluate_on_board(board, towers, horror, early)
    assert report.wishes == ()
    assert report.left_out == ("no horror", "before 1952")
    assert report.ratio is None
