"""Batches of people for training: a random part of each person's ratings is shown, the rest hidden."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.models.exposure import ExposureModel
from recsys.models.features import UNKNOWN, MoviesByPerson, ProfileArrays, demographic_codes, profile_arrays
from recsys.profile import LIKED_FROM, round_to_thumb
from recsys.training.pages import shown_pages

NOTHING_SHOWN = 0.1
"""Share of people of whom a batch shows no rating, so that a newcomer's first list is learned too."""

NAMING = 0.3
"""Share of the interviewed who name up to three titles that they like."""

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
        self,
        dataset: Dataset,
        people: NDArray[np.int64],
        *,
        batch_size: int,
        anonymous: float,
        demographic_dropout: float,
        interviews: float,
        exposure: ExposureModel,
    ) -> None:
        """Draw from the people among `people` who have a rating; see `TrainingOptions` for the shares.

        Args:
            exposure: what the pages of the interviewed are made from.
        """
        self._dataset = dataset
        self._offsets = dataset.person_offsets()
        self._people = people[self._offsets[people + 1] > self._offsets[people]]
        self._codes = demographic_codes(dataset.genders, dataset.ages, dataset.occupations)
        self._batch_size = batch_size
        self._anonymous = anonymous
        self._demographic_dropout = demographic_dropout
        self._interviews = interviews
        self._exposure = exposure
        self._askable = np.searchsorted(dataset.movie_ids, exposure.movie_ids)
        self._places = np.full(len(dataset.movies), -1)
        self._places[self._askable] = np.arange(len(self._askable))

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
        rank[np.argsort(owners + rng.random(len(owners)))] = within
        exponent = float(np.interp(done, (0, 1), SHOWN_EXPONENTS))
        shown_sizes = np.exp(rng.random(len(people)) ** exponent * np.log(sizes)).astype(np.int64)
        shown_sizes = np.minimum(shown_sizes, sizes - 1)
        shown_sizes[rng.random(len(people)) < NOTHING_SHOWN] = 0
        is_interview = rng.random(len(people)) < self._interviews
        shown_sizes[is_interview] = sizes[is_interview] // 2
        is_shown = rank < shown_sizes[owners]
        shown, hidden = (
            Ratings(owners[part], self._dataset.rating_movies[rows[part]], self._dataset.rating_stars[rows[part]])
            for part in (is_shown, ~is_shown)
        )
        dropped = rng.random((len(people), 3)) < self._demographic_dropout
        dropped |= rng.random((len(people), 1)) < self._anonymous
        codes = np.where(dropped, UNKNOWN, self._codes[people])
        told, unseen = self._interviewed(shown, codes, is_interview, rng)
        rated = MoviesByPerson(told.movies, np.bincount(told.owners, minlength=len(people)))
        profiles = profile_arrays(codes, rated, told.stars, unseen, len(self._dataset.movies))
        return Batch(profiles, shown, hidden)

    def _interviewed(
        self, shown: Ratings, codes: NDArray[np.int64], is_interview: NDArray[np.bool_], rng: np.random.Generator
    ) -> tuple[Ratings, MoviesByPerson]:
        """What the profiles hold of the shown ratings, and what their people have not seen.

        That is all and nothing; but those who are interviewed tell only what they are asked about, by a tap, and
        sometimes a title or two of their own accord. Their other titles are neither told nor predicted.
        """
        of_interview, places = is_interview[shown.owners], self._places[shown.movies]
        may_come = of_interview & (places >= 0)
        at = (np.cumsum(is_interview) - 1)[shown.owners[may_come]], places[may_come]
        can_answer = np.zeros((int(is_interview.sum()), len(self._askable)), bool)
        can_answer[at] = True
        asked = self._asked(codes[is_interview], can_answer, rng)
        is_answered = np.zeros(len(shown.movies), bool)
        is_answered[may_come] = asked[at]
        liked = shown.stars >= LIKED_FROM
        is_named = np.zeros(len(liked), bool)
        is_named[_first(shown.owners, liked & of_interview, rng.integers(0, 4, len(is_interview)))] = True
        kept = ~of_interview | is_answered | (is_named & (rng.random(len(is_interview)) < NAMING)[shown.owners])
        stars = np.where(of_interview, round_to_thumb(shown.stars), shown.stars).astype(np.float32)
        told = Ratings(shown.owners[kept], shown.movies[kept], stars[kept])
        unseen = asked & ~can_answer
        counts = np.zeros(len(is_interview), np.int64)
        counts[is_interview] = unseen.sum(axis=1)
        return told, MoviesByPerson(self._askable[np.nonzero(unseen)[1]], counts)

    def _asked(
        self, codes: NDArray[np.int64], can_answer: NDArray[np.bool_], rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """(i, c): what each of `i` people was shown, from one title to three pages."""
        pages = shown_pages(self._exposure, codes, can_answer, rng)
        most = pages.shape[1]
        is_shown = np.arange(most) < rng.integers(min(1, most), most + 1, (len(pages), 1))
        asked = np.zeros_like(can_answer)
        asked[np.nonzero(is_shown)[0], pages[is_shown]] = True
        return asked


def _first(owners: NDArray[np.int64], wanted: NDArray[np.bool_], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Positions of the first so many wanted entries of each owner; owners ascend."""
    places = np.flatnonzero(wanted)
    of = owners[places]
    starts = np.searchsorted(of, of)
    return places[np.arange(len(places)) - starts < counts[of]]
