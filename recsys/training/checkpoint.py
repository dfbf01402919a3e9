"""The checkpoint of an unfinished training run: one safetensors file, whose metadata holds the rest as JSON.

Reading the file executes nothing that is in it.
"""

import hashlib
import json
import logging
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from recsys.models.arrays import write_arrays
from recsys.training.workers import Workers
from storage.private_files import make_private

Arrays = Mapping[str, NDArray[Any]]

_ARRAYS = ("best_weights", "network", "optimizer")
_NUMBERS = ("fingerprint", "epoch", "part", "best_ndcg", "validations_without_gain", "schedule")
"""The names of the fields of `Checkpoint` that are arrays, and of those that become JSON."""

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """Everything that changes during a run.

    Attributes:
        fingerprint: digest of the run's data, options and code, see `training_fingerprint`.
        epoch: number of finished epochs.
        part: number of finished parts of the epoch that follows.
        best_ndcg: see `EarlyStopping`, as are the next two.
        best_weights: of the network; empty before the first validation.
        validations_without_gain: since the last gain.
        network: weights of the network.
        optimizer: moments of the optimizer.
        schedule: position of the optimizer in the schedule of its learning rate.
    """

    fingerprint: str
    epoch: int
    part: int
    best_ndcg: float | None
    best_weights: Arrays
    validations_without_gain: int
    network: Arrays
    optimizer: Arrays
    schedule: Mapping[str, float]

    def save(self, path: Path) -> None:
        """Write the checkpoint atomically, for this user only; an earlier one is replaced."""
        arrays = {f"{part}/{name}": array for part in _ARRAYS for name, array in getattr(self, part).items()}
        numbers = json.dumps({name: getattr(self, name) for name in _NUMBERS})
        unfinished = path.with_suffix(".part")
        write_arrays(arrays, unfinished, {"numbers": numbers, "digest": _digest(numbers, arrays)})
        make_private(unfinished)
        unfinished.replace(path)

    def of_first(self, workers: Workers) -> "Checkpoint | None":
        """Return the first worker's checkpoint; None if it belongs to a run with another fingerprint than this one."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "state"
            if workers.is_first:
                self.save(path)
            path.write_bytes(workers.send(path.read_bytes() if workers.is_first else b""))
            return self.load(path, self.fingerprint)

    @classmethod
    def load(cls, path: Path, fingerprint: str) -> "Checkpoint | None":
        """Read a checkpoint.

        Returns:
            None if the file is missing, belongs to a run with another fingerprint, or is not a complete and unchanged
            checkpoint, which is logged.
        """
        try:
            with safe_open(path, framework="numpy") as file:
                metadata: Mapping[str, str] = file.metadata() or {}
                arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        except FileNotFoundError:
            return None
        except (OSError, SafetensorError, AttributeError, TypeError, ValueError) as error:
            _logger.warning("%s is not a checkpoint and is ignored: %s", path, error)
            return None
        numbers = metadata.get("numbers", "")
        if metadata.get("digest") != _digest(numbers, arrays):
            _logger.warning("%s is a damaged checkpoint and is ignored", path)
            return None
        fields: dict[str, Any] = json.loads(numbers)
        # Another version of the code may have written other fields, so compare first.
        if fields["fingerprint"] != fingerprint:
            return None
        parts: dict[str, dict[str, NDArray[Any]]] = {part: {} for part in _ARRAYS}
        for key, array in arrays.items():
            part, _, name = key.partition("/")
            parts[part][name] = array
        return cls(**fields | parts)


def _digest(numbers: str, arrays: Arrays) -> str:
    """Return 64 hexadecimal digits that depend on everything in a checkpoint."""
    digest = hashlib.sha256(numbers.encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
