"""Training batches: a random part of each person's ratings is shown to the user tower, the rest is hidden."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.models.exposure import ExposureModel
from recsys.models.features import UNKNOWN, MoviesByPerson, ProfileArrays, demographic_codes, profile_arrays
from recsys.profile import LIKED_FROM, round_to_thumb
from recsys.training.pages import draw_pages

EMPTY_PROFILE_SHARE = 0.1
"""Share of people whose profile shows no ratings, so that training covers a newcomer's first list (cold start)."""

NAMED_LIKES_SHARE = 0.3
"""Share of interviewed people who also name liked titles that they were not asked about."""

MAX_NAMED_LIKES = 3
"""Largest number of such titles per person."""

SHOWN_EXPONENTS = 0.4, 1.1
"""Exponents, at the start and the end of training, of the uniform draw that decides how many ratings are shown.

1 makes the number log-uniform; a lower exponent shows more ratings. Long histories at first let the model learn what
movies have in common, short ones at the end let it learn to work with few answers.
"""


@dataclass(frozen=True, slots=True)
class Ratings:
    """`e` ratings of the people in one batch.

    Attributes:
        owners: (e,) int64, ascending, row of the person in the batch.
        movies: (e,) int32, positions in the data set.
        stars: (e,) float32, 1..5.
    """

    owners: NDArray[np.int64]
    movies: NDArray[np.int32]
    stars: NDArray[np.float32]

    def where(self, mask: NDArray[np.bool_]) -> "Ratings":
        """Return the ratings for which an (e,) mask is True."""
        return Ratings(self.owners[mask], self.movies[mask], self.stars[mask])

    def of_people(self, rows: NDArray[np.int64]) -> "Ratings":
        """Return the ratings of the people at (k,) ascending rows of the batch; these people become rows 0..k - 1."""
        place = np.searchsorted(rows, self.owners)
        is_chosen = np.append(rows, -1)[place] == self.owners
        return Ratings(place[is_chosen], self.movies[is_chosen], self.stars[is_chosen])


@dataclass(frozen=True, slots=True)
class Batch:
    """`n` people as one training step sees them.

    Attributes:
        profiles: what the user tower reads: for interviewed people their answers, for the others the shown ratings.
        shown: never targets of the loss, and masked in its softmax.
        hidden: the targets of the loss.
    """

    profiles: ProfileArrays
    shown: Ratings
    hidden: Ratings

    @property
    def size(self) -> int:
        """Number of people."""
        size: int = self.profiles.inputs.shape[0]
        return size

    def of_people(self, rows: NDArray[np.int64]) -> "Batch":
        """Return the people at (k,) ascending rows."""
        return Batch(self.profiles.of_people(rows), self.shown.of_people(rows), self.hidden.of_people(rows))


class BatchSource:
    """Draws batches from the people of a data set; equal generators give equal batches."""

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
        """Draw from those of `people` who have a rating.

        Args:
            people: (n,) positions in the data set.
            batch_size: see `TrainingOptions`, as are the three shares that follow.
            exposure: model from which interview pages are drawn.
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
        # The c movies that may be asked about: their positions in the data set, and back again (-1 for others).
        self._askable = np.searchsorted(dataset.movie_ids, exposure.movie_ids)
        self._askable_index = np.full(len(dataset.movies), -1)
        self._askable_index[self._askable] = np.arange(len(self._askable))

    @property
    def steps(self) -> int:
        """Number of batches per epoch."""
        return -(-len(self._people) // self._batch_size)

    def order(self, rng: np.random.Generator) -> NDArray[np.int64]:
        """Return the people of an epoch in random order."""
        return rng.permutation(self._people)

    def batches(self, people: NDArray[np.int64], rng: np.random.Generator, progress: float) -> Iterator[Batch]:
        """Yield batches that cover every person once, in their order.

        Args:
            people: some of the people, (n,) positions in the data set.
            rng: draws everything in the batches.
            progress: finished share of the training, 0..1.
        """
        for start in range(0, len(people), self._batch_size):
            yield self._draw(people[start : start + self._batch_size], rng, progress)

    def _draw(self, people: NDArray[np.int64], rng: np.random.Generator, progress: float) -> Batch:
        sizes = self._offsets[people + 1] - self._offsets[people]
        starts = np.cumsum(sizes) - sizes
        owners = np.repeat(np.arange(len(people)), sizes)
        within = np.arange(len(owners)) - np.repeat(starts, sizes)
        rows = within + np.repeat(self._offsets[people], sizes)
        ratings = Ratings(owners, self._dataset.rating_movies[rows], self._dataset.rating_stars[rows])
        # Shuffle each person's ratings: the rank of a rating among those of its person.
        rank = np.empty(len(owners), np.int64)
        rank[np.argsort(owners + rng.random(len(owners)))] = within
        shown_sizes, is_interviewed = self._shown_sizes(sizes, rng, progress)
        is_shown = rank < shown_sizes[owners]
        shown, hidden = ratings.where(is_shown), ratings.where(~is_shown)
        codes = self._visible_codes(people, rng)
        answers, unseen = self._answers(shown, codes, is_interviewed, rng)
        rated = MoviesByPerson(answers.movies, np.bincount(answers.owners, minlength=len(people)))
        profiles = profile_arrays(codes, rated, answers.stars, unseen, len(self._dataset.movies))
        return Batch(profiles, shown, hidden)

    def _shown_sizes(
        self, sizes: NDArray[np.int64], rng: np.random.Generator, progress: float
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Draw how many ratings of each person are shown, and who is interviewed.

        The numbers are about log-uniform (SHOWN_EXPONENTS). At least one rating stays hidden. Half of the ratings of an
        interviewed person are shown.
        """
        exponent = float(np.interp(progress, (0, 1), SHOWN_EXPONENTS))
        shown_sizes = np.exp(rng.random(len(sizes)) ** exponent * np.log(sizes)).astype(np.int64)
        shown_sizes = np.minimum(shown_sizes, sizes - 1)
        shown_sizes[rng.random(len(sizes)) < EMPTY_PROFILE_SHARE] = 0
        is_interviewed = rng.random(len(sizes)) < self._interviews
        shown_sizes[is_interviewed] = sizes[is_interviewed] // 2
        return shown_sizes, is_interviewed

    def _visible_codes(self, people: NDArray[np.int64], rng: np.random.Generator) -> NDArray[np.int64]:
        """Return the (n, 3) demographic codes, some of them randomly replaced by UNKNOWN."""
        is_dropped = rng.random((len(people), 3)) < self._demographic_dropout
        is_dropped |= rng.random((len(people), 1)) < self._anonymous
        return np.where(is_dropped, UNKNOWN, self._codes[people])

    def _answers(
        self, shown: Ratings, codes: NDArray[np.int64], is_interviewed: NDArray[np.bool_], rng: np.random.Generator
    ) -> tuple[Ratings, MoviesByPerson]:
        """Return the ratings that the profiles hold, and the movies that their people have not seen.

        The profiles of people who are not interviewed hold all shown ratings. The others answer with a thumb, and only
        about the titles they are asked about; some also name a few liked titles. Their remaining shown ratings are
        neither in the profile nor targets.
        """
        # Which of the askable movies each of the i interviewed people can answer about.
        is_of_interview, columns = is_interviewed[shown.owners], self._askable_index[shown.movies]
        is_askable = is_of_interview & (columns >= 0)
        cells = (np.cumsum(is_interviewed) - 1)[shown.owners[is_askable]], columns[is_askable]
        can_answer = np.zeros((int(is_interviewed.sum()), len(self._askable)), bool)
        can_answer[cells] = True

        is_asked = self._asked(codes[is_interviewed], can_answer, rng)
        is_answered = np.zeros(len(shown.movies), bool)
        is_answered[is_askable] = is_asked[cells]
        is_liked = shown.stars >= LIKED_FROM
        named_counts = rng.integers(0, MAX_NAMED_LIKES + 1, len(is_interviewed))
        is_named = np.zeros(len(is_liked), bool)
        is_named[_first_of_each(shown.owners, is_liked & is_of_interview, named_counts)] = True
        is_named &= (rng.random(len(is_interviewed)) < NAMED_LIKES_SHARE)[shown.owners]

        stars = np.where(is_of_interview, round_to_thumb(shown.stars), shown.stars).astype(np.float32)
        answers = Ratings(shown.owners, shown.movies, stars).where(~is_of_interview | is_answered | is_named)
        is_unseen = is_asked & ~can_answer
        unseen_counts = np.zeros(len(is_interviewed), np.int64)
        unseen_counts[is_interviewed] = is_unseen.sum(axis=1)
        return answers, MoviesByPerson(self._askable[np.nonzero(is_unseen)[1]], unseen_counts)

    def _asked(
        self, codes: NDArray[np.int64], can_answer: NDArray[np.bool_], rng: np.random.Generator
    ) -> NDArray[np.bool_]:
        """Return an (i, c) mask of the titles that each of `i` people is asked about, from one title to all pages."""
        pages = draw_pages(self._exposure, codes, can_answer, rng)
        most = pages.shape[1]
        is_shown = np.arange(most) < rng.integers(min(1, most), most + 1, (len(pages), 1))
        is_asked = np.zeros_like(can_answer)
        is_asked[np.nonzero(is_shown)[0], pages[is_shown]] = True
        return is_asked


def prefetched(batches: Iterator[Batch]) -> Iterator[Batch]:
    """Yield the same batches; a thread draws the next one while the caller works on this one."""
    with ThreadPoolExecutor(1) as thread:
        following = thread.submit(next, batches, None)
        while (batch := following.result()) is not None:
            following = thread.submit(next, batches, None)
            yield batch


def _first_of_each(owners: NDArray[np.int64], mask: NDArray[np.bool_], counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the positions of the first `counts[owner]` entries of each owner for which the mask is True.

    Args:
        owners: (e,) ascending.
        mask: (e,) bool.
        counts: (n,) one number for each owner.
    """
    positions = np.flatnonzero(mask)
    masked_owners = owners[positions]
    starts = np.searchsorted(masked_owners, masked_owners)
    return positions[np.arange(len(positions)) - starts < counts[masked_owners]]
