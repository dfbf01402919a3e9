"""The second stage of the ranking: an item-to-item re-ranker of the movies that the vectors retrieve.

The towers compress a person into one vector, which keeps what the answers have in common. An item weight connects one
answered movie with one scored movie and keeps what a vector has no room for, for example that people who like the first
part of a series like the second. The re-ranker also adds a popularity bonus, which shrinks as the number of answers
grows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.models.arrays import check_arrays, check_ascending, row_count
from recsys.profile import MAX_RATING, MIN_RATING, REJECTED_BELOW

RERANKED = 60
"""Number of movies, the best of the first stage, that are re-ranked."""


def answer_values(stars: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the weights of ratings, (e,) float32: linear from 0 for 1 star to 1 for 5 stars, and 0 for rejections."""
    scaled = (stars - MIN_RATING) / (MAX_RATING - MIN_RATING)
    values: NDArray[np.float32] = (scaled * (stars >= REJECTED_BELOW)).astype(np.float32)
    return values


@dataclass(frozen=True, eq=False)
class ItemReranker:
    """Weights between movies, and a popularity bonus. Rejections (see REJECTED_BELOW) have no influence.

    Attributes:
        movies: (c,) int64, ascending positions of the movies that have item weights.
        item_weights: (c, k) float32, from answered movies (rows) to scored movies, in units of the score.
        popularity_bonus: (m,) float32, added to the score after 0 or 1 answers; divided by sqrt(k) after `k` answers.
        columns: (c, k) int32, which of `movies` the weights of each row are for. All other weights are 0. If it is
            empty, (0, 0), the weights are (c, c), for all movies in their order.
    """

    movies: NDArray[np.int64]
    item_weights: NDArray[np.float32]
    popularity_bonus: NDArray[np.float32]
    columns: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 0), np.int32))

    @cached_property
    def _rows(self) -> NDArray[np.int64]:
        """(m,) int64, the row of each movie in `item_weights`, or -1."""
        rows = np.full(len(self.popularity_bonus), -1)
        rows[self.movies] = np.arange(len(self.movies))
        return rows

    @classmethod
    def none(cls, movie_count: int) -> "ItemReranker":
        """Return a re-ranker that changes nothing."""
        return cls(np.zeros(0, np.int64), np.zeros((0, 0), np.float32), np.zeros(movie_count, np.float32))

    @classmethod
    def of_strongest(
        cls, movies: NDArray[np.int64], weights: NDArray[np.float32], popularity_bonus: NDArray[np.float32], count: int
    ) -> "ItemReranker":
        """Return a re-ranker that keeps the weights of each row with the largest absolute values.

        Args:
            movies: (c,) int64, see the attributes.
            weights: (c, c) float32.
            popularity_bonus: (m,) float32, see the attributes.
            count: how many weights of each row are kept.
        """
        kept = min(count, len(movies))
        columns = np.empty((len(movies), kept), np.int32)
        for row, of_row in zip(columns, weights, strict=True):
            row[:] = np.sort(np.argpartition(-np.abs(of_row), kept - 1)[:kept])
        return cls(movies, np.take_along_axis(weights, columns.astype(np.int64), axis=1), popularity_bonus, columns)

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], movie_count: int) -> "ItemReranker":
        """Check the arrays of a stored re-ranker of a model of `movie_count` movies.

        Args:
            arrays: the attributes by name. Releases made before there were `columns` lack them.
            movie_count: number of movies of the model.

        Raises:
            ValueError: an array is missing or wrong; the message names it.
        """
        count = row_count(arrays, "movies")
        columns = arrays.get("columns", np.zeros((0, 0), np.int32))
        is_complete = columns.size == 0
        shape = (count, count) if is_complete else (count, columns.shape[-1])
        check_arrays(
            {**arrays, "columns": columns},
            {
                "movies": (np.int64, (count,)),
                "item_weights": (np.float32, shape),
                "popularity_bonus": (np.float32, (movie_count,)),
                "columns": (np.int32, (0, 0) if is_complete else shape),
            },
        )
        if not is_complete and not 0 <= columns.min() <= columns.max() < count:
            raise ValueError(f"columns has a number outside of 0..{count - 1}")
        if not is_complete and (np.diff(columns, axis=1) <= 0).any():
            raise ValueError("columns is not in ascending order")
        check_ascending(arrays, "movies")
        if count and not 0 <= arrays["movies"][0] <= arrays["movies"][-1] < movie_count:
            raise ValueError(f"movies has a position outside of 0..{movie_count - 1}")
        return cls(**arrays)

    def score_adjustments(self, answers: Mapping[int, float], candidates: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return what the second stage adds to the score of each candidate, (c,) float32.

        Args:
            answers: position -> stars.
            candidates: (c,) int64, positions.
        """
        effective = _without_rejections(answers)
        bonus = self.popularity_bonus[candidates] * _popularity_share(len(effective))
        adjustments: NDArray[np.float32] = self._weighted(effective, candidates).sum(axis=0) + bonus
        return adjustments

    def contributions(self, answers: Mapping[int, float], candidates: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return how much the score adjustments would fall without each answer.

        Args:
            answers: position -> stars.
            candidates: (c,) int64, positions.

        Returns:
            (k, c) float32, one row per answer, in their order.
        """
        effective = _without_rejections(answers)
        contributions = np.zeros((len(answers), len(candidates)), np.float32)
        if effective:
            # Without one of the answers, the popularity bonus would be larger.
            share_growth = _popularity_share(len(effective) - 1) - _popularity_share(len(effective))
            bonus_growth = self.popularity_bonus[candidates] * share_growth
            rows = [position in effective for position in answers]
            contributions[rows] = self._weighted(effective, candidates) - bonus_growth
        return contributions

    def _weighted(self, answers: Mapping[int, float], candidates: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the value of each answer times its item weights, (k, c) float32."""
        weighted = np.zeros((len(answers), len(candidates)), np.float32)
        rows = self._rows[np.fromiter(answers, np.int64, len(answers))]
        columns = self._rows[candidates]
        has_row, has_column = rows >= 0, columns >= 0
        values = answer_values(np.fromiter(answers.values(), np.float32, len(answers)))[has_row]
        weights = self._weights(rows[has_row], columns[has_column])
        weighted[np.ix_(has_row, has_column)] = values[:, np.newaxis] * weights
        return weighted

    def _weights(self, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the (a, b) weights of `a` rows for `b` different columns."""
        if self.columns.size == 0:
            return self.item_weights[np.ix_(rows, columns)]
        place = np.full(len(self.movies), len(columns))  # All other columns share a place, which is then dropped.
        place[columns] = np.arange(len(columns))
        weights = np.zeros((len(rows), len(columns) + 1), np.float32)
        weights[np.arange(len(rows))[:, np.newaxis], place[self.columns[rows]]] = self.item_weights[rows]
        return weights[:, :-1]

    def rerank(self, scores: NDArray[np.float32], answers: Mapping[int, float]) -> None:
        """Adjust the RERANKED best scores in place. These movies stay ahead of all others.

        Args:
            scores: (m,) float32, of the first stage.
            answers: position -> stars. Answered movies are not re-ranked.
        """
        unanswered = scores.copy()
        unanswered[list(answers)] = -np.inf
        count = min(RERANKED, len(unanswered) - len(answers))
        if count < 1:
            return
        best = np.argpartition(-unanswered, count - 1)[:count]
        adjusted = scores[best] + self.score_adjustments(answers, best)
        scores[best] = adjusted + max(0.0, float(scores[best].min() - adjusted.min()))


def _without_rejections(answers: Mapping[int, float]) -> dict[int, float]:
    return {position: stars for position, stars in answers.items() if stars >= REJECTED_BELOW}


def _popularity_share(answer_count: int) -> np.float32:
    return np.float32(1 / np.sqrt(max(1, answer_count)))
