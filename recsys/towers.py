"""The user tower and the movie tower in PaddlePaddle, and the release folder that holds them.

score = user_vector @ movie_vector. All of the score lives in the 256 numbers: the last one of a movie is its bias,
which starts at the log of its popularity, and the last one of a person is 1.
"""

import hashlib
import json
import math
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file
from scipy.sparse import csr_matrix

from recsys.familiarity import Familiarity
from recsys.features import FEATURE_VERSION, SIDES, ProfileArrays, Vocabulary, input_width
from recsys.links import Links
from recsys.profile import Profile
from storage.records import Movie

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

INFO_FILE, TOKENS_FILE = "release.json", "tokens.json"
WEIGHTS_FILE, MOVIES_FILE, LINKS_FILE = "towers.safetensors", "movies.safetensors", "links.safetensors"
FAMILIARITY_FILE = "familiarity.safetensors"


def _embedding(rows: int, width: int, scale: float) -> nn.Embedding:
    return nn.Embedding(rows, width, weight_attr=_normal(scale))


def _normal(scale: float) -> paddle.ParamAttr:
    return paddle.ParamAttr(initializer=nn.initializer.Normal(0.0, scale))


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

    def __init__(self, movie_count: int, dropout: float) -> None:
        super().__init__()
        self.inputs = _embedding(input_width(movie_count), WIDTH, INPUT_SCALE)
        self.tastes = nn.Linear(SIDES * (DIMENSION - 1), WIDTH, weight_attr=_normal(TASTE_SCALE), bias_attr=False)
        self.norms = nn.LayerList([nn.LayerNorm(WIDTH) for _ in range(BLOCKS)])
        self.blocks = nn.LayerList([nn.Linear(WIDTH, WIDTH) for _ in range(BLOCKS)])
        self.dropout = nn.Dropout(dropout)
        self.head = nn.Linear(WIDTH, DIMENSION - 1, weight_attr=_normal(OUTPUT_SCALE))

    def forward(self, profiles: ProfileArrays, tastes: NDArray[np.float32], directions: NDArray[np.float32]) -> Tensor:
        """(n, 256) float32.

        Args:
            profiles: n people.
            tastes: (m, 255), of the movies that the answers are about, as of `Network.tastes`.
            directions: (m, 255), of the movies that may be rejected, as of `directions`.
        """
        answered = (profiles.answers @ tastes).reshape(-1, SIDES * (DIMENSION - 1))
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
        answers = table[: SIDES * len(tastes)].reshape(len(tastes), SIDES, WIDTH)
        for side, weights in enumerate(np.split(self.tastes.weight.numpy(), SIDES)):
            answers[:, side] += tastes @ weights
        return table


class MovieTower(nn.Layer):
    """Id and tokens -> 255 numbers and a bias; without the id, what the tokens alone say."""

    def __init__(self, movie_count: int, token_count: int) -> None:
        super().__init__()
        self.ids = _embedding(movie_count, DIMENSION - 1, OUTPUT_SCALE)
        self.biases = self.create_parameter([movie_count], is_bias=True)
        self.tokens = _embedding(max(1, token_count), TOKEN_WIDTH, OUTPUT_SCALE)
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


class UnreadableRelease(ValueError):
    """A release folder that cannot be served; the message says why in one line."""


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """What a release says of itself, kept in its release.json.

    Attributes:
        version: 16 hexadecimal digits, the hash of its weights, vocabulary and movie vectors.
        objective: "softmax" or "rating".
        seed: of its training.
        dataset: name of what it was trained on.
        created_at: ISO 8601, UTC.
        validation_ndcg: mean NDCG@10 over the answer counts on validation newcomers; None without any.
        trained_on: digest of all that its training depended on; empty where nobody knows.
        feature_version: of the features it was trained with.
        dimension: length of its vectors.
    """

    version: str
    objective: str
    seed: int
    dataset: str
    created_at: str
    validation_ndcg: float | None
    trained_on: str = ""
    feature_version: int = FEATURE_VERSION
    dimension: int = DIMENSION


class Network(nn.Layer):
    """Both towers over one vocabulary. For the "rating" objective vectors are scaled, so that a score is 5 * cos.

    The softmax leaves one direction of all scores free. `centre` is taken from every movie vector to fix it; the user
    tower reads movie vectors as they were before.
    """

    def __init__(self, movie_count: int, token_count: int, objective: str, dropout: float = 0.0) -> None:
        super().__init__()
        self.user = UserTower(movie_count, dropout)
        self.movie = MovieTower(movie_count, token_count)
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

    def raw_movie_vectors(
        self,
        tokens: csr_matrix,
        positions: NDArray[np.int64] | None = None,
        kept: NDArray[np.float32] | None = None,
    ) -> Tensor:
        """(n, 256) float32, not centred; arguments as of `MovieTower.forward`."""
        return self.scaled(self.movie(tokens, positions, kept))

    def movie_vectors(
        self,
        tokens: csr_matrix,
        positions: NDArray[np.int64] | None = None,
        kept: NDArray[np.float32] | None = None,
    ) -> Tensor:
        """(n, 256) float32; arguments as of `MovieTower.forward`."""
        vectors: Tensor = self.raw_movie_vectors(tokens, positions, kept) - self.centre
        return vectors

    def scaled(self, vectors: Tensor) -> Tensor:
        """(n, 256) vectors of either tower as they are compared."""
        return vectors if self.objective == "softmax" else F.normalize(vectors, axis=1) * math.sqrt(5.0)


class Towers:
    """A trained model, ready to serve: profiles in, 256-d vectors out. Build it with `load`.

    Attributes:
        info: what the release says of itself.
        vocabulary: what the model knows.
        links: the second stage.
        familiarity: what newcomers may be asked about.
    """

    def __init__(
        self,
        info: ReleaseInfo,
        vocabulary: Vocabulary,
        network: Network,
        vectors: NDArray[np.float32],
        links: Links,
        familiarity: Familiarity,
    ) -> None:
        self.info = info
        self.vocabulary = vocabulary
        self.links = links
        self.familiarity = familiarity
        self._network = network
        self._vectors = vectors
        self._vectors.flags.writeable = False
        # As large as the inputs' own embedding; it saves a single person a third of the time in the tower.
        self._table = network.user.table(network.tastes(vectors))
        self._pushes = directions(vectors) * np.float32(REJECTION)
        self._network.eval()

    @property
    def version(self) -> str:
        """Names this model's vectors in every index."""
        return self.info.version

    def user_vectors(self, profiles: Sequence[Profile]) -> NDArray[np.float32]:
        """(n, 256) float32, one row a profile. Ratings of movies that the model does not know are ignored.

        To rounding they are what the network gives in training, in fewer steps: each costs a single person time.
        """
        if not profiles:
            return np.zeros((0, DIMENSION), np.float32)
        arrays = self.vocabulary.profile_arrays(profiles)
        vectors = np.ones((len(profiles), DIMENSION), np.float32)
        with paddle.no_grad():
            state = from_dlpack(arrays.inputs @ self._table)
            vectors[:, :-1] = self._network.user.taste(state).numpy() - arrays.rejected @ self._pushes
            if self.info.objective == "rating":
                vectors = self._network.scaled(paddle.to_tensor(vectors)).numpy()
        return vectors

    def movie_vectors(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """(movie_ids (m,) int64 ascending, vectors (m, 256) float32); score = user_vector @ movie_vector."""
        return self.vocabulary.movie_ids, self._vectors

    def new_movie_vector(self, movie: Movie) -> NDArray[np.float32]:
        """(256,) float32 for a title the model was not trained on, from its genres, year, title and details."""
        with paddle.no_grad():
            vector: NDArray[np.float32] = self._network.movie_vectors(self.vocabulary.movie_matrix([movie]))[0].numpy()
        return vector

    def save(self, folder: Path) -> None:
        """Write the release folder whole or not at all; one that lies there is replaced."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
            fresh = Path(temporary) / "release"
            fresh.mkdir()
            save_file(_weights(self._network), fresh / WEIGHTS_FILE)
            save_file({"movie_ids": self.vocabulary.movie_ids, "vectors": self._vectors}, fresh / MOVIES_FILE)
            save_file(_arrays(self.links), fresh / LINKS_FILE)
            save_file(_arrays(self.familiarity), fresh / FAMILIARITY_FILE)
            (fresh / TOKENS_FILE).write_text(json.dumps(self.vocabulary.tokens, indent=0), encoding="utf-8")
            (fresh / INFO_FILE).write_text(json.dumps(asdict(self.info), indent=2) + "\n", encoding="utf-8")
            if folder.exists():
                folder.rename(Path(temporary) / "replaced")
            fresh.rename(folder)

    @classmethod
    def load(cls, folder: Path | str) -> "Towers":
        """Read a release folder and check that it is whole.

        Raises:
            UnreadableRelease: no release lies there, it is damaged, or it was made by another version of the features.
        """
        folder = Path(folder)
        for name in (INFO_FILE, TOKENS_FILE, WEIGHTS_FILE, MOVIES_FILE, LINKS_FILE, FAMILIARITY_FILE):
            if not (folder / name).is_file():
                raise UnreadableRelease(f"{folder}: not a release folder, {name} is missing")
        try:
            info = ReleaseInfo(**json.loads((folder / INFO_FILE).read_text(encoding="utf-8")))
            if info.feature_version != FEATURE_VERSION:
                raise UnreadableRelease(
                    f"{folder}: made with features of version {info.feature_version}, this program reads version"
                    f" {FEATURE_VERSION}; train again"
                )
            tokens = json.loads((folder / TOKENS_FILE).read_text(encoding="utf-8"))
            movies = load_file(folder / MOVIES_FILE)
            links = Links(**load_file(folder / LINKS_FILE))
            familiarity = Familiarity(**load_file(folder / FAMILIARITY_FILE))
            weights = load_file(folder / WEIGHTS_FILE)
        except UnreadableRelease:
            raise
        except (OSError, ValueError, TypeError, SafetensorError) as error:
            raise UnreadableRelease(f"{folder}: damaged release ({error})") from error
        vocabulary = Vocabulary(movies["movie_ids"], tuple(tokens))
        if content_hash(weights, vocabulary, movies["vectors"], links, familiarity) != info.version:
            raise UnreadableRelease(f"{folder}: damaged release (its content is not that of version {info.version})")
        network = Network(len(vocabulary.movie_ids), len(tokens), info.objective)
        network.set_state_dict({name: paddle.to_tensor(value) for name, value in weights.items()})
        return cls(info, vocabulary, network, movies["vectors"], links, familiarity)


def directions(movie_vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """(m, 255) float32 of length 1: where (m, 256) movie vectors point, their bias aside."""
    tastes = movie_vectors[:, :-1]
    found: NDArray[np.float32] = tastes / np.maximum(np.linalg.norm(tastes, axis=1, keepdims=True), 1e-9)
    return found


def content_hash(
    weights: dict[str, NDArray[Any]],
    vocabulary: Vocabulary,
    vectors: NDArray[np.float32],
    links: Links,
    familiarity: Familiarity,
) -> str:
    """16 hexadecimal digits that name a trained model by what it is, wherever and whenever it was made."""
    digest = hashlib.sha256(json.dumps(vocabulary.tokens).encode())
    digest.update(vocabulary.movie_ids.tobytes())
    for array in (vectors, *_arrays(links).values(), *_arrays(familiarity).values()):
        digest.update(array.tobytes())
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(weights[name]).tobytes())
    return digest.hexdigest()[:16]


def _arrays(part: Links | Familiarity) -> dict[str, NDArray[Any]]:
    return {field.name: getattr(part, field.name) for field in fields(part)}


def _weights(network: Network) -> dict[str, NDArray[Any]]:
    return {name: tensor.numpy() for name, tensor in network.state_dict().items()}


def assemble(
    network: Network,
    vocabulary: Vocabulary,
    movies: Sequence[Movie],
    *,
    seed: int,
    dataset: str,
    validation_ndcg: float | None,
    trained_on: str = "",
    links: Links | None = None,
    familiarity: Familiarity | None = None,
) -> Towers:
    """Freeze a trained network into towers, its movie vectors computed once.

    Args:
        movies: (m,) in the order of the vocabulary.
        trained_on: see ReleaseInfo.
        links: the second stage; None for none.
        familiarity: what newcomers may be asked about; None for nothing.
    """
    links = links or Links.none(len(movies))
    familiarity = familiarity or Familiarity.none()
    network.eval()
    with paddle.no_grad():
        all_kept = np.ones((len(movies), 1), np.float32)
        vectors: NDArray[np.float32] = network.movie_vectors(vocabulary.movie_matrix(movies), kept=all_kept).numpy()
    info = ReleaseInfo(
        version=content_hash(_weights(network), vocabulary, vectors, links, familiarity),
        objective=network.objective,
        seed=seed,
        dataset=dataset,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        validation_ndcg=validation_ndcg,
        trained_on=trained_on,
    )
    return Towers(info, vocabulary, network, vectors, links, familiarity)
