"""The second stage of the ranking: an item-to-item re-ranker of the movies that the vectors retrieve.

The towers compress a person into one vector, which keeps what the answers have in common. An item weight connects one
answered movie with one scored movie and keeps what a vector has no room for, for example that people who like the first
part of a series like the second. The re-ranker also adds a popularity bonus, which shrinks as the number of answers
grows.

There are two sets of item weights. The first is fitted to few answers. The second is fitted to complete histories and
takes over as the number of answers grows, because a vector holds a smaller and smaller part of what they say.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.models.arrays import Expected, check_arrays, check_ascending, row_count
from recsys.profile import DISLIKED_TO, MAX_RATING, MIN_RATING, REJECTED_BELOW

RERANKED = 60
"""Number of movies, the best of the first stage, that are re-ranked."""

RERANKED_IF_LONG = 200
"""The same for a history of more than SHORT_HISTORY answers."""

_PAIRS = (("item_weights", "columns"), ("history_weights", "history_columns"))
"""The names of the arrays of weights and of their columns."""

SHORT_HISTORY, LONG_HISTORY = 20, 100
"""Up to the first number of answers, only the item weights for few answers count; from the second number on, only those
for long histories. In between, both count in part."""


def answer_values(stars: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the weights of ratings, (e,) float32: linear from 0 for 1 star to 1 for 5 stars, and 0 for rejections."""
    scaled = (stars - MIN_RATING) / (MAX_RATING - MIN_RATING)
    values: NDArray[np.float32] = (scaled * (stars >= REJECTED_BELOW)).astype(np.float32)
    return values


def history_values(stars: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the weights of ratings in a long history, (e,) float32: 0 up to 2 stars, 1 for 4 and 1.5 for 5 stars."""
    values: NDArray[np.float32] = np.maximum(0, (stars - DISLIKED_TO) / 2).astype(np.float32)
    return values


@dataclass(frozen=True, slots=True)
class _Shares:
    """The factors of the parts of the re-ranker after a number of answers.

    Attributes:
        item_weights: 1 for few answers, 0 for long histories.
        history_weights: 0 for few answers. It grows in proportion to the further answers, and is 1 at LONG_HISTORY.
        popularity: 1 over the square root of the number of answers.
    """

    item_weights: np.float32
    history_weights: np.float32
    popularity: np.float32

    @classmethod
    def after(cls, answer_count: int, has_history_weights: bool) -> "_Shares":
        """Return the shares after a number of answers."""
        long = max(0.0, (answer_count - SHORT_HISTORY) / (LONG_HISTORY - SHORT_HISTORY)) * has_history_weights
        popularity = np.float32(1 / math.sqrt(max(1, answer_count)))
        return cls(np.float32(max(0.0, 1 - long)), np.float32(long), popularity)


@dataclass(frozen=True, eq=False)
class ItemReranker:
    """Weights between movies, and a popularity bonus. Rejections (see REJECTED_BELOW) have no influence.

    Attributes:
        movies: (c,) int64, ascending positions of the movies that have item weights.
        item_weights: (c, k) float32, from answered movies (rows) to scored movies, in units of the score.
        popularity_bonus: (m,) float32, added to the score after 0 or 1 answers; divided by sqrt(k) after `k` answers.
        columns: (c, k) int32, which of `movies` the weights of each row are for. All other weights are 0. If it is
            empty, (0, 0), the weights are (c, c), for all movies in their order.
        history_weights: (c, h) float32, the item weights for long histories; (0, 0) if there are none, in which case
            `item_weights` count for histories of any length.
        history_columns: (c, h) int32, like `columns`.
    """

    movies: NDArray[np.int64]
    item_weights: NDArray[np.float32]
    popularity_bonus: NDArray[np.float32]
    columns: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 0), np.int32))
    history_weights: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    history_columns: NDArray[np.int32] = field(default_factory=lambda: np.zeros((0, 0), np.int32))

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
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], movie_count: int) -> "ItemReranker":
        """Check the arrays of a stored re-ranker of a model of `movie_count` movies.

        Args:
            arrays: the attributes by name. Older releases lack `columns` or `history_weights` and `history_columns`.
            movie_count: number of movies of the model.

        Raises:
            ValueError: an array is missing or wrong; the message names it.
        """
        count = row_count(arrays, "movies")
        older = {
            "columns": np.zeros((0, 0), np.int32),
            "history_weights": np.zeros((0, 0), np.float32),
            "history_columns": np.zeros((0, 0), np.int32),
        }
        arrays = {**older, **arrays}
        expected: dict[str, Expected] = {
            "movies": (np.int64, (count,)),
            "popularity_bonus": (np.float32, (movie_count,)),
        }
        is_without_history = arrays["history_weights"].size == arrays["history_columns"].size == 0
        for weights, columns in _PAIRS:
            is_complete = arrays[columns].size == 0
            shape = (count, count) if is_complete else (count, *arrays[columns].shape[-1:])
            if columns == "history_columns" and is_without_history:
                shape = 0, 0
            expected |= {weights: (np.float32, shape), columns: (np.int32, (0, 0) if is_complete else shape)}
        check_arrays(arrays, expected)
        for _, columns in _PAIRS:
            _check_columns(arrays, columns, count)
        check_ascending(arrays, "movies")
        if count and not 0 <= arrays["movies"][0] <= arrays["movies"][-1] < movie_count:
            raise ValueError(f"movies has a position outside of 0..{movie_count - 1}")
        return cls(**arrays)

    def reranked_count(self, answers: Mapping[int, float]) -> int:
        """Return how many movies, the best of the first stage, are re-ranked after these answers."""
        return RERANKED if self._shares(len(_without_rejections(answers))).history_weights == 0 else RERANKED_IF_LONG

    def score_adjustments(self, answers: Mapping[int, float], candidates: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return what the second stage adds to the score of each candidate, (c,) float32.

        Args:
            answers: position -> stars.
            candidates: (c,) int64, positions.
        """
        effective = _without_rejections(answers)
        shares = self._shares(len(effective))
        adjustments: NDArray[np.float32] = self.popularity_bonus[candidates] * shares.popularity
        if shares.item_weights:
            adjustments = self._weighted(effective, candidates).sum(axis=0) * shares.item_weights + adjustments
        if shares.history_weights:
            adjustments += self._history_weighted(effective, candidates).sum(axis=0) * shares.history_weights
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
            # Without one of the answers, the parts would have the shares of one answer less.
            now, before = self._shares(len(effective)), self._shares(len(effective) - 1)
            fall = self.popularity_bonus[candidates] * (now.popularity - before.popularity)
            falls = np.zeros((len(effective), len(candidates)), np.float32)
            for weighted, share, share_before in (
                (self._weighted, now.item_weights, before.item_weights),
                (self._history_weighted, now.history_weights, before.history_weights),
            ):
                if share or share_before:
                    parts = weighted(effective, candidates)
                    falls += parts * share_before
                    if share != share_before:
                        fall += parts.sum(axis=0) * (share - share_before)
            contributions[[position in effective for position in answers]] = falls + fall
        return contributions

    def _shares(self, answer_count: int) -> _Shares:
        return _Shares.after(answer_count, self.history_weights.size > 0)

    def _weighted(self, answers: Mapping[int, float], candidates: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the value of each answer times its item weights, (k, c) float32."""
        return self._products(answers, candidates, answer_values, self.item_weights, self.columns)

    def _history_weighted(self, answers: Mapping[int, float], candidates: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the value of each answer in a long history times its weights, (k, c) float32."""
        return self._products(answers, candidates, history_values, self.history_weights, self.history_columns)

    def _products(
        self,
        answers: Mapping[int, float],
        candidates: NDArray[np.int64],
        values_of: Callable[[NDArray[np.float32]], NDArray[np.float32]],
        weights: NDArray[np.float32],
        columns: NDArray[np.int32],
    ) -> NDArray[np.float32]:
        """Return the value of each answer times its weights for each candidate, (k, c) float32."""
        products = np.zeros((len(answers), len(candidates)), np.float32)
        rows = self._rows[np.fromiter(answers, np.int64, len(answers))]
        scored = self._rows[candidates]
        has_row, has_column = np.flatnonzero(rows >= 0), np.flatnonzero(scored >= 0)
        values = values_of(np.fromiter(answers.values(), np.float32, len(answers)))[has_row]
        chosen = _choose(weights, columns, rows[has_row], scored[has_column])
        products[has_row[:, np.newaxis], has_column] = values[:, np.newaxis] * chosen
        return products

    def rerank(self, scores: NDArray[np.float32], answers: Mapping[int, float]) -> None:
        """Adjust the `reranked_count` best scores in place. These movies stay ahead of all others.

        Args:
            scores: (m,) float32, of the first stage.
            answers: position -> stars. Answered movies are not re-ranked.
        """
        unanswered = scores.copy()
        unanswered[list(answers)] = -np.inf
        count = min(self.reranked_count(answers), len(unanswered) - len(answers))
        if count < 1:
            return
        best = np.argpartition(-unanswered, count - 1)[:count]
        adjusted = scores[best] + self.score_adjustments(answers, best)
        scores[best] = adjusted + max(0.0, float(scores[best].min() - adjusted.min()))


def _without_rejections(answers: Mapping[int, float]) -> dict[int, float]:
    return {position: stars for position, stars in answers.items() if stars >= REJECTED_BELOW}


def strongest(weights: NDArray[np.float32], count: int) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return the weights of each row with the largest absolute values, and their columns.

    Args:
        weights: (c, c) float32.
        count: how many weights of each row are kept, or all if there are fewer.

    Returns:
        (c, k) float32 and (c, k) int32, ascending in each row.
    """
    kept = min(count, len(weights))
    columns = np.empty((len(weights), kept), np.int32)
    for row, of_row in zip(columns, weights, strict=True):
        row[:] = np.sort(np.argpartition(-np.abs(of_row), kept - 1)[:kept])
    return np.take_along_axis(weights, columns.astype(np.int64), axis=1), columns


def _choose(
    weights: NDArray[np.float32], columns: NDArray[np.int32], rows: NDArray[np.int64], scored: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return the (a, b) weights of `a` rows for `b` different columns."""
    if columns.size == 0:
        return weights[rows[:, np.newaxis], scored]
    place = np.full(len(weights), len(scored))  # All other columns share a place, which is then dropped.
    place[scored] = np.arange(len(scored))
    chosen = np.zeros((len(rows), len(scored) + 1), np.float32)
    chosen[np.arange(len(rows))[:, np.newaxis], place[columns[rows]]] = weights[rows]
    return chosen[:, :-1]


def _check_columns(arrays: Mapping[str, NDArray[Any]], name: str, count: int) -> None:
    """Check that the columns of sparse weights are ascending numbers of movies in each row.

    Raises:
        ValueError: they are not.
    """
    columns = arrays[name]
    if columns.size and not 0 <= columns.min() <= columns.max() < count:
        raise ValueError(f"{name} has a number outside of 0..{count - 1}")
    if columns.size and (np.diff(columns, axis=1) <= 0).any():
        raise ValueError(f"{name} is not in ascending order")
