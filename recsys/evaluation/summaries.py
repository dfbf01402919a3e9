"""Summaries that several reports share."""

from collections.abc import Iterable, Sequence

import numpy as np


def mean_ratio_to_best(values: Sequence[float], baseline_values: Sequence[Sequence[float]]) -> float | None:
    """Divide each split's value by the split's best baseline, and return the mean over the splits.

    Args:
        values: one value per split.
        baseline_values: for each split, the values of all baselines.

    Returns:
        1 if the values are as good as the best baseline; None if a split has no baseline above 0.
    """
    ratios = []
    for value, baselines in zip(values, baseline_values, strict=True):
        best = max(baselines, default=0.0)
        if best == 0:
            return None
        ratios.append(value / best)
    return float(np.mean(ratios))


def ratio_of_sums(values: Iterable[float], reference: Iterable[float]) -> float | None:
    """Return the sum of the values over the sum of the reference; None if the reference sums to 0."""
    total = sum(reference)
    return sum(values) / total if total else None
