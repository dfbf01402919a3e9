"""Selection of a baseline's settings on validation newcomers, separately for each number of answers.

A separate choice for each number of answers gives every baseline its best chance.
"""

from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.evaluation.newcomers import FitProgress
from recsys.profile import Profile
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, Scorer, Split, measure, newcomers

MAX_VALIDATION_NEWCOMERS = 700
"""Settings are chosen on at most so many newcomers: about those of MovieLens 1M. A baseline has up to 36 settings, and
each of them ranks the catalogue six times for every newcomer."""


class BestPerAnswerCount:
    """A scorer that uses, for each profile, the candidate with the best validation NDCG@10 at its number of answers.

    Attributes:
        settings: number of answers -> name of the candidate that is used from this number of answers on.
    """

    def __init__(
        self,
        dataset: Dataset,
        split: Split,
        seed: int,
        candidates: Iterable[tuple[str, Scorer]],
        people: Mapping[int, list[Newcomer]] | None = None,
    ) -> None:
        """Measure the candidates one after the other; only those that are best somewhere stay in memory.

        Args:
            dataset: the data set of the split.
            split: only its validation people are used.
            seed: draws the answers of the validation people.
            candidates: (name of the setting, scorer) pairs, at least one.
            people: number of answers, ascending -> the validation people to choose the settings on; None for those of
                the newcomer protocol, of which a large data set has more than are needed.
        """
        if people is None:
            people = dict.fromkeys(ANSWER_COUNTS, _some(newcomers(dataset, split.validation, seed)))
        self.settings: dict[int, str] = {}
        self._scorers: dict[int, Scorer] = {}
        self._movie_count = len(dataset.movies)
        best_ndcg = dict.fromkeys(people, -1.0)
        for setting, scorer in candidates:
            for answers, measured in people.items():
                ndcg = measure(dataset, measured, scorer, answers).ndcg
                if ndcg > best_ndcg[answers]:
                    best_ndcg[answers], self.settings[answers], self._scorers[answers] = ndcg, setting, scorer

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return (n, m) float32; each row comes from the candidate chosen for its number of answers."""
        counts = [max(count for count in self._scorers if count <= len(profile.ratings)) for profile in profiles]
        scores = np.empty((len(profiles), self._movie_count), np.float32)
        for count in set(counts):
            rows = [row for row, row_count in enumerate(counts) if row_count == count]
            scores[rows] = self._scorers[count].scores([profiles[row] for row in rows])
        return scores


def counted(
    candidates: Iterable[tuple[str, Scorer]], total: int, progress: FitProgress
) -> Iterator[tuple[str, Scorer]]:
    """Yield the candidates, and show which share of `total` was measured before each of them."""
    for number, candidate in enumerate(candidates):
        progress(number / total)
        yield candidate


def _some(people: list[Newcomer]) -> list[Newcomer]:
    """Return MAX_VALIDATION_NEWCOMERS of the people, evenly spaced; all of them if there are no more."""
    count = min(len(people), MAX_VALIDATION_NEWCOMERS)
    return [people[position * len(people) // count] for position in range(count)]
