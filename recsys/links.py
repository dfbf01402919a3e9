"""The second stage: what each answer by itself says of each movie, added to the scores of the movies that were found.

The towers squeeze a person into one vector and see what their answers have in common. A link goes from one answered
movie to one scored movie and knows what such a vector has no room for: that who likes the first part likes the second.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

RERANKED = 60
"""How many of the movies that the vectors find best are scored again."""

LINKS_PER_MOVIE = 400
"""Links kept of each answered movie, the strongest; on MovieLens 1M as good as all."""

NEUTRAL, BEST = 2.0, 5.0


def answer_values(stars: NDArray[np.float32]) -> NDArray[np.float32]:
    """(e,) float32: 1 for 5 stars, 0 for 2, in a straight line; below, an answer speaks against what it links to."""
    values: NDArray[np.float32] = ((stars - NEUTRAL) / (BEST - NEUTRAL)).astype(np.float32)
    return values


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """Weights from answered to scored movies; a movie without links neither gives nor gets any.

    Attributes:
        targets: (m, l) int32, positions of the scored movies, of one answered movie a row.
        weights: (m, l) float32, in units of the score; 0 fills a row up.
    """

    targets: NDArray[np.int32]
    weights: NDArray[np.float32]

    @classmethod
    def none(cls, movie_count: int) -> "Links":
        """No links: the second stage changes nothing."""
        return cls(np.zeros((movie_count, 0), np.int32), np.zeros((movie_count, 0), np.float32))

    @classmethod
    def strongest(cls, matrix: NDArray[np.float32], count: int = LINKS_PER_MOVIE) -> "Links":
        """Keep the strongest of each answered movie.

        Args:
            matrix: (m, m), from answered to scored movie.
            count: how many to keep.
        """
        count = min(count, matrix.shape[1])
        targets = np.argpartition(-np.abs(matrix), count - 1, axis=1)[:, :count].astype(np.int32)
        targets.sort(axis=1)
        return cls(targets, np.take_along_axis(matrix, targets.astype(np.int64), axis=1))

    def contributions(self, answers: Mapping[int, float], candidates: NDArray[np.int64]) -> NDArray[np.float32]:
        """What each answer adds to the score of each candidate; their sum is the second stage.

        Against a movie that is linked the wrong way round a low rating says nothing: it only ever lowers.

        Args:
            answers: position -> stars, k of them.
            candidates: (c,) positions.

        Returns:
            (k, c) float32, in the order of the answers.
        """
        found = np.zeros((len(answers), len(candidates)), np.float32)
        if self.weights.shape[1] == 0 or not answers or len(candidates) == 0:
            return found
        row_of_movie = np.zeros(len(self.weights), np.float32)
        values = answer_values(np.array(list(answers.values()), np.float32))
        for row, (answered, value) in enumerate(zip(answers, values.tolist(), strict=True)):
            weights = self.weights[answered] if value >= 0 else np.maximum(self.weights[answered], 0)
            row_of_movie[self.targets[answered]] = weights
            found[row] = value * row_of_movie[candidates]
            row_of_movie[self.targets[answered]] = 0
        return found

    def rerank(self, scores: NDArray[np.float32], answers: Mapping[int, float]) -> None:
        """Score the best movies again, in place; they stay in front of all others.

        Args:
            scores: (m,) float32, of the first stage.
            answers: position -> stars; what was answered is not among the best.
        """
        if not answers:
            return
        open_ = scores.copy()
        open_[list(answers)] = -np.inf
        count = min(RERANKED, len(open_) - len(answers))
        if count < 1:
            return
        best = np.argpartition(-open_, count - 1)[:count]
        again = scores[best] + self.contributions(answers, best).sum(axis=0)
        scores[best] = again + max(0.0, float(scores[best].min() - again.min()))
