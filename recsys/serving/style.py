"""What a request says about the list that it wants, beside the person and the filter."""

from dataclasses import dataclass

from storage.records import Popularity


@dataclass(frozen=True, slots=True)
class ListStyle:
    """How a list is composed.

    Attributes:
        popularity: how well known its movies are.
        latest: ids of the movies that the person was shown last, the latest at the end. The list continues them, so
            that cards that are shown one at a time are as varied as a list.
        is_calibrated: whether the genres follow what the person likes. Inside a wish for a kind of movie they do not.
    """

    popularity: Popularity = Popularity.BALANCED
    latest: tuple[int, ...] = ()
    is_calibrated: bool = True


DEFAULT_STYLE = ListStyle()

UNCALIBRATED = ListStyle(is_calibrated=False)
"""Relevance and diversity alone."""
