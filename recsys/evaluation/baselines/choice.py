"""Settings chosen on validation newcomers, separately for each number of answers: as kind to a peer as can be."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.profile import Profile
from recsys.protocol.newcomers import ANSWER_COUNTS, Scorer, Split, measure, newcomers


class BestPerAnswerCount:
    """Among candidates, the one with the best validation NDCG@10 for as many answers as a profile has.

    Attributes:
        settings: number of answers -> name of the candidate used from so many answers on.
    """

    def __init__(self, dataset: Dataset, split: Split, seed: int, candidates: Iterable[tuple[str, Scorer]]) -> None:
        """Measure the candidates one after the other; only those that lead somewhere are kept in memory.

        Args:
            dataset: what to measure on.
            split: its validation people are the only ones looked at.
            seed: draws the answers of the validation people.
            candidates: (name of the setting, scorer) pairs, at least one.
        """
        self.settings: dict[int, str] = {}
        self._scorers: dict[int, Scorer] = {}
        self._movies = len(dataset.movies)
        people = newcomers(dataset, split.validation, seed)
        best = dict.fromkeys(ANSWER_COUNTS, -1.0)
        for setting, scorer in candidates:
            for answers in ANSWER_COUNTS:
                ndcg = measure(dataset, people, scorer, answers).ndcg
                if ndcg > best[answers]:
                    best[answers], self.settings[answers], self._scorers[answers] = ndcg, setting, scorer

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """(n, m) float32, each row by the setting for its number of answers."""
        counts = [max(count for count in ANSWER_COUNTS if count <= len(profile.ratings)) for profile in profiles]
        scores = np.empty((len(profiles), self._movies), np.float32)
        for count in set(counts):
            rows = [row for row, own in enumerate(counts) if own == count]
            scores[rows] = self._scorers[count].scores([profiles[row] for row in rows])
        return scores
