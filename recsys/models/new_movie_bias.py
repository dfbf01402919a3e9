"""The bias of a movie that was not trained on, predicted from its tokens, as a release stores it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack

from recsys.models.arrays import check_arrays
from storage.records import Movie


@dataclass(frozen=True, slots=True, eq=False)
class NewMovieBias:
    """A linear model of the bias. `recsys.training.new_movie_bias` fits it.

    Attributes:
        coefficients: (t + 2,) float32, the weight of each of `t` tokens, the weight of the number of genres, and the
            intercept.
    """

    coefficients: NDArray[np.float32]

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[Any]], token_count: int) -> "NewMovieBias":
        """Check the stored array of a model with `token_count` tokens.

        Args:
            arrays: the attributes by name.
            token_count: number of tokens of the vocabulary.

        Raises:
            ValueError: the array is missing or wrong; the message names it.
        """
        check_arrays(arrays, {"coefficients": (np.float32, (token_count + 2,))})
        return cls(**arrays)

    def of(self, predictors: csr_matrix) -> NDArray[np.float32]:
        """Return the (n,) float32 biases of movies from their (n, t + 1) `bias_predictors`."""
        biases: NDArray[np.float32] = predictors @ self.coefficients[:-1] + self.coefficients[-1]
        return biases


def bias_predictors(tokens: csr_matrix, movies: Sequence[Movie]) -> csr_matrix:
    """Return what the bias is predicted from: the tokens and the number of genres, (n, t + 1) sparse float32.

    The genres of a movie share a weight of 1, so its tokens alone do not tell how many genres it has.

    Args:
        tokens: (n, t) sparse float32, what `Vocabulary.movie_matrix` returns for the movies.
        movies: the n movies.
    """
    counts = np.array([[len(movie.trainable.genres)] for movie in movies], np.float32)
    return hstack([tokens, csr_matrix(counts)], format="csr")
