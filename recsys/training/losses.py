"""The two losses: a softmax over the movies that were not shown, and the regression on stars of a baseline."""

from collections.abc import Callable
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
from recsys.training.multinomial import MatrixIndices, negative_log_likelihood

MASKED_LOGIT = -1e4
"""Added to the logit of a masked cell; exp of the sum is 0 in float32."""

GCE_Q = 0.3
"""The exponent `q` of generalized cross entropy; 0 would be cross entropy, 1 mean absolute error."""

SAMPLING_EXPONENT = 0.75
"""Movies are sampled in proportion to their popularity to the power of this number."""


@dataclass(frozen=True, slots=True)
class CandidateItems:
    """The `c` movies that one training step scores.

    Attributes:
        movies: (c,) int64, ascending positions; None for the complete catalogue.
        log_chance: (c,) float32, log of the probability of being sampled; -MASKED_LOGIT for movies that are candidates
            only because they are targets. None if nothing was sampled.
    """

    movies: NDArray[np.int64] | None = None
    log_chance: NDArray[np.float32] | None = None

    def columns_of(self, movies: NDArray[np.int32]) -> NDArray[np.int64]:
        """Return the columns of movies, given by (e,) positions, which must all be candidates."""
        return movies.astype(np.int64) if self.movies is None else np.searchsorted(self.movies, movies)


class _InnerProducts(paddle.autograd.PyLayer):
    @staticmethod
    def forward(ctx: Any, user_vectors: Tensor, movie_vectors: Tensor) -> Tensor:
        ctx.users, ctx.movies = np.from_dlpack(user_vectors.detach()), np.from_dlpack(movie_vectors.detach())
        return from_dlpack(ctx.users @ ctx.movies.T)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        score_gradient = np.from_dlpack(gradient.detach())
        return from_dlpack(score_gradient @ ctx.movies), from_dlpack(score_gradient.T @ ctx.users)


def inner_products(user_vectors: Tensor, movie_vectors: Tensor) -> Tensor:
    """Return the (n, c) scores of (n, d) users and (c, d) movies.

    They are computed by numpy, whose matrix product takes a third of the time of Paddle's.
    """
    scores: Tensor = _InnerProducts.apply(user_vectors, movie_vectors)  # type: ignore[no-untyped-call]  # not annotated there
    return scores


def sample_items(
    batch: Batch, popularity: NDArray[np.float32], negatives: int, rng: np.random.Generator
) -> CandidateItems:
    """Return every liked movie of the batch, plus movies sampled by popularity.

    The sampling probabilities correct the logits, which makes the softmax's denominator an unbiased estimate of the one
    over the complete catalogue (Bengio and Senecal 2008).

    Args:
        popularity: (m,) float32, number of ratings.
        negatives: number of draws with replacement; a movie's chance is that of being drawn at least once.
        rng: draws the movies.
    """
    share = (popularity + 1) ** SAMPLING_EXPONENT
    chance = -np.expm1(negatives * np.log1p(-share / share.sum()))
    is_sampled = rng.random(len(share)) < chance
    is_candidate = is_sampled.copy()
    is_candidate[batch.hidden.movies[batch.hidden.stars >= LIKED_FROM]] = True
    movies = np.flatnonzero(is_candidate)
    log_chance = np.where(is_sampled[movies], np.log(chance[movies]), -MASKED_LOGIT)
    return CandidateItems(movies, log_chance.astype(np.float32))


def rated_items(batch: Batch) -> CandidateItems:
    """Return the movies whose hidden stars the rating objective predicts."""
    return CandidateItems(np.unique(batch.hidden.movies).astype(np.int64))


def softmax_loss(
    scores: Tensor,
    batch: Batch,
    candidates: CandidateItems,
    best_star_weight: float,
    total: Callable[[float], float] = float,
) -> Tensor:
    """Return the cross entropy of the hidden likes under a softmax over all movies not shown, a weighted mean.

    A like is weighted by its probability to the power of GCE_Q. The gradient is then that of generalized cross entropy,
    (1 - p ** GCE_Q) / GCE_Q (Zhang and Sabuncu 2018, arXiv:1805.07836): unpredictable likes count less, likes that can
    reach the top of the list count more. A person's weight grows with the number of their likes. For the gain of each
    choice see docs/decisions/002.

    Args:
        scores: (n, c) float32.
        batch: the n people.
        candidates: the c movies.
        best_star_weight: weight of a 5-star like; a 4-star like has 1.
        total: takes the sum of the weights of these people's likes and returns that of all people of the step, whose
            losses then add up to the mean.
    """
    is_liked = batch.hidden.stars >= LIKED_FROM
    targets = MatrixIndices(batch.hidden.owners[is_liked], candidates.columns_of(batch.hidden.movies[is_liked]))
    weights = np.where(batch.hidden.stars[is_liked] >= 5, best_star_weight, 1).astype(np.float32)
    excluded = _shown_cells(batch, candidates)
    weights *= _probabilities(scores, targets, excluded, candidates.log_chance) ** GCE_Q
    loss = negative_log_likelihood(scores, targets, weights, excluded=excluded, offset=candidates.log_chance)
    return loss / max(total(float(weights.sum())), 1e-9)


def rating_loss(
    scores: Tensor, batch: Batch, candidates: CandidateItems, total: Callable[[float], float] = float
) -> Tensor:
    """Return the mean squared error of the hidden stars, the objective of recommender tutorials.

    Args:
        scores: (n, c) float32.
        batch: the n people.
        candidates: the c movies.
        total: takes the number of these people's hidden ratings and returns that of all people of the step, whose
            losses then add up to the mean.
    """
    cells = np.stack([batch.hidden.owners, candidates.columns_of(batch.hidden.movies)], axis=1)
    mean = F.mse_loss(paddle.gather_nd(scores, paddle.to_tensor(cells)), paddle.to_tensor(batch.hidden.stars))
    return mean * (len(cells) / total(len(cells)))


def _probabilities(
    scores: Tensor, targets: MatrixIndices, excluded: MatrixIndices, offset: NDArray[np.float32] | None
) -> NDArray[np.float32]:
    """Return (e,) float32, the softmax at the targets; with an offset, its estimate over the complete catalogue."""
    logits: NDArray[np.float32] = scores.numpy()
    counted = logits.copy() if offset is None else logits - offset
    counted[excluded] += MASKED_LOGIT
    highest = counted.max(axis=1)
    log_sums = highest + np.log(np.exp(counted - highest[:, np.newaxis]).sum(axis=1))
    probabilities: NDArray[np.float32] = np.exp(np.minimum(0, logits[targets] - log_sums[targets.rows]))
    return probabilities


def _shown_cells(batch: Batch, candidates: CandidateItems) -> MatrixIndices:
    shown = (
        batch.shown if candidates.movies is None else batch.shown.where(np.isin(batch.shown.movies, candidates.movies))
    )
    return MatrixIndices(shown.owners, candidates.columns_of(shown.movies))
