"""Which of the best known movies a newcomer has seen: a guess from what they have and have not seen so far."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_ANSWERS = 200
"""Answers that one guess may rest on; its time grows with their cube."""


@dataclass(frozen=True, slots=True, eq=False)
class Familiarity:
    """What people have seen, as a Gaussian: the guess is the mean given what is known, the best linear one there is.

    Attributes:
        movie_ids: (c,) int64, the movies it speaks of.
        means: (c,) float32, the share of newcomers who can answer about each.
        covariance: (c, c) float32, of the same.
    """

    movie_ids: NDArray[np.int64]
    means: NDArray[np.float32]
    covariance: NDArray[np.float32]

    @classmethod
    def none(cls) -> "Familiarity":
        """Of no movie."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros((0, 0), np.float32))

    def ranked(self, seen: Collection[int], unseen: Collection[int]) -> list[int]:
        """All its movie ids, the one that was most likely seen first; what is known already stands among them.

        Args:
            seen: movie ids.
            unseen: movie ids that were shown and not known.
        """
        is_seen = np.isin(self.movie_ids, list(seen))
        known = np.flatnonzero(is_seen | np.isin(self.movie_ids, list(unseen)))[:MOST_ANSWERS]
        news = np.linalg.solve(self.covariance[np.ix_(known, known)], is_seen[known] - self.means[known])
        likely = self.means + self.covariance[:, known] @ news
        ranked: list[int] = self.movie_ids[np.argsort(-likely, kind="stable")].tolist()
        return ranked
