"""The options of a list: how well known its movies are, and which movies were shown before it."""

from dataclasses import dataclass

from recsys.models.item_reranker import RERANKED
from storage.records import Popularity

CANDIDATES_PER_RESULT = 3
"""A list is composed from at least this many candidates per recommended movie."""

LONG_TAIL_CANDIDATES = 200
"""Lists of hidden gems are composed from at least this many candidates, because fewer may lack long-tail movies."""


@dataclass(frozen=True, slots=True)
class ListStyle:
    """How a list is composed.

    Attributes:
        popularity: how well known its movies are.
        is_wished: whether a wish says the popularity. The whole list of hidden gems is in the long tail then.
        latest: ids of the movies that the person was shown last, the latest at the end. The list follows them, so
            that cards that are shown one at a time are as varied as a list.
        is_calibrated: whether the genres follow what the person likes. Inside a wish for a kind of movie they do not.
    """

    popularity: Popularity = Popularity.BALANCED
    latest: tuple[int, ...] = ()
    is_calibrated: bool = True
    is_wished: bool = False


DEFAULT_STYLE = ListStyle()

UNCALIBRATED = ListStyle(is_calibrated=False)
"""Lists by relevance and diversity alone, without calibration of genres and without the bonus for the long tail."""


def listed(n: int, style: ListStyle) -> int:
    """Return from how many of the best candidates a list of n movies is composed."""
    return max(n * CANDIDATES_PER_RESULT, LONG_TAIL_CANDIDATES if style.popularity is Popularity.HIDDEN else RERANKED)
