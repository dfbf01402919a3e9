"""The pages of titles that people are shown while towers are trained: as newcomers will be, with some chance in it.

Only what a newcomer names before the first page, and what that says of the others, is left out here.
"""

import numpy as np
from numpy.typing import NDArray

from recsys.models.exposure import TITLES_PER_PAGE, ExposureModel

PAGES = 3
"""As many as `reelmate evaluate --interview` shows."""

SHARPNESS = 2.0, 40.0
"""Powers of a title's worth, drawn log-uniformly, to which it is shown: from varied pages to the product's own."""

LEAST_WORTH = 1e-3
"""Of a title, as a share of the best one's; chance may bring what is not likely seen too."""

LEAST_BEST = 1e-9
"""Of the best one, where no title is worth anything."""

NOT_YET, NEVER = -1e6, -np.inf
"""Take a title from the first page, unless there are too few others, and from any, whatever its worth and chance."""


def shown_pages(
    exposure: ExposureModel, codes: NDArray[np.int64], can_answer: NDArray[np.bool_], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Three pages for each of `n` people, each page chosen with the answers to those before, as `Interview` does.

    Args:
        exposure: what pages are made from, of `c` movies.
        codes: (n, 3) gender, age and occupation.
        can_answer: (n, c), the movies that each person can answer about.
        rng: draws.

    Returns:
        (n, s) positions among the movies of the exposure, in the order shown; s is 24, or c if that is less.
    """
    people, count = can_answer.shape
    told, values = exposure.of_demographics(codes)
    least = LEAST_WORTH * exposure.informativeness.max(initial=LEAST_BEST)
    low, high = np.log(SHARPNESS)
    sharpness = np.exp(rng.uniform(low, high, (people, 1)))
    order = np.zeros((people, 0), np.int64)
    for page in range(PAGES):
        worth = np.maximum(exposure.expected_informativeness(exposure.seen_probability(told, values)), least)
        draw = sharpness * np.log(worth) + rng.gumbel(size=worth.shape)
        if page == 0:
            draw[:, ~exposure.is_well_known] += NOT_YET
        np.put_along_axis(draw, order, NEVER, axis=1)
        shown = np.argsort(-draw, axis=1)[:, : min(TITLES_PER_PAGE, count - order.shape[1])]
        order = np.concatenate([order, shown], axis=1)
        told = np.concatenate([told, shown], axis=1)
        values = np.concatenate([values, np.take_along_axis(can_answer, shown, axis=1)], axis=1, dtype=np.float32)
    return order
