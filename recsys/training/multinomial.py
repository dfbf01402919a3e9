"""The multinomial likelihood under a softmax (Liang et al. 2018), on which the towers and RecVAE are trained."""

from typing import Any, NamedTuple

import numpy as np
import paddle
from numpy.typing import NDArray
from paddle import Tensor
from paddle.utils.dlpack import from_dlpack


class MatrixIndices(NamedTuple):
    """Cells of a score matrix: (e,) int64 rows and (e,) int64 columns, without duplicates."""

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]


NO_CELLS = MatrixIndices(np.zeros(0, np.int64), np.zeros(0, np.int64))


class _NegativeLogLikelihood(paddle.autograd.PyLayer):
    """Numpy, in place. Paddle's cross entropy is slower, and its gradient is wrong if labels do not add up to 1."""

    @staticmethod
    def forward(
        ctx: Any,
        scores: Tensor,
        targets: MatrixIndices,
        weights: NDArray[np.float32],
        excluded: MatrixIndices,
        offset: NDArray[np.float32] | None,
    ) -> Tensor:
        work = scores.numpy().copy()
        if offset is not None:
            work -= offset
        target_logits = work[targets]
        work[excluded] = -np.inf
        highest = work.max(axis=1, keepdims=True)
        work -= highest
        np.exp(work, out=work)
        sums = work.sum(axis=1, keepdims=True)
        row_weights = np.bincount(targets.rows, weights, len(work)).astype(np.float32)
        log_sums = np.log(sums)[:, 0] + highest[:, 0]
        work *= (row_weights / sums[:, 0])[:, np.newaxis]
        work[targets] -= weights
        ctx.gradient = work
        return paddle.to_tensor(np.float32(row_weights @ log_sums - weights @ target_logits))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        scaled: Tensor = from_dlpack(ctx.gradient) * gradient
        return scaled


def negative_log_likelihood(
    scores: Tensor,
    targets: MatrixIndices,
    weights: NDArray[np.float32],
    *,
    excluded: MatrixIndices = NO_CELLS,
    offset: NDArray[np.float32] | None = None,
) -> Tensor:
    """Return the sum over the targets of weight * -log softmax(scores), a scalar.

    Args:
        scores: (n, c) float32. A row without targets adds nothing.
        targets: the `e` chosen cells; none of them may be excluded.
        weights: (e,) float32, of the targets.
        excluded: cells left out of the softmax, because they could not be chosen.
        offset: (c,) float32, subtracted from the scores of each column.
    """
    loss: Tensor = _NegativeLogLikelihood.apply(scores, targets, weights, excluded, offset)  # type: ignore[no-untyped-call]  # not annotated there
    return loss
