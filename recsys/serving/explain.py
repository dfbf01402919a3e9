"""Leave-one-out explanations: the rating without which the recommended movie would have scored lowest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.profile import NAMED_FROM

MAX_LIKES = 32
"""At most this many likes are left out in turn, which bounds the cost of explaining a long history."""

SCORE_TOLERANCE = 1e-3
"""Two computations of the same score differ by up to this much, because they add in different orders. A smaller fall of
the score is no contribution."""


@dataclass(frozen=True, slots=True)
class BecauseLiked:
    """The person's own rating that contributed most.

    Attributes:
        movie_id: the rated movie.
        contribution: how much the score falls without that rating, in units of the score; above SCORE_TOLERANCE.
    """

    movie_id: int
    contribution: float


@dataclass(frozen=True, slots=True)
class PopularWithPeers:
    """No rating contributed, but the person's gender, age or occupation did."""


@dataclass(frozen=True, slots=True)
class Popular:
    """Nothing in the profile raised the movie; it is popular in general."""


@dataclass(frozen=True, slots=True)
class Resembles:
    """The movie resembles one that the person asked for.

    Attributes:
        movie_id: the movie that was asked for.
        genres: the genres that both have.
        people: directors and actors of both, the directors first.
        liked_together: whether far more people like both movies than would by chance.
    """

    movie_id: int
    genres: tuple[str, ...]
    people: tuple[str, ...]
    liked_together: bool


Reason = BecauseLiked | PopularWithPeers | Popular | Resembles
"""Why a movie is recommended to a person."""


def likes_to_leave_out(answers: Mapping[int, float]) -> tuple[int, ...]:
    """Return the positions of the likes that an explanation may name.

    Args:
        answers: position -> stars, the oldest rating first.

    Returns:
        At most MAX_LIKES positions. Of a longer history, the highest rated; among equal ratings, the latest.
    """
    likes = [position for position, stars in answers.items() if stars >= NAMED_FROM]
    if len(likes) > MAX_LIKES:
        likes.reverse()
        likes = sorted(likes, key=lambda position: -answers[position])[:MAX_LIKES]
    return tuple(likes)


def explain(
    liked_ids: Sequence[int],
    user_vectors: NDArray[np.float32],
    movie_vectors: NDArray[np.float32],
    reranker_contributions: NDArray[np.float32],
) -> list[Reason]:
    """Find the part of the profile without which the score of each movie falls most.

    Args:
        liked_ids: (k,) movie ids of the likes that were left out in turn.
        user_vectors: (2 + k, 256) float32, of the complete profile, of the profile without demographics, and of the
            profile without each like, as `Towers.user_vectors_without` returns them.
        movie_vectors: (n, 256) float32, of the recommended movies.
        reranker_contributions: (k, n) float32, how much each like raises what the item re-ranker adds to each movie.

    Returns:
        n reasons, one for each movie.
    """
    scores = user_vectors @ movie_vectors.T
    contributions = scores[0] - scores[1:]
    contributions[1:] += reranker_contributions
    reasons: list[Reason] = [
        PopularWithPeers() if by_demographics > SCORE_TOLERANCE else Popular()
        for by_demographics in contributions[0].tolist()
    ]
    if liked_ids:
        by_likes = contributions[1:]
        for movie, (like, fall) in enumerate(
            zip(by_likes.argmax(axis=0).tolist(), by_likes.max(axis=0).tolist(), strict=True)
        ):
            if fall > SCORE_TOLERANCE:
                reasons[movie] = BecauseLiked(liked_ids[like], fall)
    return reasons
