"""Towers that learned the checkerboard, trained once."""

import pytest

from recsys.data import Dataset
from recsys.towers import Towers
from recsys.training.fit import TrainingOptions, fit
from recsys.training.protocol import split_people
from tests.builders import checkerboard


@pytest.fixture(scope="session")
def board() -> Dataset:
    """The checkerboard: taste is the parity of id / 10."""
    return checkerboard()


@pytest.fixture(scope="session")
def towers(board: Dataset) -> Towers:
    """Real towers, trained on the board for a few seconds, often without the gender that gives everything away."""
    options = TrainingOptions(epochs=60, min_steps=0, batch_size=32, demographic_dropout=0.5, looks=1)
    return fit(board, split_people(board, 0), options)
