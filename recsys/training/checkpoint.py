"""The checkpoint of an unfinished training run."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import paddle
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Everything that changes during a run.

    Attributes:
        fingerprint: digest of the run's data, options and code, see `training_fingerprint`.
        epoch: number of finished epochs.
        best_ndcg: see `EarlyStopping`, as are the next two.
        best_weights: of the network.
        validations_without_gain: since the last gain.
        network: state of the network, with tensors.
        optimizer: state of the optimizer, with tensors.
    """

    fingerprint: str
    epoch: int
    best_ndcg: float | None
    best_weights: dict[str, NDArray[Any]] | None
    validations_without_gain: int
    network: dict[str, Any]
    optimizer: dict[str, Any]

    def save(self, path: Path) -> None:
        """Write the checkpoint atomically; an earlier one is replaced."""
        unfinished = path.with_suffix(".part")
        paddle.save({field.name: getattr(self, field.name) for field in fields(self)}, str(unfinished))
        unfinished.replace(path)

    @classmethod
    def load(cls, path: Path, fingerprint: str) -> "Checkpoint | None":
        """Read a checkpoint; None if the file is missing or belongs to a run with another fingerprint."""
        if not path.exists():
            return None
        state = paddle.load(str(path), return_numpy=False)
        # Another version of the code may have written other fields, so compare first.
        return cls(**state) if state["fingerprint"] == fingerprint else None
