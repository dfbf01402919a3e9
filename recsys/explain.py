"""The one true reason on a card: the answer without which the movie would have scored lowest."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from recsys.profile import Profile

LIKED_FROM = 3.5
"""Stars from which a rating may be named as a reason; "because you rated it 2" convinces nobody."""

MAX_LIKES = 32
"""Likes that are tried per person, those nearest to the movies on show first; keeps a long history affordable."""


class UserTower(Protocol):
    """The part of the towers that explanations need."""

    def user_vectors(self, profiles: Sequence[Profile]) -> NDArray[np.float32]:
        """(n, 256) float32."""
        ...


@dataclass(frozen=True, slots=True)
class BecauseLiked:
    """The person's own rating that contributed most.

    Attributes:
        movie_id: the rated movie.
        contribution: how much the score falls without that rating, in units of the score, more than 0.
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


def reasons(
    tower: UserTower,
    movie_vectors: Mapping[int, NDArray[np.float32]],
    profile: Profile,
    chosen: Sequence[int],
) -> list[Reason]:
    """Why each chosen movie is there, found by leaving each part of the profile out and scoring again.

    Args:
        movie_vectors: movie_id -> (256,) float32, for the chosen and the rated movies that the model knows.
        chosen: movie ids.

    Returns:
        One reason for each chosen movie, in their order.
    """
    return reasons_for_many(tower, movie_vectors, [profile], [chosen])[0]


def reasons_for_many(
    tower: UserTower,
    movie_vectors: Mapping[int, NDArray[np.float32]],
    profiles: Sequence[Profile],
    chosen: Sequence[Sequence[int]],
) -> list[list[Reason]]:
    """`reasons` for many people with one pass through the user tower."""
    likes = [_candidates(movie_vectors, profile, movies) for profile, movies in zip(profiles, chosen, strict=True)]
    variants: list[Profile] = []
    for profile, tried in zip(profiles, likes, strict=True):
        variants.append(profile)
        variants.append(Profile(ratings=profile.ratings))
        variants.extend(_without(profile, movie_id) for movie_id in tried)
    vectors = tower.user_vectors(variants)
    found: list[list[Reason]] = []
    start = 0
    for tried, movies in zip(likes, chosen, strict=True):
        rows = vectors[start : start + 2 + len(tried)]
        start += len(rows)
        scores = rows @ np.stack([movie_vectors[movie] for movie in movies]).T if movies else np.zeros((len(rows), 0))
        found.append([_reason(column, tried) for column in (scores[0] - scores[1:]).T])
    return found


def _reason(contributions: NDArray[np.float32], likes: Sequence[int]) -> Reason:
    """Contributions: first of the demographics, then of each like."""
    if likes:
        strongest = int(np.argmax(contributions[1:]))
        if contributions[1 + strongest] > 0:
            return BecauseLiked(likes[strongest], float(contributions[1 + strongest]))
    return PopularWithPeers() if contributions[0] > 0 else Popular()


def _candidates(movie_vectors: Mapping[int, NDArray[np.float32]], profile: Profile, chosen: Sequence[int]) -> list[int]:
    likes = [
        movie_id for movie_id, stars in profile.ratings.items() if stars >= LIKED_FROM and movie_id in movie_vectors
    ]
    if len(likes) <= MAX_LIKES or not chosen:
        return likes
    near = np.stack([movie_vectors[movie] for movie in likes]) @ np.stack([movie_vectors[movie] for movie in chosen]).T
    return [likes[position] for position in np.argsort(-near.max(axis=1), kind="stable")[:MAX_LIKES]]


def _without(profile: Profile, movie_id: int) -> Profile:
    ratings = {other: stars for other, stars in profile.ratings.items() if other != movie_id}
    return Profile(profile.gender, profile.age, profile.occupation, ratings, profile.unseen)
