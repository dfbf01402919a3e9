"""The states of large catalogues equal those of small ones, and a release is served from its files."""

import os
import sys
from pathlib import Path

import numpy as np
import paddle
import pytest
from safetensors.numpy import save_file

from recsys.data import Dataset
from recsys.models import user_states as states_module
from recsys.models.arrays import BLOCK_BYTES, MappedArrays, row_blocks, take_rows
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


@pytest.mark.parametrize("shape", [(0,), (0, 5), (4, 0), (1,), (10,), (10, 3), (7, 2, 2)])
def test_blocks_cover_an_array_once(shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """A block has at least one row, also of rows that are larger than a block."""
    monkeypatch.setattr("recsys.models.arrays.BLOCK_BYTES", 20)
    array = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
    blocks = [array[block] for block in row_blocks(array)]
    assert [row.tolist() for block in blocks for row in block] == array.tolist()
    assert all(len(block) == 1 or block.nbytes <= 20 for block in blocks)


@pytest.mark.skipif(sys.platform != "linux", reason="the resident memory of a map is read from /proc")
def test_a_file_is_read_whole_in_little_memory(tmp_path: Path) -> None:
    """Some views of its arrays are read, too. After a block, nothing of the file is in the memory of the process."""
    path = tmp_path / "arrays.safetensors"
    numbers = np.arange(5 * BLOCK_BYTES // 8, dtype=np.float64).reshape(-1, 64)
    save_file({"numbers": numbers}, path)
    mapped = MappedArrays(path)["numbers"]
    for array, expected in ((mapped, numbers), (mapped[:, :-1], numbers[:, :-1])):
        resident, total = [], 0.0
        for block in row_blocks(array):
            resident.append(resident_bytes(path))
            total += array[block].sum()
        assert total == pytest.approx(expected.sum())
        assert len(resident) == 5
        # The header of the file and what the kernel reads beside it may remain.
        assert max(resident) < BLOCK_BYTES / 10
    rows = np.random.default_rng(0).permutation(len(numbers))[: len(numbers) // 16]
    np.testing.assert_array_equal(take_rows(mapped, rows), numbers[rows])
    assert resident_bytes(path) < BLOCK_BYTES / 10


def resident_bytes(path: Path) -> int:
    """Return how many bytes of a mapped file are in the memory of this process."""
    lines = Path(f"/proc/{os.getpid()}/smaps").read_text().splitlines()
    maps = [place for place, line in enumerate(lines) if line.endswith(str(path))]
    sizes = [next(line for line in lines[place:] if line.startswith("Rss:")) for place in maps]
    return sum(1024 * int(size.split()[1]) for size in sizes)
