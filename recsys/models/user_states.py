"""From the inputs of people to the states that the blocks of the user tower start from, for fixed movie vectors.

An answer counts by an embedding of its own and by the vector of its movie (`recsys.models.network.UserTower`). For a
small catalogue both are added up in one table before anybody is served. For a large one the table would take 6 KB for
each movie, 0.5 GB for 87,000, and the vectors are read when somebody is served instead.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.models.features import ANSWER_KINDS, ProfileArrays, input_width
from recsys.models.network import DIMENSION, Network

TABLE_MOVIES = 20_000
"""Catalogues of more movies have no table. For a single person, the table saves a third of the tower's time."""


class UserStates(Protocol):
    """Computes states of the user tower, the rows of `UserTower.taste`."""

    def of_people(self, arrays: ProfileArrays) -> NDArray[np.float32]:
        """Return the states of n people, (n, WIDTH) float32."""
        ...

    def of_columns(self, columns: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the states of v people who have values in the same columns of `ProfileArrays.inputs`.

        Args:
            columns: (e,) int64.
            weights: (v, e) float32, the values of these columns.

        Returns:
            (v, WIDTH) float32.
        """
        ...


def user_states(
    network: Network, weights: Mapping[str, NDArray[Any]] | None, movie_vectors: NDArray[np.float32]
) -> UserStates:
    """Return the states of a model in the form for its number of movies.

    Args:
        network: the trained network.
        weights: its arrays by name; None to take them from the network.
        movie_vectors: (m, 256) float32.
    """
    inputs = network.user.inputs.weight.numpy() if weights is None else weights["user.inputs.weight"]
    if len(movie_vectors) <= TABLE_MOVIES:
        return TableStates(network.user.table(inputs, network.tastes(movie_vectors)))
    return VectorStates(network, inputs, movie_vectors)


class TableStates:
    """States from a table with both embeddings of every input."""

    def __init__(self, table: NDArray[np.float32]) -> None:
        """Take what `UserTower.table` returns."""
        self._table = table

    def of_people(self, arrays: ProfileArrays) -> NDArray[np.float32]:
        """See `UserStates.of_people`."""
        states: NDArray[np.float32] = arrays.inputs @ self._table
        return states

    def of_columns(self, columns: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `UserStates.of_columns`."""
        states: NDArray[np.float32] = weights @ self._table[columns]
        return states


class VectorStates:
    """States from the input embeddings and the movie vectors. They equal those of a table up to rounding."""

    def __init__(self, network: Network, inputs: NDArray[np.float32], movie_vectors: NDArray[np.float32]) -> None:
        """Connect the parts.

        Args:
            network: the trained network.
            inputs: its input embeddings, as `UserTower.inputs` has them.
            movie_vectors: (m, 256) float32.
        """
        self._inputs, self._vectors = inputs, movie_vectors
        self._centre = network.centre.numpy()
        self._weights = network.user.tastes.weight.numpy()
        self._movie_columns = ANSWER_KINDS * len(movie_vectors)
        columns = network.user.columns
        self._rows = np.full(input_width(len(movie_vectors)), -1, np.int32)
        self._rows[columns if columns is not None else slice(None)] = np.arange(len(inputs), dtype=np.int32)

    def of_people(self, arrays: ProfileArrays) -> NDArray[np.float32]:
        """See `UserStates.of_people`."""
        inputs, answers = arrays.inputs, arrays.answers
        rows = self._rows[inputs.indices]
        embedded = csr_matrix(
            (np.where(rows >= 0, inputs.data, np.float32(0)), np.maximum(rows, 0), inputs.indptr),
            shape=(inputs.shape[0], len(self._inputs)),
        )
        tastes = answers @ self._vectors + np.asarray(answers.sum(axis=1)) * self._centre
        answered = np.ascontiguousarray(tastes[:, :-1], np.float32).reshape(-1, len(self._weights))
        states: NDArray[np.float32] = embedded @ self._inputs + answered @ self._weights
        return states

    def of_columns(self, columns: NDArray[np.int64], weights: NDArray[np.float32]) -> NDArray[np.float32]:
        """See `UserStates.of_columns`."""
        rows = self._rows[columns]
        is_embedded, is_answer = rows >= 0, columns < self._movie_columns
        states: NDArray[np.float32] = weights[:, is_embedded] @ self._inputs[rows[is_embedded]]
        movies, kinds = columns // ANSWER_KINDS, columns % ANSWER_KINDS
        width = DIMENSION - 1
        for kind in range(ANSWER_KINDS):
            chosen = is_answer & (kinds == kind)
            if chosen.any():
                tastes = (self._vectors[movies[chosen]] + self._centre)[:, :-1]
                states += (weights[:, chosen] @ tastes) @ self._weights[kind * width : (kind + 1) * width]
        return states
