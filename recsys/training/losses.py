"""The two losses: softmax over the movies that were not shown, and the tutorial's regression on stars."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import paddle
import paddle.nn.functional as F
from numpy.typing import NDArray
from paddle import Tensor
from paddle.utils.dlpack import from_dlpack

from recsys.profile import LIKED_FROM
from recsys.training.batches import Batch
from recsys.training.multinomial import Entries, minus_log_likelihood

MASKED_LOGIT = -1e4
"""Added to a logit that must not count; exp of it is 0 in float32."""

GCE_Q = 0.3


@dataclass(frozen=True, slots=True)
class CandidateItems:
    """The movies that one step scores.

    Attributes:
        movies: (c,) int64, ascending positions; None for the whole catalogue.
        log_chance: (c,) float32, log of the chance that sampling picked the movie, -MASKED_LOGIT if it is there only as
            somebody's target; None where nothing was sampled.
    """

    movies: NDArray[np.int64] | None = None
    log_chance: NDArray[np.float32] | None = None

    def of(self, movies: NDArray[np.int32]) -> NDArray[np.int64]:
        """CandidateItems of movies that are all among those scored."""
        return movies.astype(np.int64) if self.movies is None else np.searchsorted(self.movies, movies)


class _InnerProducts(paddle.autograd.PyLayer):
    @staticmethod
    def forward(ctx: Any, user_vectors: Tensor, movie_vectors: Tensor) -> Tensor:
        ctx.both = np.from_dlpack(user_vectors.detach()), np.from_dlpack(movie_vectors.detach())
        users, movies = ctx.both
        return from_dlpack(users @ movies.T)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        users, movies = ctx.both
        wanted = np.from_dlpack(gradient.detach())
        return from_dlpack(wanted @ movies), from_dlpack(wanted.T @ users)


def inner_products(user_vectors: Tensor, movie_vectors: Tensor) -> Tensor:
    """(n, c) scores of (n, d) users and (c, d) movies. In numpy, whose product of matrices takes a third as long."""
    scores: Tensor = _InnerProducts.apply(user_vectors, movie_vectors)  # type: ignore[no-untyped-call]  # not annotated there
    return scores


def sample_items(
    batch: Batch, popularity: NDArray[np.float32], negatives: int, rng: np.random.Generator
) -> CandidateItems:
    """Every liked movie of the batch, plus movies drawn by popularity ** 0.75 whose chance corrects their logit.

    The correction makes the softmax's denominator an unbiased estimate of that over the whole catalogue (Bengio and
    Senecal 2008).
    """
    share = (popularity + 1) ** 0.75
    chance = -np.expm1(negatives * np.log1p(-share / share.sum()))
    drawn = rng.random(len(share)) < chance
    wanted = drawn.copy()
    wanted[batch.hidden.movies[batch.hidden.stars >= LIKED_FROM]] = True
    movies = np.flatnonzero(wanted)
    log_chance = np.where(drawn[movies], np.log(chance[movies]), -MASKED_LOGIT)
    return CandidateItems(movies, log_chance.astype(np.float32))


def rated_items(batch: Batch) -> CandidateItems:
    """The movies whose hidden stars the rating objective predicts."""
    return CandidateItems(np.unique(batch.hidden.movies).astype(np.int64))


def softmax_loss(scores: Tensor, batch: Batch, columns: CandidateItems, best_star_weight: float) -> Tensor:
    """Cross entropy between the hidden likes and a softmax over all movies that were not shown, mean over the likes.

    A like counts by its probability to the power of GCE_Q, so that the gradient is that of the generalized cross
    entropy (1 - p ** GCE_Q) / GCE_Q (Zhang and Sabuncu 2018, arXiv:1805.07836): less is spent on likes that nothing
    foretells, more on those that can stand on top. People count by how much they like. What each of it brought stands
    in docs/decisions/002.

    Args:
        scores: (n, c) float32.
        best_star_weight: weight of a 5-star like where a 4-star one has 1.
    """
    liked = batch.hidden.stars >= LIKED_FROM
    targets = Entries(batch.hidden.owners[liked], columns.of(batch.hidden.movies[liked]))
    weights = np.where(batch.hidden.stars[liked] >= 5, best_star_weight, 1).astype(np.float32)
    excluded = _shown_positions(batch, columns)
    weights *= _shares(scores, targets, excluded, columns.log_chance) ** GCE_Q
    total = minus_log_likelihood(scores, targets, weights, excluded=excluded, offset=columns.log_chance)
    return total / max(float(weights.sum()), 1e-9)


def rating_loss(scores: Tensor, batch: Batch, columns: CandidateItems) -> Tensor:
    """Mean squared error of the hidden stars, the objective of the tutorial this project grew out of."""
    at = paddle.to_tensor(np.stack([batch.hidden.owners, columns.of(batch.hidden.movies)], axis=1))
    return F.mse_loss(paddle.gather_nd(scores, at), paddle.to_tensor(batch.hidden.stars))


def _shares(
    scores: Tensor, targets: Entries, excluded: Entries, offset: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """(e,) float32: the softmax at the targets; of sampled columns, the estimate of that over the whole catalogue."""
    logits: NDArray[np.float32] = scores.numpy()
    counted = logits.copy() if offset is None else logits - offset
    counted[excluded] += MASKED_LOGIT
    highest = counted.max(axis=1)
    log_sums = highest + np.log(np.exp(counted - highest[:, np.newaxis]).sum(axis=1))
    found: NDArray[np.float32] = np.exp(np.minimum(0, logits[targets] - log_sums[targets.rows]))
    return found


def _shown_positions(batch: Batch, columns: CandidateItems) -> Entries:
    if columns.movies is None:
        return Entries(batch.shown.owners, columns.of(batch.shown.movies))
    scored = np.isin(batch.shown.movies, columns.movies)
    return Entries(batch.shown.owners[scored], columns.of(batch.shown.movies[scored]))
