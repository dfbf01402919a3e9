"""The trained networks with fixed weights, in NumPy: all of `recsys.models.network` that serving needs.

Paddle takes seconds to import and 200 MB of memory, and for a single person its operators take twice the time of
NumPy's. So it is imported for training alone.
"""

import math
from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.models.arrays import Expected, check_arrays
from recsys.models.features import ANSWER_KINDS, input_width

DIMENSION = 256
"""Length of user vectors and movie vectors."""

WIDTH = 512
"""Width of the residual blocks of the user tower."""

BLOCKS = 3
"""Number of residual blocks of the user tower."""

TOKEN_WIDTH = 64
"""Width of the token embedding of the movie tower."""

NORM_EPSILON = 1e-5
"""Added to the variance in the layer norms of the blocks."""

INPUT_MOVIES = "user.input_movies"
"""The name of `FrozenNetwork.input_movies` among the weights of a network."""

REJECTION = 2.0
"""Distance by which a rejected movie pushes a user vector away from its direction. The movie's score falls by about the
spread of a newcomer's scores."""

_ROWS_AT_ONCE = 128
"""The blocks compute with this many rows at a time, which fit into the cache of a processor."""


class TrainedNetwork(Protocol):
    """A network whose weights can be frozen.

    Attributes:
        objective: "softmax" or "rating".
    """

    objective: str

    def weights(self) -> dict[str, NDArray[Any]]:
        """Return all trained arrays by name, and INPUT_MOVIES if not every movie has input embeddings."""
        ...


class FrozenNetwork:
    """Both towers with fixed weights. The results equal those of `recsys.models.network.Network` up to rounding.

    Attributes:
        objective: "softmax" or "rating". With "rating", vectors are scaled so that a score is 5 * cosine.
        input_movies: (k,) int64, ascending positions of the movies whose answers have an embedding of their own; None
            for all movies.
    """

    def __init__(self, weights: Mapping[str, NDArray[Any]], objective: str, movie_count: int, token_count: int) -> None:
        """Check the weights and keep them.

        Args:
            weights: what `TrainedNetwork.weights` returns.
            objective: see the attributes.
            movie_count: number of movies of the vocabulary.
            token_count: number of tokens of the vocabulary.

        Raises:
            ValueError: an array is missing or wrong; the message names it.
        """
        self.objective = objective
        self.input_movies: NDArray[np.int64] | None = weights.get(INPUT_MOVIES)
        check_arrays(weights, _shapes(movie_count, token_count, self.input_movies))
        self._weights = dict(weights)
        layers = ("norms.{}.weight", "norms.{}.bias", "blocks.{}.weight", "blocks.{}.bias")
        self._blocks = [[weights[f"user.{name.format(block)}"] for name in layers] for block in range(BLOCKS)]

    def weights(self) -> dict[str, NDArray[Any]]:
        """See `TrainedNetwork.weights`."""
        return dict(self._weights)

    def tastes(self, movie_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the user tower reads of (m, 256) movie vectors: without centring and bias, (m, 255) float32."""
        raw: NDArray[np.float32] = movie_vectors + self._weights["centre"]
        return np.ascontiguousarray(raw[:, :-1])

    def table(self, tastes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return both embeddings of every input as one table, (inputs, WIDTH) float32, for fixed (m, 255) tastes."""
        columns = slice(None) if self.input_movies is None else input_columns(self.input_movies, len(tastes))
        table = np.zeros((input_width(len(tastes)), WIDTH), np.float32)
        table[columns] = self._weights["user.inputs.weight"]
        answers = table[: ANSWER_KINDS * len(tastes)].reshape(len(tastes), ANSWER_KINDS, WIDTH)
        for kind, weights in enumerate(np.split(self._weights["user.tastes.weight"], ANSWER_KINDS)):
            answers[:, kind] += tastes @ weights
        return table

    def user_vectors_of_states(
        self, states: NDArray[np.float32], rejections: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return user vectors, (n, 256) float32.

        The last number of each vector is 1: its product with the last number of a movie vector is the movie's bias.

        Args:
            states: (n, WIDTH) float32, the inputs times `table`.
            rejections: (n, 255) float32, the sum of what each person's rejections subtract.
        """
        vectors = np.ones((len(states), DIMENSION), np.float32)
        for start in range(0, len(states), _ROWS_AT_ONCE):
            rows = slice(start, start + _ROWS_AT_ONCE)
            vectors[rows, :-1] = self._taste(states[rows]) - rejections[rows]
        return self._scaled(vectors)

    def movie_vectors(self, tokens: csr_matrix, id_mask: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Return centred movie vectors, (n, 256) float32: of all movies in order, or of movies without an id.

        Args:
            tokens: (n, t) sparse float32.
            id_mask: (n, 1) float32, 0 to leave out the id of a movie, else 1; None for movies without an id.
        """
        weights = self._weights
        vectors = tokens @ weights["movie.tokens.weight"] @ weights["movie.mix.weight"] + weights["movie.mix.bias"]
        if id_mask is not None:
            vectors[:, :-1] += weights["movie.ids.weight"] * id_mask
            vectors[:, -1] += weights["movie.biases"]
        centred: NDArray[np.float32] = self._scaled(vectors) - weights["centre"]
        return centred

    def _taste(self, states: NDArray[np.float32]) -> NDArray[np.float32]:
        """Apply the residual blocks and the head to (n, WIDTH) float32 and return (n, 255) float32."""
        for scale, shift, weights, bias in self._blocks:
            normed = states - states.mean(axis=1, keepdims=True)
            variance = np.einsum("ij,ij->i", normed, normed)[:, np.newaxis] / np.float32(WIDTH)
            normed /= np.sqrt(variance + np.float32(NORM_EPSILON))
            normed *= scale
            normed += shift
            block = normed @ weights
            block += bias
            with np.errstate(over="ignore"):  # exp(-x) is infinite for x below -88, and then x / inf is 0.
                block /= 1 + np.exp(-block)
            states = states + block
        taste: NDArray[np.float32] = states @ self._weights["user.head.weight"] + self._weights["user.head.bias"]
        return taste

    def _scaled(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        if self.objective == "softmax":
            return vectors
        lengths = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
        scaled: NDArray[np.float32] = vectors / lengths * np.float32(math.sqrt(5.0))
        return scaled


def input_columns(input_movies: NDArray[np.int64], movie_count: int) -> NDArray[np.int64]:
    """Return the columns of `ProfileArrays.inputs` that have an embedding, in the order of their rows."""
    answers = ANSWER_KINDS * input_movies[:, np.newaxis] + np.arange(ANSWER_KINDS)
    codes = np.arange(ANSWER_KINDS * movie_count, input_width(movie_count))
    return np.concatenate([answers.ravel(), codes])


def directions(movie_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the directions of (m, 256) movie vectors without their bias: unit vectors, (m, 255) float32."""
    tastes = movie_vectors[:, :-1]
    units: NDArray[np.float32] = tastes / np.maximum(np.linalg.norm(tastes, axis=1, keepdims=True), 1e-9)
    return units


def _shapes(movie_count: int, token_count: int, input_movies: NDArray[np.int64] | None) -> dict[str, Expected]:
    """Return the dtype and the shape of every array by name."""
    embedded = input_width(movie_count if input_movies is None else len(input_movies))
    shapes: dict[str, tuple[int, ...]] = {
        "user.inputs.weight": (embedded, WIDTH),
        "user.tastes.weight": (ANSWER_KINDS * (DIMENSION - 1), WIDTH),
        "user.head.weight": (WIDTH, DIMENSION - 1),
        "user.head.bias": (DIMENSION - 1,),
        "movie.ids.weight": (movie_count, DIMENSION - 1),
        "movie.biases": (movie_count,),
        "movie.tokens.weight": (max(1, token_count), TOKEN_WIDTH),
        "movie.mix.weight": (TOKEN_WIDTH, DIMENSION),
        "movie.mix.bias": (DIMENSION,),
        "centre": (DIMENSION,),
    }
    for block in range(BLOCKS):
        shapes |= {f"user.norms.{block}.{name}": (WIDTH,) for name in ("weight", "bias")}
        shapes |= {f"user.blocks.{block}.weight": (WIDTH, WIDTH), f"user.blocks.{block}.bias": (WIDTH,)}
    expected: dict[str, Expected] = {name: (np.float32, shape) for name, shape in shapes.items()}
    if input_movies is not None:
        expected[INPUT_MOVIES] = (np.int64, input_movies.shape)
    return expected
