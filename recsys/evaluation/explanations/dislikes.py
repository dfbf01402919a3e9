"""What a thumb down does to its movie and to the ten most alike: it should raise none of them."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.models.towers import Towers
from recsys.profile import DISLIKE
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, profiles_after
from recsys.protocol.scorers import all_scores

NEIGHBOURS = 10

Target = Literal["disliked", "first card"]
TARGETS: tuple[Target, ...] = ("disliked", "first card")
"""Which movie gets the thumb: one that the person rated 2 stars or fewer and has not answered about, or the best
of their list."""

Changes = dict[tuple[Target, int], NDArray[np.float64]]
"""As of `thumb_changes`."""


@dataclass(frozen=True, slots=True)
class Dislikes:
    """What thumbs down did after one number of answers, over the newcomers of all splits.

    Attributes:
        target: which movie got the thumb.
        answers: that were given before.
        thumbs: how many were tried, one for each person who has such a movie.
        own_raised: share of them whose movie scores higher afterwards, 0..1.
        own_change: mean change of its score.
        own_rank_raised: share whose movie ranks higher afterwards.
        own_rank_change: mean change of its rank among all movies; more than 0 is further down.
        near_raised: share of the ten most alike that score higher afterwards, and so on as for the movie itself.
    """

    target: Target
    answers: int
    thumbs: int
    own_raised: float
    own_change: float
    own_rank_raised: float
    own_rank_change: float
    near_raised: float
    near_change: float
    near_rank_raised: float
    near_rank_change: float

    def to_dict(self) -> dict[str, object]:
        """Plain values for JSON."""
        return asdict(self)


def nearest(vectors: NDArray[np.float32], count: int = NEIGHBOURS) -> NDArray[np.int64]:
    """(m, count) int64 positions of the movies most alike, the nearest first and never the movie itself.

    Args:
        vectors: (m, 256) float32; likeness is the cosine of all but the last number, the bias.
        count: at most m - 1 come back.
    """
    taste = vectors[:, :-1] / np.maximum(np.linalg.norm(vectors[:, :-1], axis=1, keepdims=True), 1e-9)
    likeness = taste @ taste.T
    np.fill_diagonal(likeness, -np.inf)
    return np.argsort(-likeness, axis=1, kind="stable")[:, : min(count, len(vectors) - 1)]


def thumb_changes(dataset: Dataset, people: Sequence[Newcomer], towers: Towers) -> Changes:
    """Add one thumb down to each newcomer's first 0 to 20 answers, and compare the scores before and after.

    Returns:
        (target, answers) -> (thumbs, 1 + 10, 2) float64: by how much score and rank change of the movie itself, and
        then of those most alike.
    """
    near = nearest(towers.movie_vectors()[1])
    return {
        (target, answers): _changed(dataset, people, towers, near, target, answers)
        for target in TARGETS
        for answers in ANSWER_COUNTS
    }


def summarise(splits: Sequence[Changes]) -> list[Dislikes]:
    """Sum up the thumbs of all splits."""
    rows = []
    for target, answers in splits[0]:
        change = np.concatenate([split[target, answers] for split in splits])
        rows.append(Dislikes(target, answers, len(change), *_means(change[:, :1]), *_means(change[:, 1:])))
    return rows


def _means(change: NDArray[np.float64]) -> tuple[float, float, float, float]:
    if change.size == 0:
        return 0.0, 0.0, 0.0, 0.0
    scores, ranks = change[..., 0], change[..., 1]
    return float((scores > 0).mean()), float(scores.mean()), float((ranks < 0).mean()), float(ranks.mean())


def _changed(
    dataset: Dataset,
    people: Sequence[Newcomer],
    towers: Towers,
    near: NDArray[np.int64],
    target: Target,
    answers: int,
) -> NDArray[np.float64]:
    able = [one for one in people if target != "disliked" or len(one.dislikes)]
    profiles = profiles_after(dataset, able, answers)
    before = all_scores(towers, profiles)
    thumbs = [
        int(one.dislikes[0]) if target == "disliked" else _first_card(row, one)
        for one, row in zip(able, before, strict=True)
    ]
    ids = dataset.movie_ids
    thumbed = [
        replace(profile, ratings={**profile.ratings, int(ids[thumb]): DISLIKE})
        for profile, thumb in zip(profiles, thumbs, strict=True)
    ]
    after = all_scores(towers, thumbed)
    changes = np.zeros((len(able), 1 + near.shape[1], 2))
    for change, thumb, old, new in zip(changes, thumbs, before, after, strict=True):
        watched = np.append(thumb, near[thumb])
        change[:, 0] = new[watched] - old[watched]
        change[:, 1] = _ranks(new, watched) - _ranks(old, watched)
    return changes


def _first_card(scores: NDArray[np.float32], one: Newcomer) -> int:
    open_ = scores.copy()
    open_[[movie for movie, _ in one.answers]] = -np.inf
    return int(np.argmax(open_))


def _ranks(scores: NDArray[np.float32], movies: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of all movies score higher than each of these."""
    return len(scores) - np.searchsorted(np.sort(scores), scores[movies], side="right")
