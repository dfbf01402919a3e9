"""The multinomial likelihood against an explicit softmax and finite differences."""

import numpy as np
import paddle
import pytest
from numpy.typing import NDArray

from recsys.training.multinomial import MatrixIndices, negative_log_likelihood

TARGETS = MatrixIndices(np.array([0, 0, 2]), np.array([1, 3, 4]))
WEIGHTS = np.array([1, 2, 0.5], np.float32)
EXCLUDED = MatrixIndices(np.array([0, 2]), np.array([0, 1]))
OFFSET = np.linspace(0, 1, 5, dtype=np.float32)
SCORES = np.random.default_rng(3).standard_normal((4, 5))


def by_hand(scores: NDArray[np.float64]) -> float:
    """Return the sum over the targets of weight * -log softmax."""
    logits = scores - OFFSET
    logits[EXCLUDED] = -np.inf
    log_shares = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -float(WEIGHTS @ log_shares[TARGETS])


def test_value_and_gradient() -> None:
    """They equal the formula and its central differences; rows without targets have no gradient."""
    scores = paddle.to_tensor(SCORES.astype(np.float32), stop_gradient=False)
    loss = negative_log_likelihood(scores, TARGETS, WEIGHTS, excluded=EXCLUDED, offset=OFFSET)
    (2 * loss).backward()
    assert float(loss) == pytest.approx(by_hand(SCORES), rel=1e-6)
    steps = np.eye(SCORES.size).reshape(-1, *SCORES.shape) * 1e-5
    differences = [(by_hand(SCORES + step) - by_hand(SCORES - step)) / 1e-5 for step in steps]
    assert scores.grad.numpy() == pytest.approx(np.reshape(differences, SCORES.shape), abs=1e-5)
    assert not scores.grad.numpy()[[1, 3]].any()
