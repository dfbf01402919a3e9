"""The movies of a data set as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.data.dataset import Dataset
from recsys.models.features import Vocabulary
from recsys.training.rating_blocks import rating_counts


@dataclass(frozen=True, slots=True, eq=False)
class MovieInputs:
    """All `m` movies of a data set, in its order.

    Attributes:
        vocabulary: movie ids, and the `t` tokens that describe movies.
        tokens: (m, t) sparse float32, what the movie tower reads besides the id.
        popularity: (m,) float32, number of ratings by the train people.
    """

    vocabulary: Vocabulary
    tokens: csr_matrix
    popularity: NDArray[np.float32]

    @classmethod
    def of(cls, dataset: Dataset, train_people: NDArray[np.int64]) -> "MovieInputs":
        """Build the vocabulary of a data set's movies and count their ratings.

        Args:
            train_people: (n,) positions in the data set.
        """
        vocabulary = Vocabulary.build(dataset.movies)
        counts = rating_counts(dataset, train_people)
        return cls(vocabulary, vocabulary.movie_matrix(dataset.movies), counts.astype(np.float32))


def popularity_weighted_mean(vectors: NDArray[np.float32], popularity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the (d,) mean of (m, d) movie vectors, each weighted by its popularity + 1."""
    weights = popularity + 1
    mean: NDArray[np.float32] = weights @ vectors / max(1.0, weights.sum())
    return mean
