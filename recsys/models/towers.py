"""Trained towers, ready to serve, and the release folder that stores them."""

import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from recsys.models.arrays import (
    MappedArrays,
    check_arrays,
    check_ascending,
    row_blocks,
    row_count,
    take_rows,
    write_arrays,
)
from recsys.models.directions import Directions
from recsys.models.exposure import ExposureModel
from recsys.models.features import FEATURE_VERSION, EncodedProfile, ProfileArrays, Vocabulary, leave_one_out
from recsys.models.item_reranker import ItemReranker
from recsys.models.neighbours import Neighbours
from recsys.models.network import DIMENSION, INPUT_MOVIES, REJECTION, Network
from recsys.models.new_movie_bias import NewMovieBias, bias_predictors
from recsys.models.release_info import INFO_FILE, ReleaseInfo
from recsys.models.user_states import user_states
from recsys.profile import Profile
from storage.private_files import make_private, make_private_folder
from storage.records import Movie
from storage.urls import one_line

ANSWER_SHRINKAGE = 0.5
"""Added to the number of answers in their scale, 1 / sqrt(k + 0.5), when serving. It shrinks the influence of few
answers (1 answer: x0.82, 20 answers: x0.99), because the user tower is over-confident about single answers, above all
at the top of a list (docs/decisions/009)."""

TOKENS_FILE = "tokens.json"
WEIGHTS_FILE, MOVIES_FILE, ITEM_RERANKER_FILE = "towers.safetensors", "movies.safetensors", "item_reranker.safetensors"
EXPOSURE_FILE = "exposure.safetensors"
FILES = (INFO_FILE, TOKENS_FILE, WEIGHTS_FILE, MOVIES_FILE, ITEM_RERANKER_FILE, EXPOSURE_FILE)
"""The files of a release folder, all of which it must have."""

NEIGHBOURS_FILE, NEW_MOVIE_BIAS_FILE = "neighbours.safetensors", "new_movie_bias.safetensors"
"""Releases lack these files if they were made before there were such parts."""

_Part = ItemReranker | ExposureModel | Neighbours | NewMovieBias


class UnreadableRelease(ValueError):
    """A release folder that cannot be served. The message gives the reason in one line."""


class Towers:
    """A trained model: it turns profiles and movies into 256-dimensional vectors. Create it with `load`.

    Attributes:
        info: the metadata of the release.
        vocabulary: the movies and tokens of the model.
        item_reranker: the second stage of the ranking.
        exposure: the model of which movies a newcomer has seen.
        neighbours: the movies that are most like each movie; none in releases that were made without them.
        new_movie_bias: the model of the bias of new movies; None in releases that were made without it.
        directions: of the movies, in the order of `vocabulary`.
    """

    def __init__(
        self,
        info: ReleaseInfo,
        vocabulary: Vocabulary,
        network: Network,
        vectors: NDArray[np.float32],
        item_reranker: ItemReranker,
        exposure: ExposureModel,
        neighbours: Neighbours,
        weights: Mapping[str, NDArray[Any]] | None = None,
        new_movie_bias: NewMovieBias | None = None,
    ) -> None:
        """Connect the parts of a model.

        Args:
            info: see the attributes, like `vocabulary`, `item_reranker`, `exposure`, `neighbours` and `new_movie_bias`.
            network: the trained network.
            vectors: (m, 256) float32, of the movies of the vocabulary.
            weights: the arrays of the network; None if it has its tables itself.
        """
        self.info = info
        self.vocabulary = vocabulary
        self.item_reranker = item_reranker
        self.exposure = exposure
        self.neighbours = neighbours
        self.new_movie_bias = new_movie_bias
        self._network = network
        self._weights = weights
        self._vectors = vectors
        self._vectors.flags.writeable = False
        self._states = user_states(network, weights, vectors)
        self.directions = Directions(vectors)
        self._files: Sequence[MappedArrays] = ()
        self._network.eval()

    def drop_from_memory(self) -> None:
        """Take what was read of the files of the release out of the memory of this process.

        All of it is read to be checked. Serving reads few of the rows, and reads them again.
        """
        for file in self._files:
            file.drop_from_memory()

    @property
    def version(self) -> str:
        """The name of this model's vectors in every index."""
        return self.info.version

    def user_vectors(self, profiles: Sequence[Profile]) -> NDArray[np.float32]:
        """Return (n, 256) float32, one row per profile. Ratings of movies that the model does not know are ignored."""
        return self.encoded_user_vectors([self.vocabulary.encode(profile) for profile in profiles])

    def encoded_user_vectors(self, profiles: Sequence[EncodedProfile]) -> NDArray[np.float32]:
        """Return `user_vectors` of profiles that `Vocabulary.encode` has encoded already."""
        if not profiles:
            return np.zeros((0, DIMENSION), np.float32)
        arrays = self.vocabulary.encoded_arrays(profiles, ANSWER_SHRINKAGE)
        return self._network.user_vectors_of_states(self._states.of_people(arrays), self._pushes(arrays))

    def user_vectors_without(
        self, profiles: Sequence[EncodedProfile], left_out: Sequence[Sequence[int]]
    ) -> list[NDArray[np.float32]]:
        """Return the user vectors with one part of each profile left out at a time, in one pass of the network.

        Args:
            profiles: n profiles.
            left_out: n sequences of positions of movies that the person rated, none of them rejected.

        Returns:
            n arrays (2 + k, 256) float32: the vector of the complete profile, of the profile without demographics, and
            of the profile without each of the k ratings. They equal `user_vectors` of these profiles up to rounding.
        """
        variants = [
            leave_one_out(person, movies, len(self._vectors), ANSWER_SHRINKAGE)
            for person, movies in zip(profiles, left_out, strict=True)
        ]
        states = np.concatenate([self._states.of_columns(variant.columns, variant.weights) for variant in variants])
        sizes = [len(variant.weights) for variant in variants]
        pushes = [self.directions[variant.rejected].sum(axis=0) * np.float32(REJECTION) for variant in variants]
        rejections = np.repeat(np.stack(pushes), sizes, axis=0)
        return np.split(self._network.user_vectors_of_states(states, rejections), np.cumsum(sizes)[:-1])

    def _pushes(self, arrays: ProfileArrays) -> NDArray[np.float32]:
        """Return (n, 255) float32, what the rejections of each person subtract from the user vector."""
        pushes: NDArray[np.float32] = self.directions.sums(arrays.rejected) * np.float32(REJECTION)
        return pushes

    def movie_vectors(self) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return (movie_ids (m,) int64 ascending, vectors (m, 256) float32); score = user_vector @ movie_vector."""
        return self.vocabulary.movie_ids, self._vectors

    def vectors_of(self, movie_ids: Sequence[int]) -> NDArray[np.float32]:
        """Return the vectors of some movies of the model, (n, 256) float32."""
        positions = self.vocabulary.positions
        return take_rows(self._vectors, np.array([positions[movie_id] for movie_id in movie_ids], np.int64))

    def exact_scores(self, user_vector: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the score of each movie for a user vector, (256,) float32, as (m,) float32."""
        scores = np.empty(len(self._vectors), np.float32)
        for block in row_blocks(self._vectors):
            scores[block] = self._vectors[block] @ user_vector
        return scores

    def new_movie_vector(self, movie: Movie) -> NDArray[np.float32]:
        """Return the (256,) float32 vector of a movie not trained on, from its genres, year, title and details."""
        tokens = self.vocabulary.movie_matrix([movie])
        vector: NDArray[np.float32] = self._network.frozen_movie_vectors(tokens)[0]
        if self.new_movie_bias is not None:
            vector[-1] = self.new_movie_bias.of(bias_predictors(tokens, [movie]))[0]
        return vector

    def save(self, folder: Path) -> None:
        """Write the release folder atomically, for this user only; an existing folder is replaced."""
        make_private_folder(folder.parent)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as temporary:
            fresh = Path(temporary) / "release"
            fresh.mkdir()
            write_arrays(self._weights or self._network.weights(), fresh / WEIGHTS_FILE)
            write_arrays({"movie_ids": self.vocabulary.movie_ids, "vectors": self._vectors}, fresh / MOVIES_FILE)
            write_arrays(_arrays(self.item_reranker), fresh / ITEM_RERANKER_FILE)
            write_arrays(_arrays(self.exposure), fresh / EXPOSURE_FILE)
            write_arrays(_arrays(self.neighbours), fresh / NEIGHBOURS_FILE)
            if self.new_movie_bias is not None:
                write_arrays(_arrays(self.new_movie_bias), fresh / NEW_MOVIE_BIAS_FILE)
            (fresh / TOKENS_FILE).write_text(json.dumps(self.vocabulary.tokens, indent=0), encoding="utf-8")
            (fresh / INFO_FILE).write_text(json.dumps(asdict(self.info), indent=2) + "\n", encoding="utf-8")
            make_private(fresh)
            if folder.exists():
                folder.rename(Path(temporary) / "replaced")
            fresh.rename(folder)

    @classmethod
    def load(cls, folder: Path | str) -> "Towers":
        """Read a release folder and check its content against its version.

        Raises:
            UnreadableRelease: the folder is no release, is damaged, or was made with another FEATURE_VERSION.
        """
        folder = Path(folder)
        try:
            for name in FILES:
                if not (folder / name).is_file():
                    raise UnreadableRelease(f"{folder}: not a release folder, {name} is missing")
            return cls._read(folder)
        except UnreadableRelease:
            raise
        except (OSError, ValueError, TypeError, RecursionError) as error:
            raise UnreadableRelease(f"{folder}: damaged release ({one_line(error)})") from error

    @classmethod
    def _read(cls, folder: Path) -> "Towers":
        """Read the files of a release folder and check every value.

        Raises:
            UnreadableRelease: the folder was made with another FEATURE_VERSION.
            OSError: a file cannot be read.
            ValueError: a file is damaged.
            TypeError: release.json lacks a field or has an unknown one.
            RecursionError: a JSON file is nested too deeply.
        """
        info = ReleaseInfo.parse((folder / INFO_FILE).read_text(encoding="utf-8"))
        if info.feature_version != FEATURE_VERSION:
            raise UnreadableRelease(
                f"{folder}: made with features of version {info.feature_version}, this program reads version"
                f" {FEATURE_VERSION}; train again"
            )
        tokens = _parse_tokens((folder / TOKENS_FILE).read_text(encoding="utf-8"))
        names = MOVIES_FILE, ITEM_RERANKER_FILE, EXPOSURE_FILE, WEIGHTS_FILE, NEIGHBOURS_FILE, NEW_MOVIE_BIAS_FILE
        files = {name: MappedArrays(folder / name) for name in names if (folder / name).is_file()}
        movies, weights = files[MOVIES_FILE], files[WEIGHTS_FILE]
        count = row_count(movies, "movie_ids")
        check_arrays(movies, {"movie_ids": (np.int64, (count,)), "vectors": (np.float32, (count, DIMENSION))})
        check_ascending(movies, "movie_ids")
        if count == 0:
            raise ValueError(f"{MOVIES_FILE} has no movies")
        vocabulary = Vocabulary(movies["movie_ids"], tokens)
        item_reranker = ItemReranker.from_arrays(files[ITEM_RERANKER_FILE], count)
        exposure = ExposureModel.from_arrays(files[EXPOSURE_FILE])
        neighbours = Neighbours.none(count)
        if NEIGHBOURS_FILE in files:
            neighbours = Neighbours.from_arrays(files[NEIGHBOURS_FILE], count)
        bias = None
        if NEW_MOVIE_BIAS_FILE in files:
            bias = NewMovieBias.from_arrays(files[NEW_MOVIE_BIAS_FILE], len(tokens))
        parts = item_reranker, exposure, neighbours
        if content_hash(weights, vocabulary, movies["vectors"], *parts, bias) != info.version:
            raise ValueError(f"its content does not match version {info.version}")
        inputs = _input_movies(weights, count)
        network = Network(count, len(tokens), info.objective, spread=0.0, input_movies=inputs, has_tables=False)
        network.load_weights(weights)
        towers = cls(info, vocabulary, network, movies["vectors"], *parts, weights, bias)
        towers._files = tuple(files.values())
        towers.drop_from_memory()
        return towers


def _input_movies(weights: Mapping[str, NDArray[Any]], movie_count: int) -> NDArray[np.int64] | None:
    """Return the movies that have input embeddings; None for all.

    Raises:
        ValueError: they are no ascending positions of movies.
    """
    if INPUT_MOVIES not in weights:
        return None
    check_arrays({INPUT_MOVIES: weights[INPUT_MOVIES]}, {INPUT_MOVIES: (np.int64, (row_count(weights, INPUT_MOVIES),))})
    check_ascending(weights, INPUT_MOVIES)
    positions: NDArray[np.int64] = weights[INPUT_MOVIES]
    if len(positions) and not 0 <= positions[0] <= positions[-1] < movie_count:
        raise ValueError(f"{INPUT_MOVIES} has a position outside of 0..{movie_count - 1}")
    return positions


def _parse_tokens(text: str) -> tuple[str, ...]:
    """Read the text of a tokens.json.

    Raises:
        ValueError: it is not a JSON list of different texts.
    """
    tokens = json.loads(text)
    if not isinstance(tokens, list) or not all(isinstance(token, str) for token in tokens):
        raise ValueError(f"{TOKENS_FILE} is no list of texts")
    if len(set(tokens)) < len(tokens):
        raise ValueError(f"{TOKENS_FILE} has a token twice")
    return tuple(tokens)


def content_hash(
    weights: dict[str, NDArray[Any]],
    vocabulary: Vocabulary,
    vectors: NDArray[np.float32],
    item_reranker: ItemReranker,
    exposure: ExposureModel,
    neighbours: Neighbours,
    new_movie_bias: NewMovieBias | None = None,
) -> str:
    """Return 16 hexadecimal digits that identify a trained model by its content.

    A model without neighbours, or without a model of the bias of new movies, has the digits that it had before there
    were such parts.
    """
    digest = hashlib.sha256(json.dumps(vocabulary.tokens).encode())
    digest.update(vocabulary.movie_ids.tobytes())
    parts: list[_Part] = [item_reranker, exposure, neighbours]
    if new_movie_bias is not None:
        parts.append(new_movie_bias)
    for array in (vectors, *(array for part in parts for array in _arrays(part).values())):
        for piece in _bytes_of(array):
            digest.update(piece)
    for name in sorted(weights):
        digest.update(name.encode())
        for piece in _bytes_of(weights[name]):
            digest.update(piece)
    return digest.hexdigest()[:16]


def _bytes_of(array: NDArray[Any]) -> Iterator[memoryview]:
    """Yield the bytes of an array in pieces, without copies of those that are contiguous."""
    rows = np.atleast_1d(array)
    for block in row_blocks(rows):
        yield np.ascontiguousarray(rows[block]).ravel().view(np.uint8).data


def _arrays(part: _Part) -> dict[str, NDArray[Any]]:
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
    neighbours: Neighbours | None = None,
    new_movie_bias: NewMovieBias | None = None,
    tokens: csr_matrix | None = None,
) -> Towers:
    """Freeze a trained network into towers and compute the movie vectors.

    Args:
        network: the trained network.
        vocabulary: the vocabulary that it was trained with.
        movies: (m,) in the order of the vocabulary.
        seed: see ReleaseInfo.
        dataset: see ReleaseInfo.
        validation_ndcg: see ReleaseInfo.
        trained_on: see ReleaseInfo.
        item_reranker: the second stage; None for a re-ranker that changes nothing.
        exposure: the exposure model; None for a model of no movie.
        neighbours: the neighbours of the movies; None for none.
        new_movie_bias: the model of the bias of new movies; None to take it from the movie tower.
        tokens: what `Vocabulary.movie_matrix` returns for the movies; None to compute it.
    """
    item_reranker = item_reranker or ItemReranker.none(len(movies))
    exposure = exposure or ExposureModel.none()
    neighbours = neighbours or Neighbours.none(len(movies))
    parts = item_reranker, exposure, neighbours
    network.eval()
    with_ids = np.ones((len(movies), 1), np.float32)
    tokens = vocabulary.movie_matrix(movies) if tokens is None else tokens
    vectors = network.frozen_movie_vectors(tokens, with_ids)
    info = ReleaseInfo(
        version=content_hash(network.weights(), vocabulary, vectors, *parts, new_movie_bias),
        objective=network.objective,
        seed=seed,
        dataset=dataset,
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        validation_ndcg=validation_ndcg,
        trained_on=trained_on,
    )
    return Towers(info, vocabulary, network, vectors, *parts, new_movie_bias=new_movie_bias)
