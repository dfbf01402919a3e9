"""The user tower and the movie tower in PaddlePaddle.

score = user_vector @ movie_vector. These 256 numbers determine the whole score: the last number of a movie vector is
the movie's bias, which is initialised to the log of its popularity, and the last number of a user vector is 1.
"""

import math
import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.models.arrays import Expected, check_arrays
from recsys.models.features import ANSWER_KINDS, ProfileArrays, input_width
from recsys.models.processor import check_processor

check_processor()
with warnings.catch_warnings():
    # Paddle's first import searches for ccache, which is not needed here.
    warnings.filterwarnings("ignore", message="No ccache found")
    import paddle
    import paddle.nn.functional as F
    from paddle import Tensor, nn
    from paddle.utils.dlpack import from_dlpack

# Paddle's signal handler prints a crash report if a process is terminated normally.
paddle.disable_signal_handler()

DIMENSION = 256
"""Length of user vectors and movie vectors."""

WIDTH = 512
"""Width of the residual blocks of the user tower."""

BLOCKS = 3
"""Number of residual blocks of the user tower."""

BLOCK_ROWS = 512
"""The user tower serves at most this many states at once, 1 MB. More no longer fit into the cache of a processor."""

TOKEN_WIDTH = 64
"""Width of the token embedding of the movie tower."""

INPUT_SCALE, TASTE_SCALE, OUTPUT_SCALE = 0.005, 0.01, 0.02
"""Standard deviations of the initial weights. Small values let training start from popularity, not from noise."""

INPUT_MOVIES = "user.input_movies"
"""The name of `UserTower.input_movies` among the weights of a network."""

REJECTION = 2.0
"""Distance by which a rejected movie pushes a user vector away from its direction. The movie's score falls by about the
spread of a newcomer's scores."""


def _embedding(rows: int, width: int, scale: float) -> nn.Embedding:
    return nn.Embedding(rows, width, weight_attr=_normal(scale))


def _normal(scale: float) -> paddle.ParamAttr:
    return paddle.ParamAttr(initializer=nn.initializer.Normal(0.0, scale) if scale else nn.initializer.Constant(0.0))


class _SparseProduct(paddle.autograd.PyLayer):
    """matrix @ table for a constant sparse matrix.

    Paddle supports this product on GPUs only. SciPy's is five times as fast as gathering and summing rows in Paddle.
    """

    @staticmethod
    def forward(ctx: Any, table: Tensor, matrix: csr_matrix) -> Tensor:
        ctx.matrix = matrix
        return from_dlpack(matrix @ np.from_dlpack(table.detach()))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return from_dlpack(ctx.matrix.T @ np.from_dlpack(gradient.detach()))


def _product(matrix: csr_matrix, table: Tensor) -> Tensor:
    product: Tensor = _SparseProduct.apply(table, matrix)  # type: ignore[no-untyped-call]  # not annotated there
    return product


def _linear(rows: Tensor, layer: nn.Layer) -> Tensor:
    """Return `layer(rows)`; for a single person, addmm takes half the time of the layer's own operator."""
    return paddle.addmm(layer.bias, rows, layer.weight)


class UserTower(nn.Layer):
    """User tower: demographics and answers -> residual blocks -> 255 numbers, and a 1 for the movies' bias.

    Rejections bypass the network, which would mostly learn from them that such movies are watched. Each rejection
    subtracts the direction of its movie from the user vector, so that the scores of this movie and of similar movies
    fall.

    An answer enters the network through an embedding of its own and through the vector of its movie. The movie tower
    learns this vector from everybody who liked the movie, which happens much more often in training than an answer
    about the movie. So single answers carry more information than with the embedding alone.

    Attributes:
        input_movies: (k,) int64, ascending positions of the movies whose answers have an embedding of their own.
            Answers about the others enter through the vector of the movie alone. None for all movies.
    """

    def __init__(
        self,
        movie_count: int,
        dropout: float,
        spread: float,
        input_movies: NDArray[np.int64] | None = None,
        *,
        has_tables: bool = True,
    ) -> None:
        super().__init__()
        self.input_movies = input_movies
        self.columns: NDArray[np.int64] | None = None
        if input_movies is not None:
            answers = ANSWER_KINDS * input_movies[:, np.newaxis] + np.arange(ANSWER_KINDS)
            codes = np.arange(ANSWER_KINDS * movie_count, input_width(movie_count))
            self.columns = np.concatenate([answers.ravel(), codes])
        embedded = movie_count if input_movies is None else len(input_movies)
        self.inputs = _embedding(input_width(embedded) if has_tables else 1, WIDTH, INPUT_SCALE * spread)
        taste_scale = _normal(TASTE_SCALE * spread)
        self.tastes = nn.Linear(ANSWER_KINDS * (DIMENSION - 1), WIDTH, weight_attr=taste_scale, bias_attr=False)
        self.norms = nn.LayerList([nn.LayerNorm(WIDTH) for _ in range(BLOCKS)])
        self.blocks = nn.LayerList([nn.Linear(WIDTH, WIDTH) for _ in range(BLOCKS)])
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(WIDTH, DIMENSION - 1, weight_attr=_normal(OUTPUT_SCALE * spread))

    def embedded(self, inputs: csr_matrix) -> csr_matrix:
        """Return the columns of `ProfileArrays.inputs` that have an embedding, in the order of their rows."""
        return inputs if self.columns is None else inputs[:, self.columns]

    def forward(
        self,
        profiles: ProfileArrays,
        tastes: NDArray[np.float32],
        directions: NDArray[np.float32],
        embeddings: Tensor | None = None,
    ) -> Tensor:
        """Return user vectors, (n, 256) float32.

        Args:
            profiles: n profiles over m movies.
            tastes: (m, 255) float32, see `Network.tastes`.
            directions: (m, 255) float32, see the function `directions`.
            embeddings: (e, WIDTH) float32, if the inputs of the profiles have these `e` columns only, their rows of the
                embedding; None for the inputs of all movies.
        """
        answered = (profiles.answers @ tastes).reshape(-1, ANSWER_KINDS * (DIMENSION - 1))
        if embeddings is None:
            state = _product(self.embedded(profiles.inputs), self.inputs.weight)
        else:
            state = _product(profiles.inputs, embeddings)
        state = state + self.tastes(paddle.to_tensor(answered))
        taste = self.taste(state) - paddle.to_tensor(profiles.rejected @ directions * np.float32(REJECTION))
        return paddle.concat([taste, paddle.ones([state.shape[0], 1])], axis=1)

    def taste(self, state: Tensor) -> Tensor:
        """Apply the residual blocks and the head to (n, WIDTH) float32 and return (n, 255) float32."""
        for norm, block in zip(self.norms, self.blocks, strict=True):
            state = state + self.dropout(F.silu(_linear(norm(state), block)))
        return _linear(state, self.head)

    def table(self, inputs: NDArray[np.float32], tastes: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return both embeddings of every input as one table, (inputs, WIDTH) float32, for fixed tastes.

        Args:
            inputs: (e, WIDTH) float32, the embeddings of answers and of demographics, as `inputs` has them.
            tastes: (m, 255) float32, see `Network.tastes`.
        """
        table = np.zeros((input_width(len(tastes)), WIDTH), np.float32)
        table[self.columns if self.columns is not None else slice(None)] = inputs
        answers = table[: ANSWER_KINDS * len(tastes)].reshape(len(tastes), ANSWER_KINDS, WIDTH)
        for kind, weights in enumerate(np.split(self.tastes.weight.numpy(), ANSWER_KINDS)):
            answers[:, kind] += tastes @ weights
        return table


class MovieTower(nn.Layer):
    """Movie tower: id and tokens -> 255 numbers and a bias. Movies without an id have only their tokens."""

    def __init__(self, movie_count: int, token_count: int, spread: float, *, has_tables: bool = True) -> None:
        super().__init__()
        movie_count = movie_count if has_tables else 1
        self.ids = _embedding(movie_count, DIMENSION - 1, OUTPUT_SCALE * spread)
        self.biases = self.create_parameter([movie_count], is_bias=True)
        self.tokens = _embedding(max(1, token_count), TOKEN_WIDTH, OUTPUT_SCALE * spread)
        self.mix = nn.Linear(TOKEN_WIDTH, DIMENSION)

    def start_bias(self, log_popularity: NDArray[np.float32]) -> None:
        """Initialise the biases to the log of the popularity: the mean in the token layer, the rest with the ids.

        Args:
            log_popularity: (m,) float32.
        """
        mean = log_popularity.mean()
        self.biases.set_value(log_popularity - mean)
        self.mix.bias.set_value(np.append(self.mix.bias.numpy()[:-1], mean))

    def forward(
        self,
        tokens: csr_matrix,
        positions: NDArray[np.int64] | None,
        id_mask: NDArray[np.float32] | None,
        ids: Tensor | None = None,
    ) -> Tensor:
        """Return movie vectors, (n, 256) float32.

        Args:
            tokens: (n, t) sparse float32, one row per movie.
            positions: (n,) int64, rows of the id table; None for all rows in order.
            id_mask: (n, 1) float32, 0 to drop the 255 numbers of a movie's id (id dropout), else 1. The bias is never
                dropped, because the loss would jump with every popular movie that is. None for movies without an id.
            ids: (n, 255) float32, these rows of the id table; None to read them here.
        """
        vectors: Tensor = self.mix(_product(tokens, self.tokens.weight))
        if id_mask is None:
            return vectors
        biases = self.biases
        if positions is not None:
            rows = paddle.to_tensor(positions)
            ids, biases = self.ids(rows) if ids is None else ids, paddle.gather(biases, rows)
        elif ids is None:
            ids = self.ids.weight
        return vectors + paddle.concat([ids * paddle.to_tensor(id_mask), biases.unsqueeze(1)], axis=1)


class Network(nn.Layer):
    """Both towers over one vocabulary. For the "rating" objective, vectors are scaled so that a score is 5 * cosine.

    A softmax does not change if one vector is added to all movie vectors. To fix this freedom, `centre` is subtracted
    from the movie vectors. The user tower reads movie vectors that are not centred.
    """

    def __init__(
        self,
        movie_count: int,
        token_count: int,
        objective: str,
        dropout: float = 0.0,
        spread: float = 1.0,
        input_movies: NDArray[np.int64] | None = None,
        *,
        has_tables: bool = True,
    ) -> None:
        """Initialise random weights.

        Args:
            movie_count: number of movies of the vocabulary.
            token_count: number of tokens of the vocabulary.
            objective: "softmax" or "rating".
            dropout: dropout rate in the blocks of the user tower, 0..1.
            spread: factor of the standard deviations of the initial weights; 0 saves the time of drawing them if other
                weights are loaded afterwards.
            input_movies: see `UserTower`.
            has_tables: False for a network that serves without the embeddings of answers and of movie ids, which are as
                large as the catalogue. It computes movie vectors without ids, and user vectors of states.
        """
        super().__init__()
        self.user = UserTower(movie_count, dropout, spread, input_movies, has_tables=has_tables)
        self.movie = MovieTower(movie_count, token_count, spread, has_tables=has_tables)
        self.objective = objective
        embedded = movie_count if input_movies is None else len(input_movies)
        self._missing: dict[str, Expected] = {}
        if not has_tables:
            self._missing = {
                "user.inputs.weight": (np.float32, (input_width(embedded), WIDTH)),
                "movie.ids.weight": (np.float32, (movie_count, DIMENSION - 1)),
                "movie.biases": (np.float32, (movie_count,)),
            }
        self.register_buffer("centre", paddle.zeros([DIMENSION]))

    def user_vectors(
        self,
        profiles: ProfileArrays,
        tastes: NDArray[np.float32],
        directions: NDArray[np.float32],
        embeddings: Tensor | None = None,
    ) -> Tensor:
        """Return user vectors, (n, 256) float32; the arguments are those of `UserTower.forward`."""
        return self.scaled(self.user(profiles, tastes, directions, embeddings))

    def tastes(self, movie_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what the user tower reads of (m, 256) movie vectors: without centring and bias, (m, 255) float32."""
        raw: NDArray[np.float32] = movie_vectors + self.centre.numpy()
        return np.ascontiguousarray(raw[:, :-1])

    def movie_vectors(
        self,
        tokens: csr_matrix,
        positions: NDArray[np.int64] | None = None,
        id_mask: NDArray[np.float32] | None = None,
        ids: Tensor | None = None,
    ) -> Tensor:
        """Return movie vectors, (n, 256) float32, not centred; the arguments are those of `MovieTower.forward`."""
        return self.scaled(self.movie(tokens, positions, id_mask, ids))

    def scaled(self, vectors: Tensor) -> Tensor:
        """Return (n, 256) vectors of either tower, scaled for the objective."""
        return vectors if self.objective == "softmax" else F.normalize(vectors, axis=1) * math.sqrt(5.0)

    def user_vectors_of_states(
        self, states: NDArray[np.float32], rejections: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return user vectors, (n, 256) float32, in fewer steps than `user_vectors` and equal up to rounding.

        The last number of each vector is 1: its product with the last number of a movie vector is the movie's bias.

        Args:
            states: (n, WIDTH) float32, the inputs times `UserTower.table`.
            rejections: (n, 255) float32, the sum of what each person's rejections subtract.
        """
        vectors = np.ones((len(states), DIMENSION), np.float32)
        with paddle.no_grad():
            for start in range(0, len(states), BLOCK_ROWS):
                block = slice(start, start + BLOCK_ROWS)
                vectors[block, :-1] = self.user.taste(from_dlpack(states[block])).numpy() - rejections[block]
            if self.objective == "rating":
                vectors = self.scaled(paddle.to_tensor(vectors)).numpy()
        return vectors

    def frozen_movie_vectors(
        self, tokens: csr_matrix, id_mask: NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Return centred movie vectors, (n, 256) float32: of all movies in order, or of movies without an id.

        Args:
            tokens: (n, t) sparse float32.
            id_mask: as for `MovieTower.forward`; None for movies without an id.
        """
        with paddle.no_grad():
            vectors: NDArray[np.float32] = (self.movie_vectors(tokens, id_mask=id_mask) - self.centre).numpy()
        return vectors

    def weights(self) -> dict[str, NDArray[Any]]:
        """Return all trained arrays by name, and INPUT_MOVIES if not every movie has input embeddings."""
        weights = {name: tensor.numpy() for name, tensor in self.state_dict().items()}
        if self.user.input_movies is not None:
            weights[INPUT_MOVIES] = self.user.input_movies
        return weights

    def load_weights(self, weights: Mapping[str, NDArray[Any]]) -> None:
        """Load what `weights` returned for a network of the same size.

        Raises:
            ValueError: an array is missing or wrong; the message names it.
        """
        own = self.state_dict()
        # Paddle would only warn of a missing array, and keep the initial weights.
        expected: dict[str, Expected] = {name: (np.float32, tuple(tensor.shape)) for name, tensor in own.items()}
        expected |= self._missing
        if self.user.input_movies is not None:
            expected[INPUT_MOVIES] = (np.int64, self.user.input_movies.shape)
        check_arrays(weights, expected)
        loaded = {name: paddle.to_tensor(np.array(weights[name])) for name in own if name not in self._missing}
        self.set_state_dict({**own, **loaded})


def directions(movie_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the directions of (m, 256) movie vectors without their bias: unit vectors, (m, 255) float32."""
    tastes = movie_vectors[:, :-1]
    units: NDArray[np.float32] = tastes / np.maximum(np.linalg.norm(tastes, axis=1, keepdims=True), 1e-9)
    return units
