"""The movie that is nearest to a person's likes, for people whose likes are similar to each other."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from recsys.models.directions import Directions

MIN_LIKES = 3
"""The least number of likes that may count as similar to each other."""

MIN_SIMILARITY = 0.5
"""Likes are similar to each other if the mean cosine of two of their vectors, without the bias, is at least this."""

_MAX_CHECKS = 200
"""The number of nearest movies of which `is_allowed` is asked at most."""


def nearest_to_likes(
    directions: Directions,
    genres: NDArray[np.float32],
    likes: Sequence[int],
    latest: Sequence[int],
    is_allowed: Callable[[int], bool],
) -> int | None:
    """Return the movie that is nearest to a person's likes, if the likes are similar to each other.

    The scores alone may never bring such a movie to the top, because the user vector also favours what is popular among
    people with these likes: three anime titles lead to Star Wars.

    Args:
        directions: of all movies.
        genres: (m, g) float32, above 0 for the genres of a movie. If the likes have genres in common, the result has
            at least one of them.
        likes: positions of the movies that the person likes.
        latest: positions of the movies that were shown last.
        is_allowed: whether the movie at a position may be recommended.

    Returns:
        The position of the movie. None if the likes are too few or not similar to each other, if no movie is allowed,
        or if a movie of `latest` is at least as near.
    """
    if len(likes) < MIN_LIKES:
        return None
    centre = directions[list(likes)].sum(axis=0)
    count = len(likes)
    if (float(centre @ centre) - count) / (count * (count - 1)) < MIN_SIMILARITY:
        return None
    nearness = directions.cosines(centre)
    nearness[list(likes)] = -np.inf
    shared = (genres[list(likes)] > 0).all(axis=0)
    if shared.any():
        nearness[~(genres[:, shared] > 0).any(axis=1)] = -np.inf
    possible = np.flatnonzero(nearness > -np.inf)
    if len(possible) > _MAX_CHECKS:
        last = np.partition(nearness[possible], -_MAX_CHECKS)[-_MAX_CHECKS]
        possible = possible[nearness[possible] >= last]
    nearest = possible[np.argsort(-nearness[possible], kind="stable")[:_MAX_CHECKS]].tolist()
    position: int | None = next(filter(is_allowed, nearest), None)
    if position is None or any(nearness[shown] >= nearness[position] for shown in latest):
        return None
    return position
