"""A checkpoint is data: reading it executes nothing, and anything but a complete, unchanged checkpoint is ignored."""

import dataclasses
import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from recsys.data import Dataset
from recsys.protocol.newcomers import split_people
from recsys.training.checkpoint import Checkpoint
from recsys.training.fit import train_release
from recsys.training.options import TrainingOptions

CHECKPOINT = Checkpoint(
    fingerprint="f",
    epoch=3,
    part=2,
    best_ndcg=0.1 + 0.2,
    best_weights={"movie.mix.bias": np.array([1.5, -0.0], np.float32)},
    validations_without_gain=1,
    network={"movie.mix.bias": np.array([2.5, 1e-30], np.float32)},
    optimizer={"linear_0.w_0_moment1_0": np.ones((2, 3), np.float32)},
    schedule={"last_epoch": 4, "last_lr": 0.0002633436854000504},
)


class Planted:
    """An object that creates a file when it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self._trace = trace

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.mkdir, (str(self._trace),)


def test_a_checkpoint_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Every number comes back to the last bit, for the run of the same fingerprint only."""
    CHECKPOINT.save(tmp_path / "a.checkpoint")
    loaded = Checkpoint.load(tmp_path / "a.checkpoint", "f")
    assert loaded is not None
    for field in dataclasses.fields(Checkpoint):
        np.testing.assert_equal(getattr(loaded, field.name), getattr(CHECKPOINT, field.name))
    assert Checkpoint.load(tmp_path / "a.checkpoint", "g") is None
    assert Checkpoint.load(tmp_path / "b.checkpoint", "f") is None
    assert [path.name for path in tmp_path.iterdir()] == ["a.checkpoint"]


def test_before_the_first_validation_there_are_no_best_weights(tmp_path: Path) -> None:
    """A part without arrays comes back empty."""
    dataclasses.replace(CHECKPOINT, best_ndcg=None, best_weights={}).save(tmp_path / "a.checkpoint")
    loaded = Checkpoint.load(tmp_path / "a.checkpoint", "f")
    assert loaded is not None
    assert (loaded.best_ndcg, loaded.best_weights) == (None, {})


@pytest.mark.parametrize("position", [0, 20, 200, -1])
def test_a_checkpoint_with_a_changed_byte_is_ignored(
    tmp_path: Path, position: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The digest covers the metadata and the arrays; the log says why the training starts over."""
    path = tmp_path / "a.checkpoint"
    CHECKPOINT.save(path)
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)
    assert Checkpoint.load(path, "f") is None
    assert "is ignored" in caplog.text


@pytest.mark.parametrize("content", [b"", b"{}", b"\x80\x04]", bytes(100)], ids=["empty", "text", "pickle", "zeros"])
def test_a_file_that_is_no_checkpoint_is_ignored(tmp_path: Path, content: bytes) -> None:
    """Neither is a safetensors file without our metadata a checkpoint, nor a folder."""
    path = tmp_path / "a.checkpoint"
    path.write_bytes(content)
    assert Checkpoint.load(path, "f") is None
    save_file({"network/movie.mix.bias": np.zeros(2, np.float32)}, path)
    assert Checkpoint.load(path, "f") is None
    assert Checkpoint.load(tmp_path, "f") is None


@pytest.mark.slow
def test_code_in_an_old_checkpoint_is_not_executed(board: Dataset, tmp_path: Path) -> None:
    """Earlier versions unpickled the file; now the training starts over and replaces it."""
    checkpoint = tmp_path / "models" / ".release.checkpoint"
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(pickle.dumps(Planted(tmp_path / "trace")))
    options = TrainingOptions(epochs=2, min_steps=0, validations=2)
    reported: list[int] = []
    train_release(
        board,
        split_people(board, 0),
        options,
        tmp_path / "models" / "release",
        progress=lambda state: reported.append(state.done),
    )
    assert reported == [1, 2]
    assert not (tmp_path / "trace").exists()
    assert [path.name for path in checkpoint.parent.iterdir()] == ["release"]
