"""The second stage: what each answer by itself says of each movie, added to the scores of the movies that were found.

The towers squeeze a person into one vector and see what their answers have in common. A link goes from one answered
movie to one scored movie and knows what such a vector has no room for: that who likes the first part likes the second.
And the less a person has told, the more it counts how many people like a movie.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recsys.profile import MAX_RATING, MIN_RATING, REJECTED_BELOW

RERANKED = 60
"""How many of the movies that the vectors find best are scored again."""


def answer_values(stars: NDArray[np.float32]) -> NDArray[np.float32]:
    """(e,) float32: 1 for 5 stars, 0 for 1, in a straight line; a rejection says nothing here."""
    values: NDArray[np.float32] = ((stars - MIN_RATING) / (MAX_RATING - MIN_RATING) * (stars >= REJECTED_BELOW)).astype(
        np.float32
    )
    return values


@dataclass(frozen=True, eq=False)
class ItemReranker:
    """Weights between the linked movies, and what fame counts.

    Attributes:
        movies: (c,) int64, ascending positions of the linked movies; others neither give nor get links.
        item_weights: (c, c) float32, from answered (rows) to scored movies (columns), in units of the score.
        popularity_bonus: (m,) float32, added to the score after 0 or 1 answers; divided by sqrt(k) after `k` answers.
    """

    movies: NDArray[np.int64]
    item_weights: NDArray[np.float32]
    popularity_bonus: NDArray[np.float32]

    @cached_property
    def _rows(self) -> NDArray[np.int64]:
        """(m,) each movie's place among the linked ones, or -1."""
        rows = np.full(len(self.popularity_bonus), -1)
        rows[self.movies] = np.arange(len(self.movies))
        return rows

    @classmethod
    def none(cls, movie_count: int) -> "ItemReranker":
        """No links and no fame: the second stage changes nothing."""
        return cls(np.zeros(0, np.int64), np.zeros((0, 0), np.float32), np.zeros(movie_count, np.float32))

    def added(self, answers: Mapping[int, float], candidates: NDArray[np.int64]) -> NDArray[np.float32]:
        """(c,) float32: what the second stage adds to the score of each candidate.

        Args:
            answers: position -> stars; rejections say nothing.
            candidates: (c,) positions.
        """
        told = _told(answers)
        fame = self.popularity_bonus[candidates] * _share_of_fame(len(told))
        added: NDArray[np.float32] = self._linked(told, candidates).sum(axis=0) + fame
        return added

    def contributions(self, answers: Mapping[int, float], candidates: NDArray[np.int64]) -> NDArray[np.float32]:
        """(k, c) float32: how much less would be added without each of the answers, in their order."""
        told = _told(answers)
        found = np.zeros((len(answers), len(candidates)), np.float32)
        if told:
            gained = self.popularity_bonus[candidates] * (_share_of_fame(len(told) - 1) - _share_of_fame(len(told)))
            found[[answered in told for answered in answers]] = self._linked(told, candidates) - gained
        return found

    def _linked(self, told: Mapping[int, float], candidates: NDArray[np.int64]) -> NDArray[np.float32]:
        """(k, c) float32: each answer's value times its links."""
        found = np.zeros((len(told), len(candidates)), np.float32)
        rows = self._rows[np.fromiter(told, np.int64, len(told))]
        columns = self._rows[candidates]
        speaks, hears = rows >= 0, columns >= 0
        values = answer_values(np.fromiter(told.values(), np.float32, len(told)))[speaks]
        found[np.ix_(speaks, hears)] = values[:, np.newaxis] * self.item_weights[np.ix_(rows[speaks], columns[hears])]
        return found

    def rerank(self, scores: NDArray[np.float32], answers: Mapping[int, float]) -> None:
        """Score the best movies again, in place; they stay in front of all others.

        Args:
            scores: (m,) float32, of the first stage.
            answers: position -> stars; what was answered is not among the best.
        """
        open_ = scores.copy()
        open_[list(answers)] = -np.inf
        count = min(RERANKED, len(open_) - len(answers))
        if count < 1:
            return
        best = np.argpartition(-open_, count - 1)[:count]
        again = scores[best] + self.added(answers, best)
        scores[best] = again + max(0.0, float(scores[best].min() - again.min()))


def _told(answers: Mapping[int, float]) -> dict[int, float]:
    return {movie: stars for movie, stars in answers.items() if stars >= REJECTED_BELOW}


def _share_of_fame(answers: int) -> np.float32:
    return np.float32(1 / np.sqrt(max(1, answers)))
