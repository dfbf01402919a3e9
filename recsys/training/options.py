"""Options of a training run."""

from dataclasses import dataclass
from typing import Literal

Objective = Literal["softmax", "rating"]

FULL_SOFTMAX_UP_TO = 10_000
"""Number of movies above which the softmax is over sampled movies, and tables are optimized row by row."""

LARGE_CATALOGUE = 20_000
"""Number of movies above which the models of a release cover the most rated movies best.

- An answer has an embedding of its own only if its movie is among so many most rated ones. Answers about other movies
  are read by the movie's vector.
- Item weights are sparse (`recsys.training.second_stage.item_reranker`).
- The neighbours of a movie are among so many most liked ones (`recsys.training.neighbours`).
"""

FULL_EPOCH_STEPS = 24
"""Number of steps in an epoch up to which a data set gets all epochs; MovieLens 1M has 22."""

EPOCHS_EXPONENT = 0.3
"""Above FULL_EPOCH_STEPS the number of epochs falls with the steps of an epoch to this power. A larger data set has
more movies, so its steps take longer: with 10 million ratings 1.5 times as long as with one million. With as many
epochs, training would cost more per rating."""


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How to train the towers. The defaults are the product's.

    Attributes:
        objective: "softmax" learns to rank liked movies first. "rating" regresses 5 * cos on stars, as
            recommender tutorials do. It is a baseline.
        seed: fixes every random choice; on one machine, equal seeds give equal vectors.
        epochs: largest number of passes over the people. The learning rate's cycle spans them.
        min_steps: least number of training steps; a small data set gets more epochs to reach it.
        max_steps: a data set with more steps in so many epochs gets fewer epochs, at least one. A data set with more
            steps in an epoch than FULL_EPOCH_STEPS gets fewer epochs, too. None for no limit of either kind.
        batch_size: people per step.
        learning_rate: peak of the one-cycle schedule.
        weight_decay: of AdamW, for matrices only. The rating objective has none, because decay would give all rarely
            rated movies the same vector, with a high score.
        dropout: rate in the user tower's blocks.
        anonymous: share of people whose gender, age and occupation are all hidden from the user tower, like those of
            newcomers who skip the questions.
        demographic_dropout: probability that gender, age or occupation is hidden, each independently.
        id_dropout: probability that a movie's id vector is dropped, so that its features alone must predict, as for a
            new title.
        best_star_weight: weight of a 5-star target; a 4-star target has 1.
        full_softmax_up_to: catalogue size above which the softmax is over sampled movies.
        negatives: number of draws per step above that size, see `sample_items`.
        interviews: share of people who answer simulated interview questions. The profiles of the others hold a random
            part of their ratings.
        validations: how often the validation newcomers are measured, evenly over the epochs.
        patience: number of validations without a gain after which training stops. Only those in the second half count,
            because the rising learning rate may cost some quality, which the falling one wins back.
    """

    objective: Objective = "softmax"
    seed: int = 0
    epochs: int = 50
    min_steps: int = 150
    max_steps: int | None = 12_000
    batch_size: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 1.0
    dropout: float = 0.5
    anonymous: float = 0.1
    demographic_dropout: float = 0.03
    id_dropout: float = 0.1
    best_star_weight: float = 1.5
    full_softmax_up_to: int = FULL_SOFTMAX_UP_TO
    negatives: int = 4_096
    interviews: float = 0.2
    validations: int = 10
    patience: int = 4

    def epochs_of(self, steps: int) -> int:
        """Return the number of epochs of so many steps each."""
        epochs = self.epochs
        if self.max_steps is not None:
            fewer = round(epochs * (max(FULL_EPOCH_STEPS, steps) / FULL_EPOCH_STEPS) ** -EPOCHS_EXPONENT)
            epochs = max(1, min(fewer, self.max_steps // steps))
        return max(epochs, -(-self.min_steps // steps))
