"""What diversity costs and brings: NDCG@10 of newcomers, and how alike the titles of one list are, by strength.

    python benchmarks/diversity.py path/to/ml-1m [seed]

Measured on validation people, who may be used to choose a setting.
"""

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recsys.data import read_dataset
from recsys.diversify import STRENGTH, diversify
from recsys.profile import Profile
from recsys.recommender import CANDIDATES_PER_PICK
from recsys.training.fit import TrainingOptions, fit
from recsys.training.protocol import ANSWER_COUNTS, TOP_K, measure, newcomers, split_people


class Served:
    """Scores that rank as the recommender shows: its picks first, in their order."""

    def __init__(self, towers: object, strength: float) -> None:
        self.towers, self.strength = towers, strength
        self.ids, self.vectors = towers.movie_vectors()
        self.likeness: list[float] = []

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """(n, m) float32."""
        scores = self.towers.user_vectors(profiles) @ self.vectors.T
        taste = self.vectors[:, :-1] / np.linalg.norm(self.vectors[:, :-1], axis=1, keepdims=True)
        for row, profile in zip(scores, profiles, strict=True):
            row[np.isin(self.ids, list(profile.ratings))] = -np.inf
            found = np.argsort(-row, kind="stable")[: TOP_K * CANDIDATES_PER_PICK]
            shown = found[diversify(row[found], self.vectors[found], TOP_K, self.strength)]
            row[shown] = row[found[0]] + np.arange(len(shown), 0, -1)
            alike = taste[shown] @ taste[shown].T
            self.likeness.append(float((alike.sum() - len(shown)) / (len(shown) * (len(shown) - 1))))
        return scores


def main() -> None:
    """Train once, then print a line for each strength."""
    dataset = read_dataset(Path(sys.argv[1]))
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    split = split_people(dataset, seed)
    towers = fit(dataset, split, TrainingOptions(seed=seed))
    people = newcomers(dataset, split.validation, seed)
    plain = 0.0
    for strength in (0.0, 0.5, 0.75, 1.0, 1.5):
        served = Served(towers, strength)
        ndcg = float(np.mean([measure(dataset, people, served, answers).ndcg for answers in ANSWER_COUNTS]))
        plain = plain or ndcg
        mark = "  <- the product's" if strength == STRENGTH else ""
        print(
            f"strength {strength:.2f}: NDCG@10 {ndcg:.4f} ({100 * (ndcg / plain - 1):+.2f} %),"
            f" likeness within a list {np.mean(served.likeness):.3f}{mark}",
            flush=True,
        )


if __name__ == "__main__":
    main()
