"""Batches of people for training: a random part of each person's ratings is shown, the rest hidden."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.features import UNKNOWN, ProfileArrays, demographic_codes, profile_arrays

NOTHING_SHOWN = 0.1
"""Share of people of whom a batch shows no rating, so that a newcomer's first list is learned too."""

SHOWN_EXPONENTS = 0.4, 1.1
"""At the start and the end of training, of the uniform draw behind how many ratings are shown. 1 is log-uniform, less
shows more of them more often: long histories teach what movies are, then short ones teach to make do with little."""


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings of the people of one batch, (e,) each.

    Attributes:
        owners: int64, ascending, row of the person in the batch.
        movies: int32, positions.
        stars: float32.
    """

    owners: NDArray[np.int64]
    movies: NDArray[np.int32]
    stars: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Batch:
    """What one step sees of `n` people: profiles with the shown ratings, and both parts as lists."""

    profiles: ProfileArrays
    shown: Ratings
    hidden: Ratings


class BatchSource:
    """Draws batches from the people of a data set; only what the generator says is random."""

    def __init__(
        self, dataset: Dataset, people: NDArray[np.int64], *, batch_size: int, demographic_dropout: float
    ) -> None:
        self._dataset = dataset
        self._offsets = dataset.person_offsets()
        self._people = people[self._offsets[people + 1] > self._offsets[people]]
        self._codes = demographic_codes(dataset.genders, dataset.ages, dataset.occupations)
        self._batch_size = batch_size
        self._demographic_dropout = demographic_dropout

    @property
    def steps(self) -> int:
        """Batches per epoch."""
        return -(-len(self._people) // self._batch_size)

    def epoch(self, rng: np.random.Generator, done: float) -> Iterator[Batch]:
        """Every person once, in random order; how many ratings are shown spreads over orders of magnitude.

        Args:
            rng: draws the order, and what is shown.
            done: share of the training that lies behind, 0..1.
        """
        order = rng.permutation(self._people)
        for start in range(0, len(order), self._batch_size):
            yield self._draw(order[start : start + self._batch_size], rng, done)

    def _draw(self, people: NDArray[np.int64], rng: np.random.Generator, done: float) -> Batch:
        sizes = self._offsets[people + 1] - self._offsets[people]
        starts = np.cumsum(sizes) - sizes
        owners = np.repeat(np.arange(len(people)), sizes)
        within = np.arange(len(owners)) - np.repeat(starts, sizes)
        rows = within + np.repeat(self._offsets[people], sizes)
        rank = np.empty(len(owners), np.int64)
        rank[np.lexsort((rng.random(len(owners)), owners))] = within
        exponent = float(np.interp(done, (0, 1), SHOWN_EXPONENTS))
        shown_sizes = np.exp(rng.random(len(people)) ** exponent * np.log(sizes)).astype(np.int64)
        shown_sizes = np.minimum(shown_sizes, sizes - 1)
        shown_sizes[rng.random(len(people)) < NOTHING_SHOWN] = 0
        is_shown = rank < shown_sizes[owners]
        shown, hidden = (
            Ratings(owners[part], self._dataset.rating_movies[rows[part]], self._dataset.rating_stars[rows[part]])
            for part in (is_shown, ~is_shown)
        )
        dropped = rng.random((len(people), 3)) < self._demographic_dropout
        codes = np.where(dropped, UNKNOWN, self._codes[people])
        profiles = profile_arrays(codes, shown.movies, shown.stars, shown_sizes, len(self._dataset.movies))
        return Batch(profiles, shown, hidden)
