"""Ratings on any scale become stars."""

import pytest

from recsys.histories.scales import guessed_scale, to_stars


@pytest.mark.parametrize(
    ("ratings", "scale"),
    [
        ((3, 5), (1, 5)),
        ((0.5, 4), (0.5, 5)),
        ((6, 10, 8), (1, 10)),
        ((70, 95), (10, 100)),
        ((17, 12), (2, 20)),
        ((0, 10), (0, 10)),
    ],
)
def test_the_scale_of_an_unknown_source(ratings: tuple[float, ...], scale: tuple[float, float]) -> None:
    """It is taken from the largest rating, and from the smallest if that is lower than usual."""
    assert guessed_scale(ratings) == scale


def test_one_rating_is_taken_by_its_scale() -> None:
    """Nothing is known of the person's distribution."""
    assert to_stars([10], (1, 10)) == [5.0]
    assert to_stars([1], (1, 10)) == [1.0]
    assert to_stars([], None) == []


def test_a_six_of_ten_depends_on_the_person() -> None:
    """It is worse from somebody who gives 8 to nearly everything than from somebody who gives 4."""
    generous = to_stars([6] * 5 + [8] * 70 + [9] * 25, (1, 10))
    harsh = to_stars([6] * 5 + [4] * 70 + [2] * 25, (1, 10))
    assert generous[0] <= 2.5
    assert harsh[0] >= 4.0


def test_order_and_range() -> None:
    """Stars are from 1 to 5 in halves, and a higher rating never has fewer stars."""
    ratings = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] * 7 + [10] * 50
    stars = to_stars(ratings, (1, 10))
    assert all(1 <= star <= 5 and star * 2 == int(star * 2) for star in stars)
    assert stars[:10] == sorted(stars[:10])
    assert stars[0] < 2 < 4 < stars[9]
