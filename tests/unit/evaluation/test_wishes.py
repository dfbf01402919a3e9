"""Wishes are judged by what is written beside them, not by the code that serves."""

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
def test_every_wish_is_read_as_it_is_judged(case: WishCase) -> None:
    """On real titles, the filter that the product reads out of the words lets through exactly what obeys them."""
    movies = [*starter_dataset().movies, movie(10**6, year=None, genres=())]
    genres = {genre for one in movies for genre in one.genres}
    wish = parse_wish(case.text, TitleIndex(movies), genres)
    assert isinstance(wish, Wish)
    assert [one for one in movies if wish.filter.matches(one)] == [one for one in movies if case.is_satisfied_by(one)]


async def asked(board: Dataset, towers: Towers, *wishes: WishCase) -> WishesReport:
    """The checkerboard's newcomers, asked these wishes."""

    def fitted(dataset: Dataset, split: Split, seed: int) -> Towers:  # noqa: ARG001  (a TowersFactory)
        return towers

    return await evaluate_wishes(board, [0], fitted, 0.0, lambda *_: None, wishes)


async def test_a_wish_that_is_obeyed_has_no_violations(board: Dataset, towers: Towers) -> None:
    """Everybody gets movies from before 1980 and of their own kind, wherever the filter stands."""
    report = await asked(board, towers, WishCase("before 1980", lambda one: (one.year or 0) < 1980))
    (row,) = report.wishes
    assert row.newcomers > 0
    assert 0 < row.results <= 10 * row.newcomers
    assert report.violations == 0
    assert row.ndcg == pytest.approx(row.ndcg_post_filtered)
    assert row.ndcg > 0.7  # Half of the movies, in any order, would come to .4.
    assert report.ratio == pytest.approx(1)


async def test_what_does_not_obey_is_counted(board: Dataset, towers: Towers) -> None:
    """Asked for movies before 1980 and judged as if for those before 1970, the difference comes to light."""
    report = await asked(board, towers, WishCase("before 1980", lambda one: (one.year or 0) < 1970))
    (row,) = report.wishes
    assert 0 < row.violations == report.violations < row.results


async def test_wishes_that_mean_nothing_here_are_left_out_and_named(board: Dataset, towers: Towers) -> None:
    """The checkerboard has no horror, and nobody three likes from before 1952: neither row would say anything."""
    horror = WishCase("no horror", lambda one: "Horror" not in one.genres)
    early = WishCase("before 1952", lambda one: (one.year or 0) < 1952)
    report = await asked(board, towers, horror, early)
    assert report.wishes == ()
    assert report.left_out == ("no horror", "before 1952")
    assert report.ratio is None
