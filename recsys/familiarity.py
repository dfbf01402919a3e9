"""Which of the best known movies a newcomer has seen, a guess, and which of them it tells most to ask about."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_ANSWERS = 200
"""Answers that one guess may rest on; its time grows with their cube."""

LEAST_MEAN = 1e-6

TITLES_PER_PAGE = 8

WELL_KNOWN = 1 / 6
"""Share of newcomers who can answer about a title of the first page, at least: half of those who have seen it."""


@dataclass(frozen=True, slots=True, eq=False)
class Familiarity:
    """What people have seen, as a Gaussian: the guess is the mean given what is known, the best linear one there is.

    Attributes:
        movie_ids: (c,) int64, the movies it speaks of.
        means: (c,) float32, the share of newcomers who can answer about each.
        covariance: (c, c) float32, of the same.
        worth: (c,) float32, what asking about each tells of a newcomer beyond the titles that are worth more, as of
            `recsys.training.worth`; 0 where that was not looked into.
    """

    movie_ids: NDArray[np.int64]
    means: NDArray[np.float32]
    covariance: NDArray[np.float32]
    worth: NDArray[np.float32]

    @classmethod
    def none(cls) -> "Familiarity":
        """Of no movie."""
        return cls(
            np.zeros(0, np.int64), np.zeros(0, np.float32), np.zeros((0, 0), np.float32), np.zeros(0, np.float32)
        )

    def ranked(self, seen: Collection[int], unseen: Collection[int]) -> list[int]:
        """All its movie ids, the one that was most likely seen first; what is known already stands among them.

        Args:
            seen: movie ids.
            unseen: movie ids that were shown and not known.
        """
        ranked: list[int] = self.movie_ids[np.argsort(-self._likely(seen, unseen), kind="stable")].tolist()
        return ranked

    def telling(self, seen: Collection[int], unseen: Collection[int]) -> list[int]:
        """All its movie ids, the one that it tells most to ask about first; arguments as of `ranked`.

        A title that somebody has seen twice as likely as others have is worth twice as much. Of somebody who has told
        nothing yet the well known titles come first.
        """
        likely = self._likely(seen, unseen)
        telling = self.worth * likely / np.maximum(self.means, LEAST_MEAN)
        later = (self.means < WELL_KNOWN) & (not seen and not unseen)
        ranked: list[int] = self.movie_ids[np.lexsort((-likely, -telling, later))].tolist()
        return ranked

    def _likely(self, seen: Collection[int], unseen: Collection[int]) -> NDArray[np.float32]:
        """(c,) float32: how likely it is that they can answer about each."""
        is_seen = np.isin(self.movie_ids, list(seen))
        known = np.flatnonzero(is_seen | np.isin(self.movie_ids, list(unseen)))[:MOST_ANSWERS]
        news = np.linalg.solve(self.covariance[np.ix_(known, known)], is_seen[known] - self.means[known])
        likely: NDArray[np.float32] = self.means + self.covariance[:, known] @ news
        return likely
