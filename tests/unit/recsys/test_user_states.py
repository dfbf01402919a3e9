"""The states of large catalogues equal those of small ones, and a release is served from its files."""

from pathlib import Path

import numpy as np
import paddle
import pytest
from safetensors.numpy import save_file

from recsys.data import Dataset
from recsys.models import user_states as states_module
from recsys.models.arrays import MappedArrays
from recsys.models.features import Vocabulary
from recsys.models.network import Network
from recsys.models.towers import Towers, assemble
from recsys.profile import Profile
from tests.builders import movie

PEOPLE = (
    Profile(),
    Profile("F", 28, 4, {10: 5, 20: 1, 30: 3.5, 60: 2.5}, frozenset({40, 50})),
    Profile(ratings={60: 1.5}),
    Profile("M", ratings=dict.fromkeys(range(10, 110, 10), 4.0)),
)


@pytest.fixture(params=[None, 7], ids=["all movies have embeddings", "some movies have embeddings"])
def release(request: pytest.FixtureRequest, board: Dataset, tmp_path: Path) -> Path:
    """A release folder of random weights."""
    vocabulary = Vocabulary.build(board.movies)
    input_movies = None if request.param is None else np.arange(0, len(board.movies), request.param)
    paddle.seed(1)
    network = Network(len(board.movies), len(vocabulary.tokens), "softmax", spread=20.0, input_movies=input_movies)
    network.centre.set_value(np.linspace(-0.1, 0.1, 256, dtype=np.float32))
    assemble(network, vocabulary, board.movies, seed=0, dataset="board", validation_ndcg=None).save(
        tmp_path / "release"
    )
    return tmp_path / "release"


def test_a_large_catalogue_has_no_table_and_the_same_vectors(
    release: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """User vectors, vectors without a part of the profile and those of new movies; saving keeps every weight."""
    small = Towers.load(release)
    monkeypatch.setattr(states_module, "TABLE_MOVIES", 0)
    large = Towers.load(release)
    np.testing.assert_allclose(large.user_vectors(PEOPLE), small.user_vectors(PEOPLE), atol=1e-4)
    assert np.ptp(small.user_vectors(PEOPLE), axis=0)[:-1].max() > 0.1
    encoded = [small.vocabulary.encode(person) for person in PEOPLE]
    left_out = [[], [0], [], [0, 3]]
    for found, expected in zip(
        large.user_vectors_without(encoded, left_out), small.user_vectors_without(encoded, left_out), strict=True
    ):
        np.testing.assert_allclose(found, expected, atol=1e-4)
    new = movie(9999, genres=("Odd",))
    np.testing.assert_allclose(large.new_movie_vector(new), small.new_movie_vector(new), atol=1e-5)
    large.save(tmp_path / "saved")
    assert Towers.load(tmp_path / "saved").version == small.version


def test_mapped_arrays_are_those_of_the_file(tmp_path: Path) -> None:
    """Every kind of number, empty arrays and single numbers; they are still there after they were dropped."""
    arrays = {
        "floats": np.arange(6, dtype=np.float32).reshape(2, 3),
        "ids": np.array([3, -1], np.int64),
        "flags": np.array([True, False, True]),
        "none": np.zeros((0, 4), np.float32),
        "number": np.array(7, np.int32),
    }
    save_file(arrays, tmp_path / "arrays.safetensors")
    mapped = MappedArrays(tmp_path / "arrays.safetensors")
    mapped.drop_from_memory()
    assert mapped.keys() == arrays.keys()
    for name, array in arrays.items():
        assert (mapped[name].dtype, mapped[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(mapped[name], array)
