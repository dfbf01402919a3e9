"""Towers as scorers of the newcomer protocol."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.protocol.newcomers import Scorer


class TowersScorer:
    """Towers as a scorer of the newcomer protocol, by their vectors alone."""

    def __init__(self, towers: Towers) -> None:
        self._towers = towers
        self._vectors = towers.movie_vectors()[1]

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """(n, m) float32."""
        scores: NDArray[np.float32] = self._towers.user_vectors(profiles) @ self._vectors.T
        return scores


class StagesScorer:
    """Both stages as a scorer: what the vectors find best is scored again."""

    def __init__(self, towers: Towers) -> None:
        self._towers = towers
        self._first = TowersScorer(towers)

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """(n, m) float32."""
        scores = self._first.scores(profiles)
        for row, profile in zip(scores, profiles, strict=True):
            self._towers.item_reranker.rerank(row, self._towers.vocabulary.answers(profile.ratings))
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class WithoutDemographics:
    """A scorer that is told no gender, age or occupation, as by newcomers who skip the questions."""

    scorer: Scorer

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """(n, m) float32."""
        return self.scorer.scores([one.anonymous() for one in profiles])


def all_scores(towers: Towers, profiles: list[Profile]) -> NDArray[np.float32]:
    """(n, m) float32: both stages for every movie, as if all of them had been found."""
    scores = TowersScorer(towers).scores(profiles)
    everything = np.arange(scores.shape[1])
    for row, profile in zip(scores, profiles, strict=True):
        row += towers.item_reranker.added(towers.vocabulary.answers(profile.ratings), everything)
    return scores
