"""From the ratings of a person on the scale of a source to stars.

People use a scale in their own way: a 6 of 10 is a dislike of somebody who gives 8 to nearly everything. So the stars
of a rating lie between what the scale says and what the person's own distribution says (docs/histories.md has the
measurement).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import pairwise

STARS_SHARES = (0.0562, 0.1075, 0.2611, 0.3489, 0.2263)
"""The shares of 1 to 5 stars among the ratings of MovieLens 1M."""

OWN_WEIGHT_AT = 20
"""With this many ratings, the person's own distribution has half of its maximum weight."""

MAX_OWN_WEIGHT = 0.5
"""The maximum weight of the person's own distribution, because some people see good films only."""

_HIGHEST = (5.0, 10.0, 20.0, 100.0)
"""The scales that are assumed from the largest rating, by their highest rating."""

_BOUNDS = [sum(STARS_SHARES[:place]) for place in range(len(STARS_SHARES) + 1)]


def guessed_scale(ratings: Sequence[float]) -> tuple[float, float]:
    """Return the scale of ratings of an unknown source, from the largest and the smallest of them."""
    largest = max(ratings)
    highest = next((highest for highest in _HIGHEST if largest <= highest), largest)
    return scale_to(highest, ratings)


def scale_to(highest: float, ratings: Sequence[float]) -> tuple[float, float]:
    """Return the scale with this highest rating, from the smallest of some ratings on it."""
    smallest = min(ratings)
    return min(smallest, highest / 10 if highest > 10 else 0.5 if smallest < 1 else 1.0), highest


def to_stars(ratings: Sequence[float], scale: tuple[float, float] | None) -> list[float]:
    """Return the stars of the ratings of one person, from 1 to 5 in halves.

    Args:
        ratings: all ratings of the person in one file.
        scale: the lowest and the highest rating of the source; None to take it from the ratings.
    """
    if not ratings:
        return []
    lowest, highest = scale or guessed_scale(ratings)
    if max(ratings) > highest:
        lowest, highest = guessed_scale(ratings)
    ordered = sorted(ratings)
    own_weight = MAX_OWN_WEIGHT * len(ratings) / (len(ratings) + OWN_WEIGHT_AT)
    stars = {
        rating: (1 - own_weight) * _by_scale(rating, lowest, highest) + own_weight * _by_rank(rating, ordered)
        for rating in set(ratings)
    }
    return to_halves([stars[rating] for rating in ratings])


def to_halves(stars: Sequence[float]) -> list[float]:
    """Return stars as people give them here, from 1 to 5 in halves."""
    return [min(5.0, max(1.0, round(2 * value) / 2)) for value in stars]


def _by_scale(rating: float, lowest: float, highest: float) -> float:
    """Return the stars in a straight line from the lowest rating to the highest."""
    return 1.0 if highest <= lowest else 1.0 + 4.0 * (rating - lowest) / (highest - lowest)


def _by_rank(rating: float, ordered: Sequence[float]) -> float:
    """Return the mean stars of the ratings of MovieLens 1M whose ranks are those of this rating among the person's."""
    first, last = bisect_left(ordered, rating) / len(ordered), bisect_right(ordered, rating) / len(ordered)
    shares = [max(0.0, min(last, upper) - max(first, lower)) for lower, upper in pairwise(_BOUNDS)]
    return sum((place + 1) * share for place, share in enumerate(shares)) / sum(shares)
