"""Mild diversity re-ranking, so that a list does not consist of very similar movies."""

import numpy as np
from numpy.typing import NDArray

DEFAULT_STRENGTH = 1.0
"""The penalty for similarity to a chosen title, in standard deviations of the candidates' scores.

It costs at most 0.5 % of NDCG@10, as `reelmate evaluate --lists` measures it.
"""

MAX_STRENGTH = 3.0
"""The largest useful strength. Beyond it nearly every candidate is penalised, and lists only get worse."""


def diversify(
    scores: NDArray[np.float32], vectors: NDArray[np.float32], count: int, strength: float = DEFAULT_STRENGTH
) -> list[int]:
    """Choose candidates greedily by score minus similarity to the chosen ones.

    This is maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998). Similarity is the cosine of the movie
    vectors without their bias. The best candidate always stays first.

    Args:
        scores: (c,) float32, best first.
        vectors: (c, 256) float32 movie vectors; the last column is the bias.
        count: how many candidates to choose.
        strength: the penalty for similarity; 0 keeps the order.

    Returns:
        Positions of the chosen candidates, in the order in which they are shown.
    """
    count = min(count, len(scores))
    if strength == 0 or count < 2:
        return list(range(count))
    directions = vectors[:, :-1] / np.maximum(np.linalg.norm(vectors[:, :-1], axis=1, keepdims=True), 1e-9)
    relevance = (scores - scores.mean()) / max(float(scores.std()), 1e-9)
    penalties = strength * (directions @ directions.T)
    penalty = np.zeros_like(relevance)
    chosen: list[int] = []
    for _ in range(count):
        best = int(np.argmax(relevance - penalty))
        chosen.append(best)
        relevance[best] = -np.inf
        np.maximum(penalty, penalties[best], out=penalty)
    return chosen
