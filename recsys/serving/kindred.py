"""The movie that is nearest to what a person likes, for people whose likes are of one kind."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

MIN_LIKES = 3
"""From this many likes on, they may be of one kind."""

MIN_SIMILARITY = 0.5
"""Likes are of one kind from this mean similarity on: the cosine of the vectors of two of them, without the bias."""

_TRIED = 200
"""At most this many of the nearest movies are asked whether they are allowed."""


def nearest_to_likes(
    vectors: NDArray[np.float32],
    genres: NDArray[np.float32],
    likes: Sequence[int],
    latest: Sequence[int],
    is_allowed: Callable[[int], bool],
) -> int | None:
    """Return the movie that is nearest to a person's likes, if these are of one kind.

    The user vector mixes the kind with what is popular among its friends, so that a kind of few movies may never reach
    the top: three anime titles lead to Star Wars.

    Args:
        vectors: (m, 256) float32 movie vectors; the last column is the bias.
        genres: (m, g) float32, above 0 for the genres of a movie. If all likes share a genre, the movie has one too
            that they all share.
        likes: positions of the movies that the person likes.
        latest: positions of the movies that were shown last.
        is_allowed: whether the movie at a position may be recommended.

    Returns:
        Its position. None if the likes are too few or of several kinds, and if a movie of `latest` is as near.
    """
    if len(likes) < MIN_LIKES:
        return None
    directions = vectors[:, :-1]
    liked = directions[list(likes)]
    liked = liked / np.maximum(np.linalg.norm(liked, axis=1, keepdims=True), 1e-9)
    centre = liked.sum(axis=0)
    count = len(likes)
    if (float(centre @ centre) - count) / (count * (count - 1)) < MIN_SIMILARITY:
        return None
    nearness = (directions @ centre) / np.maximum(np.linalg.norm(directions, axis=1), 1e-9)
    nearness[list(likes)] = -np.inf
    shared = (genres[list(likes)] > 0).all(axis=0)
    if shared.any():
        nearness[~(genres[:, shared] > 0).any(axis=1)] = -np.inf
    nearest: list[int] = np.argsort(-nearness, kind="stable")[:_TRIED].tolist()
    possible = (position for position in nearest if nearness[position] > -np.inf)
    position = next((position for position in possible if is_allowed(position)), None)
    if position is None or any(nearness[shown] >= nearness[position] for shown in latest):
        return None
    return position
