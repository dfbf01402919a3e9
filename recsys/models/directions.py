"""The directions of movie vectors: unit vectors without the bias, computed from the vectors when they are used."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.models.arrays import row_blocks

_SHORTEST = 1e-9
"""A vector of zeros has no direction. It is divided by this."""


class Directions:
    """The directions of m movies. It keeps their lengths only, 4 bytes a movie instead of 1 KB."""

    def __init__(self, movie_vectors: NDArray[np.float32]) -> None:
        """Measure the vectors.

        Args:
            movie_vectors: (m, 256) float32, with the bias as the last number.
        """
        self._tastes = movie_vectors[:, :-1]
        self._lengths = np.empty((len(movie_vectors), 1), np.float32)
        for block in row_blocks(movie_vectors):
            self._lengths[block] = np.linalg.norm(self._tastes[block], axis=1, keepdims=True)
        np.maximum(self._lengths, _SHORTEST, out=self._lengths)

    def __getitem__(self, positions: int | list[int] | NDArray[np.integer]) -> NDArray[np.float32]:
        """Return the directions of movies, (255,) float32 for one and (k, 255) for k positions."""
        units: NDArray[np.float32] = self._tastes[positions] / self._lengths[positions]
        return units

    def cosines(self, direction: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the inner product of every direction with another one, (255,) float32, as (m,) float32."""
        products = np.empty(len(self._tastes), np.float32)
        for block in row_blocks(self._tastes):
            products[block] = self._tastes[block] @ direction
        products /= self._lengths[:, 0]
        return products

    def sums(self, weights: csr_matrix) -> NDArray[np.float32]:
        """Return the weighted sums of directions, (n, 255) float32.

        Args:
            weights: (n, m) sparse float32.
        """
        used = csr_matrix(
            (weights.data, np.arange(weights.nnz, dtype=np.int32), weights.indptr),
            shape=(weights.shape[0], weights.nnz),
        )
        sums: NDArray[np.float32] = used @ self[weights.indices]
        return sums
