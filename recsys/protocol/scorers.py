"""Towers as scorers of the newcomer protocol."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.protocol.newcomers import Scorer


class TowersScorer:
    """A scorer that uses the first stage only: user_vector @ movie_vector."""

    def __init__(self, towers: Towers) -> None:
        self._towers = towers
        self._vectors = towers.movie_vectors()[1]

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return (n, m) float32."""
        scores: NDArray[np.float32] = self._towers.user_vectors(profiles) @ self._vectors.T
        return scores


class TwoStageScorer:
    """A scorer that uses both stages: the item re-ranker scores the best movies of the first stage again."""

    def __init__(self, towers: Towers) -> None:
        self._towers = towers
        self._first_stage = TowersScorer(towers)

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return (n, m) float32."""
        scores = self._first_stage.scores(profiles)
        for row, profile in zip(scores, profiles, strict=True):
            self._towers.item_reranker.rerank(row, self._towers.vocabulary.answers(profile.ratings))
        return scores


@dataclass(frozen=True, slots=True, eq=False)
class WithoutDemographics:
    """A scorer that hides gender, age and occupation from another one, as newcomers do who skip the questions."""

    scorer: Scorer

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return (n, m) float32."""
        return self.scorer.scores([profile.anonymous() for profile in profiles])


def two_stage_scores(towers: Towers, profiles: list[Profile]) -> NDArray[np.float32]:
    """Return the scores of both stages for every movie, as if the first stage had retrieved all of them.

    Returns:
        (n, m) float32.
    """
    scores = TowersScorer(towers).scores(profiles)
    all_positions = np.arange(scores.shape[1])
    for row, profile in zip(scores, profiles, strict=True):
        row += towers.item_reranker.score_adjustments(towers.vocabulary.answers(profile.ratings), all_positions)
    return scores
