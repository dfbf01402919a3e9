"""The one true reason on a card: the answer without which the movie would have scored lowest."""

from collections.abc import Container
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.profile import Profile

LIKED_FROM = 3.5
"""Stars from which a rating may be named as a reason; "because you rated it 2" convinces nobody."""

MAX_LIKES = 32
"""Likes that are tried per person: the highest rated, of equals the latest; keeps a long history affordable."""

ROUNDING = 1e-3
"""In units of the score: by so much may two ways to add up the same profile differ, so that less is no fall."""


@dataclass(frozen=True, slots=True)
class BecauseLiked:
    """The person's own rating that contributed most.

    Attributes:
        movie_id: the rated movie.
        contribution: how much the score falls without that rating, in units of the score, more than ROUNDING.
    """

    movie_id: int
    contribution: float


@dataclass(frozen=True, slots=True)
class PopularWithPeers:
    """No rating contributed, but gender, age or occupation did."""


@dataclass(frozen=True, slots=True)
class Popular:
    """Nothing that is known of the person raised the movie: it is liked by many."""


Reason = BecauseLiked | PopularWithPeers | Popular


def likes_to_try(profile: Profile, known: Container[int]) -> tuple[int, ...]:
    """The movie ids that a reason may name, to be left out in turn.

    Args:
        profile: whose.
        known: the movies that the model knows; others contribute nothing.
    """
    likes = [movie_id for movie_id, stars in profile.ratings.items() if stars >= LIKED_FROM and movie_id in known]
    if len(likes) > MAX_LIKES:
        likes.reverse()
        likes = sorted(likes, key=lambda movie_id: -profile.ratings[movie_id])[:MAX_LIKES]
    return tuple(likes)


def reasons(
    likes: tuple[int, ...],
    user_vectors: NDArray[np.float32],
    movie_vectors: NDArray[np.float32],
    linked: NDArray[np.float32],
) -> list[Reason]:
    """Why each movie is there: the part of the profile without which its score falls most.

    Args:
        likes: as of `likes_to_try`.
        user_vectors: (2 + likes, 256) float32, as of `Towers.user_vectors_without`.
        movie_vectors: (n, 256) float32, of the recommended movies.
        linked: (likes, n) float32, what the second stage adds less to each movie without each like.

    Returns:
        n reasons.
    """
    scores = user_vectors @ movie_vectors.T
    contributions = scores[0] - scores[1:]
    contributions[1:] += linked
    return [_reason(one, likes) for one in contributions.T]


def _reason(contributions: NDArray[np.float32], likes: tuple[int, ...]) -> Reason:
    """Contributions: first of the demographics, then of each like."""
    if likes:
        strongest = int(np.argmax(contributions[1:]))
        if contributions[1 + strongest] > ROUNDING:
            return BecauseLiked(likes[strongest], float(contributions[1 + strongest]))
    return PopularWithPeers() if contributions[0] > ROUNDING else Popular()
