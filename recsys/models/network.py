"""The user tower and the movie tower in PaddlePaddle.

score = user_vector @ movie_vector. All of the score lives in the 256 numbers: the last one of a movie is its bias,
which starts at the log of its popularity, and the last one of a person is 1.
"""

import math
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.models.features import ANSWER_KINDS, ProfileArrays, input_width

with warnings.catch_warnings():
    # Paddle's first import looks for a C++ compiler's cache that nothing here needs.
    warnings.filterwarnings("ignore", message="No ccache found")
    import paddle
    import paddle.nn.functional as F
    from paddle import Tensor, nn
    from paddle.utils.dlpack import from_dlpack

# Paddle's own would print a crash report where a process is merely asked to stop.
paddle.disable_signal_handler()

DIMENSION = 256
WIDTH = 512
BLOCKS = 3
TOKEN_WIDTH = 64
INPUT_SCALE, TASTE_SCALE, OUTPUT_SCALE = 0.005, 0.01, 0.02
"""Standard deviations of the first weights: small, so that training starts from popularity and not from noise."""

REJECTION = 2.0
"""How far a rejected movie pushes a user vector away: its score falls by about the spread of a newcomer's scores."""


def _embedding(rows: int, width: int, scale: float) -> nn.Embedding:
    return nn.Embedding(rows, width, weight_attr=_normal(scale))


def _normal(scale: float) -> paddle.ParamAttr:
    return paddle.ParamAttr(initializer=nn.initializer.Normal(0.0, scale) if scale else nn.initializer.Constant(0.0))


class _SparseProduct(paddle.autograd.PyLayer):
    """matrix @ table for a sparse constant matrix, which Paddle has on GPUs only; five times its gather and sum."""

    @staticmethod
    def forward(ctx: Any, table: Tensor, matrix: csr_matrix) -> Tensor:
        ctx.matrix = matrix
        return from_dlpack(matrix @ np.from_dlpack(table.detach()))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return from_dlpack(ctx.matrix.T @ np.from_dlpack(gradient.detach()))


def _product(matrix: csr_matrix, table: nn.Embedding) -> Tensor:
    product: Tensor = _SparseProduct.apply(table.weight, matrix)  # type: ignore[no-untyped-call]  # not annotated there
    return product


def _linear(rows: Tensor, layer: nn.Layer) -> Tensor:
    """`layer(rows)`; for a single person this operator takes half as long as the layer's own."""
    return paddle.addmm(layer.bias, rows, layer.weight)


class UserTower(nn.Layer):
    """Demographics and answers -> residual blocks -> 255 numbers, and a 1 for the movies' bias.

    A rejection speaks outside the network, which would learn from it above all that such movies are watched: it takes
    the movie's direction from the vector, so that the movie falls, and whatever points the same way falls with it.

    An answer speaks through an embedding of its own and through the vector of its movie, which the movie tower learned
    from everybody who liked it: so much more often than anybody was seen to answer it that one answer says more.
    """

    def __init__(self, movie_count: int, dropout: float, spread: float) -> None:
        super().__init__()
        self.inputs = _embedding(input_width(movie_count), WIDTH, INPUT_SCALE * spread)
        taste_scale = _normal(TASTE_SCALE * spread)
        self.tastes = nn.Linear(ANSWER_KINDS * (DIMENSION - 1), WIDTH, weight_attr=taste_scale, bias_attr=False)
        self.norms = nn.LayerList([nn.LayerNorm(WIDTH) for _ in range(BLOCKS)])
        self.blocks = nn.LayerList([nn.Linear(WIDTH, WIDTH) for _ in range(BLOCKS)])
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(WIDTH, DIMENSION - 1, weight_attr=_normal(OUTPUT_SCALE * spread))

    def forward(self, profiles: ProfileArrays, tastes: NDArray[np.float32], directions: NDArray[np.float32]) -> Tensor:
        """(n, 256) float32.

        Args:
            profiles: n people.
            tastes: (m, 255), of the movies that the answers are about, as of `Network.tastes`.
            directions: (m, 255), of the movies that may be rejected, as of `directions`.
        """
        answered = (profiles.answers @ tastes).reshape(-1, ANSWER_KINDS * (DIMENSION - 1))
        state = _product(profiles.inputs, self.inputs) + self.tastes(paddle.to_tensor(answered))
        taste = self.taste(state) - paddle.to_tensor(profiles.rejected @ directions * np.float32(REJECTION))
        return paddle.concat([taste, paddle.ones([state.shape[0], 1])], axis=1)

    def taste(self, state: Tensor) -> Tensor:
        """(n, 255) float32 from (n, WIDTH): the residual blocks and the head."""
        for norm, block in zip(self.norms, self.blocks, strict=True):
            state = state + self.dropout(F.silu(_linear(norm(state), block)))
        return _linear(state, self.head)

    def table(self, tastes: NDArray[np.float32]) -> NDArray[np.float32]:
        """(inputs, WIDTH) float32: what an input says through both embeddings, once the tastes no longer change."""
        table: NDArray[np.float32] = self.inputs.weight.numpy()
        answers = table[: ANSWER_KINDS * len(tastes)].reshape(len(tastes), ANSWER_KINDS, WIDTH)
        for side, weights in enumerate(np.split(self.tastes.weight.numpy(), ANSWER_KINDS)):
            answers[:, side] += tastes @ weights
        return table


class MovieTower(nn.Layer):
    """Id and tokens -> 255 numbers and a bias; without the id, what the tokens alone say."""

    def __init__(self, movie_count: int, token_count: int, spread: float) -> None:
        super().__init__()
        self.ids = _embedding(movie_count, DIMENSION - 1, OUTPUT_SCALE * spread)
        self.biases = self.create_parameter([movie_count], is_bias=True)
        self.tokens = _embedding(max(1, token_count), TOKEN_WIDTH, OUTPUT_SCALE * spread)
        self.mix = nn.Linear(TOKEN_WIDTH, DIMENSION)

    def start_bias(self, log_popularity: NDArray[np.float32]) -> None:
        """Start each movie's bias at the log of its popularity, split into the mean (features) and the rest (id)."""
        mean = log_popularity.mean()
        self.biases.set_value(log_popularity - mean)
        self.mix.bias.set_value(np.append(self.mix.bias.numpy()[:-1], mean))

    def forward(
        self, tokens: csr_matrix, positions: NDArray[np.int64] | None, kept: NDArray[np.float32] | None
    ) -> Tensor:
        """(n, 256) float32.

        Args:
            tokens: (n, t), one row a movie.
            positions: (n,) rows of the id table; None for all of them in order.
            kept: (n, 1), 1, or 0 where the id's 255 numbers are dropped; its bias always counts, since without it every
                popular movie dropped would be a shock. None for movies that have no id.
        """
        vectors: Tensor = self.mix(_product(tokens, self.tokens))
        if kept is None:
            return vectors
        ids, biases = self.ids.weight, self.biases
        if positions is not None:
            rows = paddle.to_tensor(positions)
            ids, biases = self.ids(rows), paddle.gather(biases, rows)
        return vectors + paddle.concat([ids * paddle.to_tensor(kept), biases.unsqueeze(1)], axis=1)


class Network(nn.Layer):
    """Both towers over one vocabulary. For the "rating" objective vectors are scaled, so that a score is 5 * cos.

    The softmax leaves one direction of all scores free. `centre` is taken from every movie vector to fix it; the user
    tower reads movie vectors as they were before.
    """

    def __init__(
        self, movie_count: int, token_count: int, objective: str, dropout: float = 0.0, spread: float = 1.0
    ) -> None:
        """Begin with random weights.

        Args:
            movie_count: of the vocabulary.
            token_count: of the vocabulary.
            objective: "softmax" or "rating".
            dropout: in the user tower's blocks.
            spread: of the first weights; 0 spares a network that is about to load its own the drawing of them.
        """
        super().__init__()
        self.user = UserTower(movie_count, dropout, spread)
        self.movie = MovieTower(movie_count, token_count, spread)
        self.objective = objective
        self.register_buffer("centre", paddle.zeros([DIMENSION]))

    def user_vectors(
        self, profiles: ProfileArrays, tastes: NDArray[np.float32], directions: NDArray[np.float32]
    ) -> Tensor:
        """(n, 256) float32; arguments as of `UserTower.forward`."""
        return self.scaled(self.user(profiles, tastes, directions))

    def tastes(self, movie_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """(m, 255) float32: what the user tower reads of (m, 256) movie vectors, all but the bias."""
        raw: NDArray[np.float32] = movie_vectors + self.centre.numpy()
        return np.ascontiguousarray(raw[:, :-1])

    def movie_vectors(
        self,
        tokens: csr_matrix,
        positions: NDArray[np.int64] | None = None,
        kept: NDArray[np.float32] | None = None,
    ) -> Tensor:
        """(n, 256) float32, not centred; arguments as of `MovieTower.forward`."""
        return self.scaled(self.movie(tokens, positions, kept))

    def scaled(self, vectors: Tensor) -> Tensor:
        """(n, 256) vectors of either tower as they are compared."""
        return vectors if self.objective == "softmax" else F.normalize(vectors, axis=1) * math.sqrt(5.0)

    def served(self, states: NDArray[np.float32], pushed: NDArray[np.float32]) -> NDArray[np.float32]:
        """(n, 256) float32 user vectors, in fewer steps than `user_vectors` and to rounding the same.

        Args:
            states: (n, WIDTH), the inputs times `UserTower.table`.
            pushed: (n, 255), what rejections take away.
        """
        vectors = np.ones((len(states), DIMENSION), np.float32)
        with paddle.no_grad():
            vectors[:, :-1] = self.user.taste(from_dlpack(states)).numpy() - pushed
            if self.objective == "rating":
                vectors = self.scaled(paddle.to_tensor(vectors)).numpy()
        return vectors

    def frozen_movie_vectors(self, tokens: csr_matrix, kept: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """(n, 256) float32, centred, of all movies in order or, without `kept`, of movies that have no id."""
        with paddle.no_grad():
            vectors: NDArray[np.float32] = (self.movie_vectors(tokens, kept=kept) - self.centre).numpy()
        return vectors

    def weights(self) -> dict[str, NDArray[Any]]:
        """Everything that training set, by name."""
        return {name: tensor.numpy() for name, tensor in self.state_dict().items()}

    def load_weights(self, weights: dict[str, NDArray[Any]]) -> None:
        """Be as the network was that gave these `weights`."""
        self.set_state_dict({name: paddle.to_tensor(value) for name, value in weights.items()})


def directions(movie_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(m, 255) float32 of length 1: where (m, 256) movie vectors point, their bias aside."""
    tastes = movie_vectors[:, :-1]
    found: NDArray[np.float32] = tastes / np.maximum(np.linalg.norm(tastes, axis=1, keepdims=True), 1e-9)
    return found
