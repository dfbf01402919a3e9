"""Which of the best known movies a newcomer has seen, a guess, and which of them it tells most to ask about."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.models.features import DEMOGRAPHIC_SIZES, DEMOGRAPHIC_STARTS, UNKNOWN, demographics_of
from recsys.profile import Profile

MOST_ANSWERS = 200
"""Answers that one guess may rest on; its time grows with their cube."""

LEAST_MEAN, LEAST_LIKELY = 1e-6, 1e-4
"""A linear guess may fall under 0; what it is divided by may not."""

TITLES_PER_PAGE = 8
"""How many titles a newcomer is asked about at once."""

WELL_KNOWN = 0.17
"""Least share of newcomers who can answer about a title of the first page. They answer about half of what they have
seen, so that a third of all people has seen it, with a little to spare for others than those it was learned from."""

NOTHING = -1
"""Stands in for a variable where no more is observed; as an index, the last place."""


@dataclass(frozen=True, slots=True, eq=False)
class ExposureModel:
    """What people have seen, as a Gaussian: the guess is the mean given what is known, the best linear one there is.

    Its variables are the movies, then the codes of gender, age and occupation.

    Attributes:
        movie_ids: (c,) int64, the movies it speaks of.
        means: (c + codes,) float32, the share of newcomers who can answer about each movie, or who have each code.
        covariance: (c + codes, c + codes) float32, of the same.
        informativeness: (c,) float32, how much an answer about each movie reveals beyond the more informative ones;
            0 for movies that were not considered. See `recsys.training.informativeness`.
    """

    movie_ids: NDArray[np.int64]
    means: NDArray[np.float32]
    covariance: NDArray[np.float32]
    informativeness: NDArray[np.float32]

    @classmethod
    def none(cls) -> "ExposureModel":
        """Of no movie."""
        codes = sum(DEMOGRAPHIC_SIZES)
        return cls(
            np.zeros(0, np.int64),
            np.zeros(codes, np.float32),
            np.eye(codes, dtype=np.float32),
            np.zeros(0, np.float32),
        )

    def informative_movies(self) -> "ExposureModel":
        """The same, but of those movies alone that it is worth something to ask about; of all of them if none is."""
        kept = np.flatnonzero(self.informativeness > 0)
        if len(kept) == 0:
            return self
        variables = np.concatenate([kept, np.arange(len(self.movie_ids), len(self.means))])
        return ExposureModel(
            self.movie_ids[kept],
            self.means[variables],
            self.covariance[np.ix_(variables, variables)],
            self.informativeness[kept],
        )

    @property
    def is_well_known(self) -> NDArray[np.bool_]:
        """(c,) bool: whether a movie comes before the others on a first page."""
        return self.means[: len(self.movie_ids)] >= WELL_KNOWN

    def ranked(self, profile: Profile) -> list[int]:
        """All its movie ids, the one that was most likely seen first; what is known already stands among them."""
        ranked: list[int] = self.movie_ids[np.argsort(-self._seen_probability(profile), kind="stable")].tolist()
        return ranked

    def by_informativeness(self, profile: Profile) -> list[int]:
        """All its movie ids, the one that it tells most to ask this person about first.

        Of somebody who has answered nothing yet the well known titles come first.
        """
        likely = self._seen_probability(profile)
        later = ~self.is_well_known & (not profile.ratings and not profile.unseen)
        ranked: list[int] = self.movie_ids[
            np.lexsort((-likely, -self.expected_informativeness(likely), later))
        ].tolist()
        return ranked

    def expected_informativeness(self, likely: NDArray[np.float32]) -> NDArray[np.float32]:
        """(..., c) float32: a title that somebody has seen twice as likely as others have is worth twice as much."""
        others = np.maximum(self.means[: len(self.movie_ids)], LEAST_MEAN)
        return (self.informativeness * np.maximum(likely, LEAST_LIKELY) / others).astype(np.float32)

    def seen_probability(self, observed: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, c) float32: how likely each of `n` people can answer about each movie.

        Args:
            observed: (n, k) positions of the variables that are known of each person, NOTHING where there are fewer.
            values: (n, k) what they are, 1 or 0.
        """
        is_told = observed != NOTHING
        among = self.covariance[observed[:, :, np.newaxis], observed[:, np.newaxis, :]]
        among *= is_told[:, :, np.newaxis] & is_told[:, np.newaxis, :]
        among[:, np.arange(observed.shape[1]), np.arange(observed.shape[1])] += ~is_told
        surprises = np.where(is_told, values - self.means[observed], 0)
        weights = np.linalg.solve(among, surprises[:, :, np.newaxis])[:, :, 0]
        # One more column takes what stands for nothing.
        of_each = np.zeros((len(observed), len(self.means) + 1), np.float32)
        np.put_along_axis(of_each, observed, weights, axis=1)
        count = len(self.movie_ids)
        likely: NDArray[np.float32] = self.means[:count] + of_each[:, :-1] @ self.covariance[:, :count]
        return likely

    def of_demographics(self, codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """What `likely` is observed of (n, 3) codes: not only what people are, but also what they are not."""
        variables = len(self.movie_ids) + np.arange(sum(DEMOGRAPHIC_SIZES))
        is_known = np.repeat(codes != UNKNOWN, DEMOGRAPHIC_SIZES, axis=1)
        values = np.zeros(is_known.shape, np.float32)
        np.put_along_axis(values, DEMOGRAPHIC_STARTS + codes, 1, axis=1)
        return np.where(is_known, variables, NOTHING), values

    def _seen_probability(self, profile: Profile) -> NDArray[np.float32]:
        """(c,) float32: how likely this person can answer about each movie."""
        whom, what_they_are = self.of_demographics(np.array([demographics_of(profile)], np.int64))
        is_seen = np.isin(self.movie_ids, list(profile.ratings))
        is_known = is_seen | np.isin(self.movie_ids, list(profile.unseen))
        known = np.flatnonzero(is_known)[:MOST_ANSWERS]
        observed = np.concatenate([whom, known[np.newaxis]], axis=1)
        values = np.concatenate([what_they_are, is_seen[np.newaxis, known]], axis=1, dtype=np.float32)
        likely: NDArray[np.float32] = self.seen_probability(observed, values)[0]
        return likely
