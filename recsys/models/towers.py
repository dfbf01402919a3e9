"""Trained towers, ready to serve, and the release folder that holds them: profiles in, 256-d vectors out."""

import hashlib
import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from recsys.models.exposure import ExposureModel
from recsys.models.features import FEATURE_VERSION, KINDS, AnswerKind, EncodedProfile, Vocabulary
from recsys.models.item_reranker import ItemReranker
from recsys.models.network import DIMENSION, REJECTION, Network, directions
from recsys.profile import Profile
from storage.records import Movie

ANSWER_SHRINKAGE = 0.5
"""Training makes the user tower too sure of a single answer, more so of what can stand on top of a list. Served, one
answer counts .82 of what it does in training, and twenty .99; docs/decisions/009 has what that brings."""

INFO_FILE, TOKENS_FILE = "release.json", "tokens.json"
WEIGHTS_FILE, MOVIES_FILE, ITEM_RERANKER_FILE = "towers.safetensors", "movies.safetensors", "item_reranker.safetensors"
EXPOSURE_FILE = "exposure.safetensors"


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


class Towers:
    """A trained model, ready to serve: profiles in, 256-d vectors out. Build it with `load`.

    Attributes:
        info: what the release says of itself.
        vocabulary: what the model knows.
        item_reranker: the second stage.
        exposure: what newcomers may be asked about.
    """

    def __init__(
        self,
        info: ReleaseInfo,
        vocabulary: Vocabulary,
        network: Network,
        vectors: NDArray[np.float32],
        item_reranker: ItemReranker,
        exposure: ExposureModel,
    ) -> None:
        self.info = info
        self.vocabulary = vocabulary
        self.item_reranker = item_reranker
        self.exposure = exposure
        self._network = network
        self._vectors = vectors
        self._vectors.flags.writeable = False
        # As large as the inputs' own embedding; it saves a single person a third of the time in the tower.
        self._table = network.user.table(network.tastes(vectors))
        nobody = vocabulary.profile_arrays([Profile()], ANSWER_SHRINKAGE).inputs
        self._nobody = (nobody @ self._table)[0]
        self._pushes = directions(vectors) * np.float32(REJECTION)
        self._network.eval()

    @property
    def version(self) -> str:
        """Names this model's vectors in every index."""
        return self.info.version

    def user_vectors(self, profiles: Sequence[Profile]) -> NDArray[np.float32]:
        """(n, 256) float32, one row a profile. Ratings of movies that the model does not know are ignored."""
        return self.encoded_user_vectors([self.vocabulary.encode(profile) for profile in profiles])

    def encoded_user_vectors(self, profiles: Sequence[EncodedProfile]) -> NDArray[np.float32]:
        """`user_vectors` of profiles that `Vocabulary.encode` has encoded already."""
        if not profiles:
            return np.zeros((0, DIMENSION), np.float32)
        arrays = self.vocabulary.encoded_arrays(profiles, ANSWER_SHRINKAGE)
        return self._network.served(arrays.inputs @ self._table, arrays.rejected @ self._pushes)

    def user_vectors_without(
        self, profiles: Sequence[EncodedProfile], left_out: Sequence[Sequence[int]]
    ) -> list[NDArray[np.float32]]:
        """How each user vector would be with one part of the profile left out at a time, in one pass of the network.

        Args:
            profiles: n people.
            left_out: for each of them, positions of rated movies, none of them rejected.

        Returns:
            n arrays (2 + movies, 256) float32: of the whole profile, of the one without demographics, and without the
            rating of each of the movies. All are as `user_vectors` has them, to rounding.
        """
        arrays = self.vocabulary.encoded_arrays(profiles, ANSWER_SHRINKAGE)
        inputs, states = arrays.inputs, []
        for row, positions in enumerate(left_out):
            own = slice(inputs.indptr[row], inputs.indptr[row + 1])
            states.append(self._states_without(inputs.indices[own], inputs.data[own], np.array(positions, np.int64)))
        sizes = [len(each) for each in states]
        pushed = np.repeat(arrays.rejected @ self._pushes, sizes, axis=0)
        return np.split(self._network.served(np.concatenate(states), pushed), np.cumsum(sizes)[:-1])

    def _states_without(
        self, columns: NDArray[np.int32], weights: NDArray[np.float32], positions: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """(2 + movies, WIDTH) float32: what the blocks read of one row of inputs, and what they would without parts."""
        said = weights[:, np.newaxis] * self._table[columns]
        is_answer = columns < KINDS * len(self.vocabulary.movie_ids)
        state = said.sum(axis=0)
        anonymous = state + self._nobody - said[~is_answer].sum(axis=0)
        is_told = is_answer & (columns % KINDS != AnswerKind.UNSEEN)
        told, movies = said[is_told], columns[is_told] // KINDS
        of_each = (positions[:, np.newaxis] == movies).astype(np.float32) @ told
        everything, count = told.sum(axis=0), len(np.unique(movies))
        # The fewer there are, the more each of them counts; of none nothing is left to be scaled.
        louder = np.sqrt((count + ANSWER_SHRINKAGE) / (count - 1 + ANSWER_SHRINKAGE)) if count else 1.0
        without = state - everything + (everything - of_each) * np.float32(louder)
        return np.concatenate([state[np.newaxis], anonymous[np.newaxis], without])

    def movie_vectors(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """(movie_ids (m,) int64 ascending, vectors (m, 256) float32); score = user_vector @ movie_vector."""
        return self.vocabulary.movie_ids, self._vectors

    def new_movie_vector(self, movie: Movie) -> NDArray[np.float32]:
        """(256,) float32 for a title the model was not trained on, from its genres, year, title and details."""
        vector: NDArray[np.float32] = self._network.frozen_movie_vectors(self.vocabulary.movie_matrix([movie]))[0]
        return vector

    def save(self, folder: Path) -> None:
        """Write the release folder whole or not at all; one that lies there is replaced."""
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
            fresh = Path(temporary) / "release"
            fresh.mkdir()
            save_file(self._network.weights(), fresh / WEIGHTS_FILE)
            save_file({"movie_ids": self.vocabulary.movie_ids, "vectors": self._vectors}, fresh / MOVIES_FILE)
            save_file(_arrays(self.item_reranker), fresh / ITEM_RERANKER_FILE)
            save_file(_arrays(self.exposure), fresh / EXPOSURE_FILE)
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
        for name in (INFO_FILE, TOKENS_FILE, WEIGHTS_FILE, MOVIES_FILE, ITEM_RERANKER_FILE, EXPOSURE_FILE):
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
            item_reranker = ItemReranker(**load_file(folder / ITEM_RERANKER_FILE))
            exposure = ExposureModel(**load_file(folder / EXPOSURE_FILE))
            weights = load_file(folder / WEIGHTS_FILE)
        except UnreadableRelease:
            raise
        except (OSError, ValueError, TypeError, SafetensorError) as error:
            raise UnreadableRelease(f"{folder}: damaged release ({error})") from error
        vocabulary = Vocabulary(movies["movie_ids"], tuple(tokens))
        if content_hash(weights, vocabulary, movies["vectors"], item_reranker, exposure) != info.version:
            raise UnreadableRelease(f"{folder}: damaged release (its content is not that of version {info.version})")
        network = Network(len(vocabulary.movie_ids), len(tokens), info.objective, spread=0.0)
        network.load_weights(weights)
        return cls(info, vocabulary, network, movies["vectors"], item_reranker, exposure)


def content_hash(
    weights: dict[str, NDArray[Any]],
    vocabulary: Vocabulary,
    vectors: NDArray[np.float32],
    item_reranker: ItemReranker,
    exposure: ExposureModel,
) -> str:
    """16 hexadecimal digits that name a trained model by what it is, wherever and whenever it was made."""
    digest = hashlib.sha256(json.dumps(vocabulary.tokens).encode())
    digest.update(vocabulary.movie_ids.tobytes())
    for array in (vectors, *_arrays(item_reranker).values(), *_arrays(exposure).values()):
        digest.update(array.tobytes())
    for name in sorted(weights):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(weights[name]).tobytes())
    return digest.hexdigest()[:16]


def _arrays(part: ItemReranker | ExposureModel) -> dict[str, NDArray[Any]]:
    return {field.name: getattr(part, field.name) for field in fields(part)}


def assemble(
    network: Network,
    vocabulary: Vocabulary,
    movies: Sequence[Movie],
    *,
    seed: int,
    dataset: str,
    validation_ndcg: float | None,
    trained_on: str = "",
    item_reranker: ItemReranker | None = None,
    exposure: ExposureModel | None = None,
) -> Towers:
    """Freeze a trained network into towers, its movie vectors computed once.

    Args:
        movies: (m,) in the order of the vocabulary.
        trained_on: see ReleaseInfo.
        item_reranker: the second stage; None for none.
        exposure: what newcomers may be asked about; None for nothing.
    """
    item_reranker = item_reranker or ItemReranker.none(len(movies))
    exposure = exposure or ExposureModel.none()
    network.eval()
    all_kept = np.ones((len(movies), 1), np.float32)
    vectors = network.frozen_movie_vectors(vocabulary.movie_matrix(movies), all_kept)
    info = ReleaseInfo(
        version=content_hash(network.weights(), vocabulary, vectors, item_reranker, exposure),
        objective=network.objective,
        seed=seed,
        dataset=dataset,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        validation_ndcg=validation_ndcg,
        trained_on=trained_on,
    )
    return Towers(info, vocabulary, network, vectors, item_reranker, exposure)
