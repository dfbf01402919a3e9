"""Mild diversity: a list whose titles do not all say the same thing."""

import numpy as np
from numpy.typing import NDArray

STRENGTH = 1.0
"""How much likeness to a title already chosen costs, in standard deviations of the candidates' scores.

Measured by `reelmate evaluate --lists` to cost at most 0.5 % of NDCG@10.
"""

MAX_STRENGTH = 3.0
"""Beyond it a list only gets worse: nearly every candidate is alike to some title by then."""


def diversify(
    scores: NDArray[np.float32], vectors: NDArray[np.float32], count: int, strength: float = STRENGTH
) -> list[int]:
    """Choose greedily by score minus likeness to what stands already (maximal marginal relevance, Carbonell 1998).

    The best candidate always stays first. Likeness is the cosine of the movie vectors without their bias.

    Args:
        scores: (c,) float32, best first.
        vectors: (c, 256) float32.
        count: how many to choose.
        strength: 0 leaves the order as it is.

    Returns:
        Positions of the chosen candidates, in the order in which they are shown.
    """
    count = min(count, len(scores))
    if strength == 0 or count < 2:
        return list(range(count))
    taste = vectors[:, :-1] / np.maximum(np.linalg.norm(vectors[:, :-1], axis=1, keepdims=True), 1e-9)
    worth = (scores - scores.mean()) / max(float(scores.std()), 1e-9)
    costs = strength * (taste @ taste.T)
    paid = np.zeros_like(worth)
    chosen: list[int] = []
    for _ in range(count):
        best = int(np.argmax(worth - paid))
        chosen.append(best)
        worth[best] = -np.inf
        np.maximum(paid, costs[best], out=paid)
    return chosen
