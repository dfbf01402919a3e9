"""How well ratings on other scales become stars, by how much the own distribution of a person counts.

    python benchmarks/rating_scales.py path/to/ml-1m

The people of MovieLens rate from 1 to 5 stars. Each of them is given a way to use a scale of 1 to 10: as it is written,
generous, harsh, or within a few numbers. A rating on that scale is a rounded straight line of the stars, with the half
stars that MovieLens did not have drawn at random. From a sample of these ratings, stars are computed as for an imported
file. Measured is how many of them are on the same side of 4 and of 2 stars as the person's own rating, which is what
likes and dislikes are, and the mean error in stars.
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recsys.data import read_dataset
from recsys.histories import scales
from recsys.profile import round_to_thumb

PEOPLE = 1_000
SIZES = (5, 20, 100)
WEIGHTS = (0.0, 0.25, 0.5, 0.75, 1.0)
STYLES = {
    "as written": (0.0, 2.0),
    "generous": (4.0, 1.2),
    "harsh": (-1.0, 1.6),
    "5 to 9": (4.0, 1.0),
    "all tens and sixes": (2.0, 1.6),
}
"""Name -> (a, b) of the rating a + b * stars."""

SCALE = (1.0, 10.0)


def on_ten(stars: NDArray[np.float64], style: str, rng: np.random.Generator) -> list[float]:
    """Return ratings from 1 to 10, as a person with a style would have given them."""
    first, slope = STYLES[style]
    felt = stars + rng.uniform(-0.5, 0.5, len(stars))
    return np.clip(np.rint(first + slope * felt), *SCALE).tolist()


def main() -> None:
    """Print a table for each size of a file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("data", type=Path, help="folder of MovieLens 1M")
    dataset = read_dataset(parser.parse_args().data)
    order = np.argsort(dataset.rating_people, kind="stable")
    of_people = np.split(dataset.rating_stars[order], np.flatnonzero(np.diff(dataset.rating_people[order])) + 1)
    rng = np.random.default_rng(0)
    chosen = rng.permutation(len(of_people))[:PEOPLE]
    shares = np.bincount(np.rint(dataset.rating_stars).astype(int), minlength=6)[1:] / len(dataset.rating_stars)
    print("shares of 1 to 5 stars:", ", ".join(f"{share:.4f}" for share in shares))
    for size in SIZES:
        print(f"\n{size} ratings; right side of likes and dislikes in %, mean error in stars")
        print(f"{'weight of the own distribution':<32}" + "".join(f"{style:>22}" for style in STYLES) + f"{'mean':>16}")
        for weight in WEIGHTS:
            scales.MAX_OWN_WEIGHT = weight
            cells = [measure(of_people, chosen, size, style) for style in STYLES]
            line = "".join(f"{100 * right:>14.1f} {error:>7.2f}" for right, error in cells)
            mean = np.mean(cells, axis=0)
            print(f"{weight:<32}{line}{100 * mean[0]:>9.1f} {mean[1]:>6.2f}")


def measure(
    of_people: list[NDArray[np.float32]], chosen: NDArray[np.int64], size: int, style: str
) -> tuple[float, float]:
    """Return the share of ratings on the right side, and the mean error, over all people with enough ratings."""
    rng = np.random.default_rng(1)
    right, errors = [], []
    for person in chosen:
        if len(of_people[person]) < size:
            continue
        stars = rng.choice(of_people[person], size, replace=False).astype(float)
        mapped = np.array(scales.to_stars(on_ten(stars, style, rng), SCALE))
        right.append(np.mean(round_to_thumb(mapped) == round_to_thumb(stars)))
        errors.append(np.mean(np.abs(mapped - stars)))
    return float(np.mean(right)), float(np.mean(errors))


if __name__ == "__main__":
    main()
