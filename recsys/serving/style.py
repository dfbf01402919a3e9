"""The options of a list: how well known its movies are, and which movies were shown before it."""

from dataclasses import dataclass

from storage.records import Popularity


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
