"""Ranking metrics: NDCG@10, Recall@20 and disliked@10.

This is the only implementation of each metric. Training chooses models by it, and evaluation reports it. Relevance is
binary: a movie is relevant if it is one of the person's hidden likes.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

TOP_K = 10
"""Length of the ranked list that NDCG@10 and disliked@10 measure."""

RECALL_K = 20
"""Length of the ranked list that Recall@20 measures."""

DISCOUNTS: NDArray[np.float64] = 1 / np.log2(np.arange(2, TOP_K + 2))
"""(10,) float64. The discount of a hit at rank `r`, counted from 1, is 1 / log2(r + 1)."""

_IDEAL_DCG = np.array([DISCOUNTS[:count].sum() for count in range(TOP_K + 1)])


def ideal_dcg(like_counts: ArrayLike) -> NDArray[np.float64]:
    """Return the largest possible DCG@10, which has min(10, likes) hits at the top of the list.

    Args:
        like_counts: (...) int, how many relevant movies there are for each list.
    """
    ideal: NDArray[np.float64] = _IDEAL_DCG[np.minimum(like_counts, TOP_K)]
    return ideal


def ndcg_at_10(hits: ArrayLike, like_counts: ArrayLike) -> NDArray[np.float64]:
    """Return the normalised discounted cumulative gain of the first 10 movies of each list, 0..1.

    NDCG@10 = sum over ranks r = 1..10 of hit(r) / log2(r + 1), divided by the same sum of the ideal list, which starts
    with min(10, likes) hits (Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", ACM TOIS
    20(4), 2002; binary gains).

    Args:
        hits: (..., k) bool, whether each listed movie is relevant, best-ranked first. `k` may be more or less than 10.
        like_counts: (...) int, how many relevant movies there are for each list, at least 1.

    Returns:
        (...) float64.
    """
    listed = np.asarray(hits)[..., :TOP_K]
    gains: NDArray[np.float64] = (listed * DISCOUNTS[: listed.shape[-1]]).sum(axis=-1)
    return gains / ideal_dcg(like_counts)


def recall_at_20(hits: ArrayLike, like_counts: ArrayLike) -> NDArray[np.float64]:
    """Return the hits among the first 20 movies of each list, divided by min(20, likes), 0..1.

    Args:
        hits: (..., k) bool, whether each listed movie is relevant, best-ranked first.
        like_counts: (...) int, how many relevant movies there are for each list, at least 1.

    Returns:
        (...) float64.
    """
    recall: NDArray[np.float64] = np.asarray(hits)[..., :RECALL_K].sum(axis=-1) / np.minimum(like_counts, RECALL_K)
    return recall


def disliked_at_10(dislikes: ArrayLike) -> NDArray[np.float64]:
    """Return the share of the first 10 places of each list that a disliked movie takes, 0..1.

    Args:
        dislikes: (..., k) bool, whether the person disliked each listed movie, best-ranked first.

    Returns:
        (...) float64.
    """
    share: NDArray[np.float64] = np.asarray(dislikes)[..., :TOP_K].sum(axis=-1) / TOP_K
    return share


def top_positions(scores: NDArray[np.floating[Any]], top_k: int) -> NDArray[np.int64]:
    """Return the positions of the highest scores, best first; equal scores keep the order of their positions.

    Args:
        scores: (m,) float, without NaN.
        top_k: how many positions to return; all `m` if there are fewer.

    Returns:
        (min(top_k, m),) int64.
    """
    top_k = min(top_k, len(scores))
    lowest = np.partition(scores, -top_k)[-top_k]
    candidates = np.flatnonzero(scores >= lowest)
    return candidates[np.argsort(-scores[candidates], kind="stable")][:top_k]
