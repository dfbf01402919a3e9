"""The exposure model: which movies a newcomer has probably seen, and which it is most informative to ask about."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.models.arrays import check_arrays, row_count
from recsys.models.features import DEMOGRAPHIC_SIZES, DEMOGRAPHIC_STARTS, UNKNOWN, demographics_of
from recsys.profile import Profile

MAX_OBSERVED = 200
"""Number of answers that an estimate uses at most, because its time grows with the cube of their number."""

MIN_MEAN, MIN_PROBABILITY = 1e-6, 1e-4
"""Lower bounds of means and of seen probabilities in ratios. A linear estimate can be negative, a ratio of them not."""

TITLES_PER_PAGE = 8
"""Number of titles that a newcomer is asked about at once."""

WELL_KNOWN_SHARE = 0.17
"""Titles that at least this share of the newcomers can answer about are well known and come on the first page.
Newcomers answer about half of what they have seen, so that about a third of all people has seen such a title. The
threshold leaves a small margin for people who differ from the training people."""

NOT_OBSERVED = -1
"""Marks the unused places of `ExposureModel.seen_probability`'s `observed`. As an index it is the last place."""


@dataclass(frozen=True, slots=True, eq=False)
class ExposureModel:
    """A joint Gaussian of what people have seen and of their demographics.

    An estimate is the conditional mean given the observed variables, which is the best linear estimate. The variables
    are the movies, followed by the codes of gender, age group and occupation.

    Attributes:
        movie_ids: (c,) int64, the movies of the model.
        means: (c + codes,) float32, the share of newcomers who can answer about each movie, or who have each code.
        covariance: (c + codes, c + codes) float32, of the same variables.
        informativeness: (c,) float32, how much an answer about each movie reveals beyond the more informative ones;
            0 for movies that were not considered. See `recsys.training.informativeness`.
    """

    movie_ids: NDArray[np.int64]
    means: NDArray[np.float32]
    covariance: NDArray[np.float32]
    informativeness: NDArray[np.float32]

    @classmethod
    def none(cls) -> "ExposureModel":
        """Return a model of no movie."""
        codes = sum(DEMOGRAPHIC_SIZES)
        return cls(
            np.zeros(0, np.int64),
            np.zeros(codes, np.float32),
            np.eye(codes, dtype=np.float32),
            np.zeros(0, np.float32),
        )

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]]) -> "ExposureModel":
        """Check the arrays of a stored exposure model.

        Args:
            arrays: the attributes by name.

        Raises:
            ValueError: an array is missing or wrong; the message names it.
        """
        count = row_count(arrays, "movie_ids")
        variables = count + sum(DEMOGRAPHIC_SIZES)
        check_arrays(
            arrays,
            {
                "movie_ids": (np.int64, (count,)),
                "means": (np.float32, (variables,)),
                "covariance": (np.float32, (variables, variables)),
                "informativeness": (np.float32, (count,)),
            },
        )
        return cls(**arrays)

    def informative_movies(self) -> "ExposureModel":
        """Return the model of the movies whose informativeness is above 0, or of all movies if there are none."""
        informative = np.flatnonzero(self.informativeness > 0)
        if len(informative) == 0:
            return self
        variables = np.concatenate([informative, np.arange(len(self.movie_ids), len(self.means))])
        return ExposureModel(
            self.movie_ids[informative],
            self.means[variables],
            self.covariance[np.ix_(variables, variables)],
            self.informativeness[informative],
        )

    @property
    def is_well_known(self) -> NDArray[np.bool_]:
        """(c,) bool: whether a movie precedes the others on a first page."""
        return self.means[: len(self.movie_ids)] >= WELL_KNOWN_SHARE

    def by_seen_probability(self, profile: Profile) -> list[int]:
        """Return all movie ids, the most probably seen first. Answered movies are included."""
        probabilities = self._person_seen_probability(profile)
        ranked: list[int] = self.movie_ids[np.argsort(-probabilities, kind="stable")].tolist()
        return ranked

    def by_informativeness(self, profile: Profile) -> list[int]:
        """Return all movie ids, the most informative to ask this person about first. Answered movies are included.

        If the profile has no answers, well known movies come first.
        """
        probabilities = self._person_seen_probability(profile)
        is_later = ~self.is_well_known & (not profile.ratings and not profile.unseen)
        ranked: list[int] = self.movie_ids[
            np.lexsort((-probabilities, -self.expected_informativeness(probabilities), is_later))
        ].tolist()
        return ranked

    def expected_informativeness(self, seen_probability: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scale the informativeness by how much more probably than others a person has seen each movie.

        Args:
            seen_probability: (..., c) float32, as returned by the method `seen_probability`.

        Returns:
            (..., c) float32.
        """
        means = np.maximum(self.means[: len(self.movie_ids)], MIN_MEAN)
        return (self.informativeness * np.maximum(seen_probability, MIN_PROBABILITY) / means).astype(np.float32)

    def seen_probability(self, observed: NDArray[np.int64], values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Estimate how probably each of `n` people can answer about each movie.

        Args:
            observed: (n, k) int64, positions of the observed variables of each person, padded with NOT_OBSERVED.
            values: (n, k) float32, the values of these variables, 1 or 0.

        Returns:
            (n, c) float32. The estimates are linear and can lie outside 0..1.
        """
        is_observed = observed != NOT_OBSERVED
        covariance = self.covariance[observed[:, :, np.newaxis], observed[:, np.newaxis, :]]
        covariance *= is_observed[:, :, np.newaxis] & is_observed[:, np.newaxis, :]
        covariance[:, np.arange(observed.shape[1]), np.arange(observed.shape[1])] += ~is_observed
        deviations = np.where(is_observed, values - self.means[observed], 0)
        solutions = np.linalg.solve(covariance, deviations[:, :, np.newaxis])[:, :, 0]
        # NOT_OBSERVED indexes an additional last column, which is then dropped.
        weights = np.zeros((len(observed), len(self.means) + 1), np.float32)
        np.put_along_axis(weights, observed, solutions, axis=1)
        count = len(self.movie_ids)
        probabilities: NDArray[np.float32] = self.means[:count] + weights[:, :-1] @ self.covariance[:, :count]
        return probabilities

    def observe_demographics(self, codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the arguments `observed` and `values` of `seen_probability` for demographics.

        All codes of a known demographic are observed: the person's code as 1, the others as 0.

        Args:
            codes: (n, 3) int64, codes of gender, age group and occupation.

        Returns:
            Two (n, codes) arrays.
        """
        variables = len(self.movie_ids) + np.arange(sum(DEMOGRAPHIC_SIZES))
        is_known = np.repeat(codes != UNKNOWN, DEMOGRAPHIC_SIZES, axis=1)
        values = np.zeros(is_known.shape, np.float32)
        np.put_along_axis(values, DEMOGRAPHIC_STARTS + codes, 1, axis=1)
        return np.where(is_known, variables, NOT_OBSERVED), values

    def _person_seen_probability(self, profile: Profile) -> NDArray[np.float32]:
        """Return how probably one person can answer about each movie, (c,) float32."""
        codes, code_values = self.observe_demographics(np.array([demographics_of(profile)], np.int64))
        is_seen = np.isin(self.movie_ids, list(profile.ratings))
        is_answered = is_seen | np.isin(self.movie_ids, list(profile.unseen))
        answered = np.flatnonzero(is_answered)[:MAX_OBSERVED]
        observed = np.concatenate([codes, answered[np.newaxis]], axis=1)
        values = np.concatenate([code_values, is_seen[np.newaxis, answered]], axis=1, dtype=np.float32)
        probabilities: NDArray[np.float32] = self.seen_probability(observed, values)[0]
        return probabilities
