"""The multinomial likelihood under a softmax, which the towers and RecVAE both train on (Liang et al. 2018)."""

from typing import Any, NamedTuple

import numpy as np
import paddle
from numpy.typing import NDArray
from paddle import Tensor
from paddle.utils.dlpack import from_dlpack


class Entries(NamedTuple):
    """Places in a matrix of scores: (e,) rows and (e,) columns, int64; no place twice."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


NOWHERE = Entries(np.zeros(0, np.int64), np.zeros(0, np.int64))


class _MinusLogLikelihood(paddle.autograd.PyLayer):
    """In numpy, in place: Paddle's cross entropy is slower, and its gradient wrong where labels do not add up to 1."""

    @staticmethod
    def forward(
        ctx: Any,
        scores: Tensor,
        targets: Entries,
        weights: NDArray[np.float32],
        excluded: Entries,
        offset: NDArray[np.float32] | None,
    ) -> Tensor:
        work = scores.numpy().copy()
        if offset is not None:
            work -= offset
        at_targets = work[targets]
        work[excluded] = -np.inf
        highest = work.max(axis=1, keepdims=True)
        work -= highest
        np.exp(work, out=work)
        sums = work.sum(axis=1, keepdims=True)
        totals = np.bincount(targets.rows, weights, len(work)).astype(np.float32)
        log_sums = np.log(sums)[:, 0] + highest[:, 0]
        work *= (totals / sums[:, 0])[:, np.newaxis]
        work[targets] -= weights
        ctx.gradient = work
        return paddle.to_tensor(np.float32(totals @ log_sums - weights @ at_targets))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        scaled: Tensor = from_dlpack(ctx.gradient) * gradient
        return scaled


def minus_log_likelihood(
    scores: Tensor,
    targets: Entries,
    weights: NDArray[np.float32],
    *,
    excluded: Entries = NOWHERE,
    offset: NDArray[np.float32] | None = None,
) -> Tensor:
    """Sum over the targets of weight * -log softmax(scores), as one number.

    Args:
        scores: (n, c) float32. A row without targets adds nothing.
        targets: what was chosen; none of it excluded.
        weights: (e,) float32, of the targets.
        excluded: what could not be chosen, left out of the softmax.
        offset: (c,) float32, taken from each column's scores first.
    """
    loss: Tensor = _MinusLogLikelihood.apply(scores, targets, weights, excluded, offset)  # type: ignore[no-untyped-call]  # not annotated there
    return loss
