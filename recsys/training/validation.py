"""Validation on held-out newcomers, and early stopping."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.data.dataset import Dataset
from recsys.models.network import Network
from recsys.models.towers import Towers
from recsys.protocol.newcomers import ANSWER_COUNTS, Newcomer, measure
from recsys.protocol.scorers import TowersScorer


def validation_ndcg(dataset: Dataset, people: list[Newcomer], towers: Towers) -> float:
    """Return the mean NDCG@10 of the first stage over the newcomers and `ANSWER_COUNTS`."""
    scorer = TowersScorer(towers)
    return float(np.mean([measure(dataset, people, scorer, answers).ndcg for answers in ANSWER_COUNTS]))


@dataclass(eq=False)
class EarlyStopping:
    """Keeps the weights with the best validation NDCG@10, and ends a run that no longer improves.

    Attributes:
        patience: number of validations in a row without a gain after which training stops.
        best_ndcg: None before the first validation.
        best_weights: as of `Network.weights`; None before the first validation.
        validations_without_gain: validations since the last gain, counted in the second half of the run only.
    """

    patience: int
    best_ndcg: float | None = None
    best_weights: dict[str, NDArray[Any]] | None = None
    validations_without_gain: int = 0

    @property
    def is_due(self) -> bool:
        """Whether training should stop."""
        return self.validations_without_gain >= self.patience

    def update(self, ndcg: float, network: Network, *, is_second_half: bool) -> None:
        """Record one validation, and copy the network's weights if they are the best so far.

        Args:
            is_second_half: whether a validation without a gain counts against the patience. In the first half the
                rising learning rate may cost some quality, which the falling one wins back.
        """
        is_gain = self.best_ndcg is None or ndcg > self.best_ndcg
        if is_gain:
            self.validations_without_gain = 0
        elif is_second_half:
            self.validations_without_gain += 1
        # Of equal figures keep the later weights: they have trained for longer than so few people can measure.
        if is_gain or ndcg == self.best_ndcg:
            self.best_ndcg = ndcg
            self.best_weights = network.weights()

    def load_best(self, network: Network) -> None:
        """Give the network its best weights; without a validation it keeps its own."""
        if self.best_weights is not None:
            network.load_weights(self.best_weights)
