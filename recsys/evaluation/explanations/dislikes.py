"""The effect of a thumb down on its movie and on the ten most similar movies: none of them should rise."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.served_lists import best_unanswered
from recsys.models.towers import Towers
from recsys.profile import DISLIKE
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, profiles_after, profiles_at_once
from recsys.protocol.scorers import two_stage_scores

NEIGHBOURS = 10
"""Number of similar movies that are measured beside the disliked movie."""

Target = Literal["disliked", "first card"]
"""The movie that gets the thumb down.

It is either a movie that the person rated 2 stars or fewer and has not answered about, or the best of their list.
"""

TARGETS: tuple[Target, ...] = ("disliked", "first card")

ThumbChanges = dict[tuple[Target, int], NDArray[np.float64]]
"""(target, answers) -> (thumbs, 1 + 10, 2) float64: the changes of score and rank of the movie and its neighbours."""


@dataclass(frozen=True, slots=True)
class DislikeEffect:
    """The effect of thumbs down after one number of answers, over the newcomers of all splits.

    Attributes:
        target: the movie that got the thumb.
        answers: number of answers before the thumb.
        thumbs: number of thumbs, one for each person who has such a movie.
        score_raised: share of the thumbs after which the movie scores higher, 0..1.
        score_change: mean change of the movie's score.
        rank_raised: share of the thumbs after which the movie ranks higher, 0..1.
        rank_change: mean change of the movie's rank among all movies; above 0 is further down.
        neighbour_score_raised: share of the ten most similar movies that score higher, 0..1.
        neighbour_score_change: mean change of their scores.
        neighbour_rank_raised: share of them that rank higher, 0..1.
        neighbour_rank_change: mean change of their ranks.
    """

    target: Target
    answers: int
    thumbs: int
    score_raised: float
    score_change: float
    rank_raised: float
    rank_change: float
    neighbour_score_raised: float
    neighbour_score_change: float
    neighbour_rank_raised: float
    neighbour_rank_change: float

    def to_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        return asdict(self)


def nearest(vectors: NDArray[np.float32], count: int = NEIGHBOURS) -> NDArray[np.int64]:
    """Return the positions of each movie's nearest neighbours, the nearest first and without the movie itself.

    Args:
        vectors: (m, 256) float32. The similarity is the cosine of all numbers but the last, which is the bias.
        count: number of neighbours.

    Returns:
        (m, min(count, m - 1)) int64.
    """
    taste = vectors[:, :-1] / np.maximum(np.linalg.norm(vectors[:, :-1], axis=1, keepdims=True), 1e-9)
    neighbours = np.empty((len(taste), min(count, len(taste) - 1)), np.int64)
    at_once = profiles_at_once(len(taste))
    for start in range(0, len(taste), at_once):
        similarity = taste[start : start + at_once] @ taste.T
        rows = np.arange(len(similarity))
        similarity[rows, start + rows] = -np.inf
        order = np.argsort(-similarity, axis=1, kind="stable")
        neighbours[start : start + at_once] = order[:, : neighbours.shape[1]]
    return neighbours


def thumb_changes(dataset: Dataset, people: Sequence[Newcomer], towers: Towers) -> ThumbChanges:
    """Add one thumb down to each newcomer's first 0 to 20 answers, and compare the scores before and after."""
    neighbours = nearest(towers.movie_vectors()[1])
    return {
        (target, answers): _changes(dataset, people, towers, neighbours, target, answers)
        for target in TARGETS
        for answers in ANSWER_COUNTS
    }


def summarise(splits: Sequence[ThumbChanges]) -> list[DislikeEffect]:
    """Average the changes over the thumbs of all splits."""
    rows = []
    for target, answers in splits[0]:
        changes = np.concatenate([split[target, answers] for split in splits])
        means = *_means(changes[:, :1]), *_means(changes[:, 1:])
        rows.append(DislikeEffect(target, answers, len(changes), *means))
    return rows


def _means(changes: NDArray[np.float64]) -> tuple[float, float, float, float]:
    """Return the share of higher scores, the mean score change, the share of higher ranks and the mean rank change."""
    if changes.size == 0:
        return 0.0, 0.0, 0.0, 0.0
    scores, ranks = changes[..., 0], changes[..., 1]
    return float((scores > 0).mean()), float(scores.mean()), float((ranks < 0).mean()), float(ranks.mean())


def _changes(
    dataset: Dataset,
    people: Sequence[Newcomer],
    towers: Towers,
    neighbours: NDArray[np.int64],
    target: Target,
    answers: int,
) -> NDArray[np.float64]:
    """Return (thumbs, 1 + 10, 2) float64: the changes of score and rank of the movie and its neighbours."""
    people = [person for person in people if target != "disliked" or len(person.dislikes)]
    at_once = profiles_at_once(len(dataset.movies))
    blocks = [
        _changes_at_once(dataset, people[start : start + at_once], towers, neighbours, target, answers)
        for start in range(0, len(people), at_once)
    ]
    return np.concatenate([np.zeros((0, 1 + neighbours.shape[1], 2)), *blocks])


def _changes_at_once(
    dataset: Dataset,
    people: Sequence[Newcomer],
    towers: Towers,
    neighbours: NDArray[np.int64],
    target: Target,
    answers: int,
) -> NDArray[np.float64]:
    """Return `_changes` of few people, all of whom have a target."""
    profiles = profiles_after(dataset, list(people), answers)
    before = two_stage_scores(towers, profiles)
    thumbs = [
        int(person.dislikes[0]) if target == "disliked" else int(best_unanswered(scores, person, 1)[0])
        for person, scores in zip(people, before, strict=True)
    ]
    ids = dataset.movie_ids
    profiles_with_thumb = [
        replace(profile, ratings={**profile.ratings, int(ids[thumb]): DISLIKE})
        for profile, thumb in zip(profiles, thumbs, strict=True)
    ]
    after = two_stage_scores(towers, profiles_with_thumb)
    changes = np.zeros((len(people), 1 + neighbours.shape[1], 2))
    for change, thumb, old_scores, new_scores in zip(changes, thumbs, before, after, strict=True):
        watched = np.append(thumb, neighbours[thumb])
        change[:, 0] = new_scores[watched] - old_scores[watched]
        change[:, 1] = _ranks(new_scores, watched) - _ranks(old_scores, watched)
    return changes


def _ranks(scores: NDArray[np.float32], movies: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return for each of these movies how many of all movies score higher."""
    return len(scores) - np.searchsorted(np.sort(scores), scores[movies], side="right")
