"""How the towers are trained; the defaults are the product's."""

from dataclasses import dataclass
from typing import Literal

Objective = Literal["softmax", "rating"]


@dataclass(frozen=True, slots=True)
class TrainingOptions:
    """How to train. The defaults are the product's.

    Attributes:
        objective: "softmax" finds the liked movies; "rating" is the tutorial's 5 * cos regressed on stars, a baseline.
        seed: fixes every random choice; equal seeds on one machine give equal vectors.
        epochs: passes over the people at most; the learning rate's cycle spans them.
        min_steps: a small data set gets more epochs until it has as many steps as this.
        batch_size: people per step.
        learning_rate: peak of the cycle.
        weight_decay: AdamW's, on everything but biases and norms; the rating objective has none, because decay would
            give all rarely rated movies the same vector, and that one a high score.
        dropout: in the user tower's blocks.
        anonymous: share of people whose gender, age and occupation are all hidden from the tower, as of newcomers who
            skip the questions.
        demographic_dropout: chance that each of the three is hidden by itself.
        id_dropout: chance that a movie must make do with its features, as a new title does.
        best_star_weight: weight of a 5-star target, where a 4-star one has 1.
        full_softmax_up_to: catalogue size beyond which the softmax is over sampled movies.
        negatives: movies sampled per step then.
        interviews: share of the people who tell what they are asked about, instead of a random part of their ratings.
        validations: how often to measure the validation newcomers, evenly over the epochs.
        patience: looks without a better figure before training stops; in the second half only, because the learning
            rate's climb may cost some quality that its fall wins back.
    """

    objective: Objective = "softmax"
    seed: int = 0
    epochs: int = 50
    min_steps: int = 150
    batch_size: int = 256
    learning_rate: float = 2e-3
    weight_decay: float = 1.0
    dropout: float = 0.5
    anonymous: float = 0.1
    demographic_dropout: float = 0.03
    id_dropout: float = 0.1
    best_star_weight: float = 1.5
    full_softmax_up_to: int = 20_000
    negatives: int = 4_096
    interviews: float = 0.2
    validations: int = 10
    patience: int = 4
