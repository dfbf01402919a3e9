"""The movie that is nearest to a person's likes, for people whose likes are similar to each other."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from recsys.models.directions import Directions
from recsys.models.towers import Towers

MIN_LIKES = 3
"""The least number of likes that may count as similar to each other."""

MIN_SIMILARITY = 0.5
"""Likes are similar to each other if the mean cosine of two of their vectors, without the bias, is at least this."""

_MAX_CHECKS = 200
"""The number of nearest movies of which `is_allowed` is asked at most."""


_ALL_COMPARED = 100_000
"""In a larger catalogue, only the neighbours of the likes are compared with them, because all vectors have a GB."""


def compared_with(towers: Towers, likes: Sequence[int], latest: Sequence[int]) -> NDArray[np.int64] | None:
    """Return the movies that are compared with the likes: the neighbours of the likes, and the movies shown last.

    Args:
        towers: the model.
        likes: positions, as in `nearest_to_likes`.
        latest: positions, as in `nearest_to_likes`.

    Returns:
        Ascending positions, (k,) int64; None for all movies.
    """
    if len(likes) < MIN_LIKES or len(towers.vocabulary.movie_ids) <= _ALL_COMPARED:
        return None
    return np.unique(np.concatenate([*map(towers.neighbours.of, likes), np.array(latest, np.int64)]))


def nearest_to_likes(
    directions: Directions,
    genres: NDArray[np.float32],
    likes: Sequence[int],
    latest: Sequence[int],
    is_allowed: Callable[[int], bool],
    among: NDArray[np.int64] | None = None,
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
        among: positions of the movies that are compared with the likes; None for all.

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
    if among is None:
        nearness = directions.cosines(centre)
    else:
        nearness = np.full(len(genres), -np.inf, np.float32)
        nearness[among] = directions[among] @ centre
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
