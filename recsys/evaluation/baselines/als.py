"""Implicit matrix factorisation by alternating least squares (Hu, Koren, Volinsky, ICDM 2008), from `implicit`."""

from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from implicit.cpu.als import AlternatingLeastSquares
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, vstack
from threadpoolctl import threadpool_limits

from recsys.data.dataset import Dataset
from recsys.evaluation.baselines.histories import Weighting, answer_rows, like_blocks, weigh
from recsys.evaluation.baselines.model_selection import BestPerAnswerCount, counted
from recsys.evaluation.baselines.popularity import popularity
from recsys.evaluation.newcomers import FitProgress, ignore_progress
from recsys.profile import Profile
from recsys.protocol.newcomers import Scorer, Split

FACTORS = (16, 64)
REGULARISATIONS = (1.0, 30.0)
FOLD_IN_REGULARISATIONS = (30.0, 200.0, 2000.0)
FOLD_IN_WEIGHTINGS: tuple[Weighting, ...] = ("liked", "rated")
ITERATIONS = 15


@dataclass(frozen=True, slots=True, eq=False)
class FoldIn:
    """A scorer that solves a person's factors from their answers; without any weight it ranks by popularity.

    Attributes:
        movie_ids: (m,) int64, ascending.
        model: the fitted model; its `regularization` is that of the fold-in.
        popular: (m,) float32 popularity scores.
        weighting: how an answer's stars become a weight.
    """

    movie_ids: NDArray[np.int64]
    model: AlternatingLeastSquares
    popular: NDArray[np.float32]
    weighting: Weighting

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return (n, m) float32 scores."""
        weights = weigh(answer_rows(self.movie_ids, profiles), self.weighting)
        user_factors = self.model.recalculate_user(np.arange(len(profiles)), csr_matrix(weights))
        return np.where(weights.any(axis=1, keepdims=True), user_factors @ self.model.item_factors.T, self.popular)


class ALS(BestPerAnswerCount):
    """Implicit ALS; the number of factors, both regularisations and the weighting are chosen by validation."""

    name: ClassVar[str] = "implicit ALS"

    @classmethod
    def fit(cls, dataset: Dataset, split: Split, seed: int, progress: FitProgress = ignore_progress) -> Self:
        """Factorise the train people's likes, and choose the settings on the validation people."""
        all_movies = np.arange(len(dataset.movies))
        likes = vstack(list(like_blocks(dataset, split.train, all_movies)), format="csr")
        popular = popularity(dataset, split.train)

        def candidates() -> Iterator[tuple[str, Scorer]]:
            for factors in FACTORS:
                for regularisation in REGULARISATIONS:
                    fitted = _factorise(likes, factors, regularisation, seed)
                    for fold_in in FOLD_IN_REGULARISATIONS:
                        model = copy(fitted)
                        model.regularization = fold_in
                        for weighting in FOLD_IN_WEIGHTINGS:
                            setting = f"{factors} factors, lambda {regularisation:g}, folded {fold_in:g}, {weighting}"
                            yield setting, FoldIn(dataset.movie_ids, model, popular, weighting)

        total = len(FACTORS) * len(REGULARISATIONS) * len(FOLD_IN_REGULARISATIONS) * len(FOLD_IN_WEIGHTINGS)
        return cls(dataset, split, seed, counted(candidates(), total, progress))


def _factorise(likes: csr_matrix, factors: int, regularisation: float, seed: int) -> AlternatingLeastSquares:
    # implicit warns if BLAS runs threads of its own beside implicit's threads.
    with threadpool_limits(1, "blas"):
        model = AlternatingLeastSquares(
            factors=factors, alpha=1.0, regularization=regularisation, iterations=ITERATIONS, random_state=seed
        )
        model.fit(likes, show_progress=False)
    return model
