"""Tests of the directions of movie vectors and of the positions of movies."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from recsys.models.directions import Directions
from recsys.models.positions import SortedPositions

VECTORS = np.array([[3, 4, 9], [0, 0, 1], [0, -2, 5]], np.float32)
DIRECTIONS = Directions(VECTORS)


def test_directions_are_unit_vectors_without_the_bias() -> None:
    """A vector of zeros has no direction."""
    assert DIRECTIONS[0] == pytest.approx([0.6, 0.8])
    assert DIRECTIONS[[2, 1]].tolist() == [[0, -1], [0, 0]]


def test_cosines_are_inner_products_with_all_directions() -> None:
    """The length of a vector does not count."""
    assert DIRECTIONS.cosines(np.array([1, 0.5], np.float32)) == pytest.approx([1, 0, -0.5])


def test_cosines_of_many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are those of one block, up to rounding."""
    vectors = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    direction = np.linspace(-1, 1, 7, dtype=np.float32)
    expected = Directions(vectors).cosines(direction)
    monkeypatch.setattr("recsys.models.arrays.BLOCK_BYTES", 100)
    assert Directions(vectors).cosines(direction) == pytest.approx(expected, abs=1e-6)


def test_sums_are_weighted_sums_of_directions() -> None:
    """Row 0 has the first and twice the last direction, and row 1 has none."""
    weights = csr_matrix(np.array([[1, 0, 2], [0, 0, 0]], np.float32))
    assert DIRECTIONS.sums(weights) == pytest.approx(np.array([[0.6, -1.2], [0, 0]]))


def test_positions_of_ascending_numbers() -> None:
    """A number that is missing has no position, wherever it would be."""
    positions = SortedPositions(np.array([2, 5, 9], np.int64))
    assert dict(positions) == {2: 0, 5: 1, 9: 2}
    assert len(positions) == 3
    assert [number in positions for number in (1, 3, 10)] == [False] * 3
    assert positions.get(3) is None
