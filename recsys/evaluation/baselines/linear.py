"""Linear item-to-item baselines: item-kNN and EASE.

Both score by the product of a person's row of weights and one (movies, movies) matrix. The matrix covers the
MAX_LINEAR_MOVIES most rated movies, because more would not fit into memory. The other movies rank last.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.evaluation.baselines.histories import WEIGHTINGS, Weighting, answer_rows, like_blocks, weigh
from recsys.evaluation.baselines.model_selection import BestPerAnswerCount, counted
from recsys.evaluation.baselines.popularity import popularity
from recsys.evaluation.newcomers import FitProgress, ignore_progress
from recsys.profile import Profile
from recsys.protocol.newcomers import Scorer, Split
from recsys.training.rating_blocks import rating_counts
from recsys.training.second_stage.item_reranker import add_product, inverse_in_place

NEIGHBOURS = (50, 200, 10_000)
SHRINKAGES = (0, 20, 100, 1000)
LAMBDAS = (1e3, 3e3, 1e4, 3e4, 1e5, 3e5, 1e6)

MAX_LINEAR_MOVIES = 10_000
"""Number of movies that a matrix covers at most. Such a matrix takes 400 MB. A fit takes three of them, and the best
setting of each number of answers keeps one."""


@dataclass(frozen=True, slots=True, eq=False)
class ItemModel:
    """A scorer: weights of the answers @ matrix; without any weight it ranks by popularity.

    Attributes:
        movie_ids: (m,) int64, ascending.
        matrix: (c, c) float32, rows are answered movies, columns scored movies.
        popular: (m,) float32 popularity scores.
        weighting: how an answer's stars become a weight.
        covered: (c,) int64, positions of the movies of the matrix; None for all movies.
    """

    movie_ids: NDArray[np.int64]
    matrix: NDArray[np.float32]
    popular: NDArray[np.float32]
    weighting: Weighting
    covered: NDArray[np.int64] | None = None

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return (n, m) float32 scores."""
        weights = weigh(answer_rows(self.movie_ids, profiles), self.weighting)
        if self.covered is not None:
            weights = weights[:, self.covered]
        is_known = weights.any(axis=1)
        linear: NDArray[np.float32] = csr_matrix(weights[is_known]) @ self.matrix
        scores = np.tile(self.popular, (len(profiles), 1))
        if self.covered is None:
            scores[is_known] = linear
        else:
            scores[is_known] = linear.min(initial=0) - 1
            scores[np.ix_(is_known, self.covered)] = linear
        return scores


def covered_movies(dataset: Dataset, people: NDArray[np.int64]) -> NDArray[np.int64] | None:
    """Return the positions of the movies that a matrix covers, ascending; None for all movies of the data set."""
    if len(dataset.movies) <= MAX_LINEAR_MOVIES:
        return None
    return np.sort(np.argsort(-rating_counts(dataset, people), kind="stable")[:MAX_LINEAR_MOVIES])


def likes_in_common(
    dataset: Dataset, people: NDArray[np.int64], covered: NDArray[np.int64] | None = None
) -> NDArray[np.float32]:
    """Return (c, c) float32: how many people like both movies; on the diagonal, how many like the movie.

    Args:
        dataset: the data set of the people.
        people: (n,) positions.
        covered: (c,) positions of movies; None for all movies.
    """
    movies = np.arange(len(dataset.movies)) if covered is None else covered
    common = np.zeros((len(movies), len(movies)), np.float32)
    for likes in like_blocks(dataset, people, movies):
        add_product(common, likes, likes)
    return common


def cosine_neighbours(common: NDArray[np.float32], shrinkage: float, neighbours: int) -> NDArray[np.float32]:
    """Return the shrunk cosine similarity of movies, 0 outside each scored movie's nearest neighbours.

    Args:
        common: (m, m) float32 likes in common, from `likes_in_common`.
        shrinkage: number of people; the cosine is multiplied by common / (common + shrinkage).
        neighbours: how many answered movies contribute to one scored movie.

    Returns:
        (m, m) float32, 0 on the diagonal.
    """
    norms = np.sqrt(np.maximum(1, np.diag(common)))
    cosine = (common / norms / norms[:, None]).astype(np.float32, copy=False)
    cosine *= common / np.maximum(1, common + np.float32(shrinkage))
    np.fill_diagonal(cosine, 0)
    if neighbours < len(cosine):
        cosine[cosine < -np.partition(-cosine, neighbours - 1, axis=0)[neighbours - 1]] = 0
    return cosine


def ease_matrix(common: NDArray[np.float32], regularisation: float) -> NDArray[np.float32]:
    """Return EASE's item weights in closed form: ridge regression of every movie on all others.

    Source: Steck, WWW 2019, arXiv:1905.03375.

    Args:
        common: (m, m) float32 likes in common, from `likes_in_common`.
        regularisation: lambda, as a number of people.

    Returns:
        (m, m) float32, 0 on the diagonal.
    """
    matrix = common.copy()
    matrix[np.diag_indices_from(matrix)] += regularisation
    inverse_in_place(matrix)
    matrix /= -np.diag(matrix)
    np.fill_diagonal(matrix, 0)
    return matrix


def ease_candidates(
    dataset: Dataset, people: NDArray[np.int64], lambdas: Sequence[float]
) -> Iterator[tuple[str, Scorer]]:
    """Solve EASE for each lambda, and yield a scorer for each weighting of the answers, with its name.

    Args:
        dataset: the data set of the people.
        people: (n,) positions of the people whose likes are learned from.
        lambdas: the regularisations.
    """
    covered = covered_movies(dataset, people)
    common, popular = likes_in_common(dataset, people, covered), popularity(dataset, people)
    for regularisation in lambdas:
        matrix = ease_matrix(common, regularisation)
        for weighting in WEIGHTINGS:
            setting = f"lambda {regularisation:g}, {weighting}"
            yield setting, ItemModel(dataset.movie_ids, matrix, popular, weighting, covered)


class ItemKNN(BestPerAnswerCount):
    """Item-kNN with shrunk cosine; shrinkage, neighbours and weighting are chosen by validation."""

    name: ClassVar[str] = "item-kNN"

    @classmethod
    def fit(cls, dataset: Dataset, split: Split, seed: int, progress: FitProgress = ignore_progress) -> Self:
        """Compute similarities on the train people, and choose the settings on the validation people."""
        covered = covered_movies(dataset, split.train)
        common, popular = likes_in_common(dataset, split.train, covered), popularity(dataset, split.train)

        def candidates() -> Iterator[tuple[str, Scorer]]:
            for shrinkage in SHRINKAGES:
                for neighbours in NEIGHBOURS:
                    matrix = cosine_neighbours(common, shrinkage, neighbours)
                    for weighting in WEIGHTINGS:
                        setting = f"shrinkage {shrinkage}, {neighbours} neighbours, {weighting}"
                        yield setting, ItemModel(dataset.movie_ids, matrix, popular, weighting, covered)

        total = len(SHRINKAGES) * len(NEIGHBOURS) * len(WEIGHTINGS)
        return cls(dataset, split, seed, counted(candidates(), total, progress))


class EASE(BestPerAnswerCount):
    """Embarrassingly shallow autoencoder; lambda and weighting are chosen by validation."""

    name: ClassVar[str] = "EASE"

    @classmethod
    def fit(cls, dataset: Dataset, split: Split, seed: int, progress: FitProgress = ignore_progress) -> Self:
        """Solve on the train people's likes, and choose the settings on the validation people."""
        candidates = ease_candidates(dataset, split.train, LAMBDAS)
        return cls(dataset, split, seed, counted(candidates, len(LAMBDAS) * len(WEIGHTINGS), progress))
