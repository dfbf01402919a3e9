"""Simulated interview pages for training batches: like the product's, but with randomness.

Two parts of a real interview are left out: titles that a newcomer names before the first page, and what those say about
the other titles.
"""

import numpy as np
from numpy.typing import NDArray

from recsys.models.exposure import TITLES_PER_PAGE, ExposureModel

PAGES = 3
"""Number of pages in an interview; `reelmate evaluate --interview` simulates as many."""

SHARPNESS_RANGE = 2.0, 40.0
"""Range of the exponent of a title's expected informativeness, which makes its chance of being shown.

Each person's exponent is drawn log-uniformly. Low exponents give varied pages, high ones the product's own pages.
"""

MIN_RELATIVE_INFORMATIVENESS = 1e-3
"""Least informativeness of a title, as a share of the largest one, so that unlikely titles are sometimes shown too."""

MIN_LARGEST_INFORMATIVENESS = 1e-9
"""The lower bound of the largest informativeness, which keeps the logarithm finite if all are 0."""

LESS_KNOWN_PENALTY = -1e6
"""Added on the first page to the draws of titles that are not well known; they appear only if others do not fill it."""


def draw_pages(
    exposure: ExposureModel, codes: NDArray[np.int64], can_answer: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw the pages of `n` people, each page given the answers to the previous ones, as `Interview` does.

    Args:
        exposure: model of the `c` movies that may be asked about.
        codes: (n, 3) codes of gender, age and occupation.
        can_answer: (n, c) bool, the movies that each person has seen and can answer about.
        rng: draws the exponents and the titles.

    Returns:
        (n, s) int64 positions among the exposure model's movies, in the order shown. `s` is PAGES * TITLES_PER_PAGE, or
        `c` if that is less.
    """
    people, count = can_answer.shape
    observed, values = exposure.observe_demographics(codes)
    largest = exposure.informativeness.max(initial=MIN_LARGEST_INFORMATIVENESS)
    low, high = np.log(SHARPNESS_RANGE)
    sharpness = np.exp(rng.uniform(low, high, (people, 1)))
    order = np.zeros((people, 0), np.int64)
    for page in range(PAGES):
        informativeness = np.maximum(
            exposure.expected_informativeness(exposure.seen_probability(observed, values)),
            MIN_RELATIVE_INFORMATIVENESS * largest,
        )
        # The largest of log weights plus Gumbel noise are a draw without replacement, by the weights.
        draws = sharpness * np.log(informativeness) + rng.gumbel(size=informativeness.shape)
        if page == 0:
            draws[:, ~exposure.is_well_known] += LESS_KNOWN_PENALTY
        np.put_along_axis(draws, order, -np.inf, axis=1)
        shown = np.argsort(-draws, axis=1)[:, : min(TITLES_PER_PAGE, count - order.shape[1])]
        order = np.concatenate([order, shown], axis=1)
        observed = np.concatenate([observed, shown], axis=1)
        values = np.concatenate([values, np.take_along_axis(can_answer, shown, axis=1)], axis=1, dtype=np.float32)
    return order
