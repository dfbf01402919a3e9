"""AdamW with a one-cycle learning rate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import paddle
from numpy.typing import NDArray
from paddle import Tensor
from paddle.utils import unique_name

from recsys.models.network import Network
from recsys.training.options import TrainingOptions
from recsys.training.row_adamw import RowAdamW
from recsys.training.workers import Workers

_SCHEDULE = "LR_Scheduler"
"""The key of the schedule in Paddle's state of an optimizer."""

INPUTS, IDS = "user.inputs", "movie.ids"
"""The names of the tables that are optimized row by row."""


@dataclass(frozen=True, slots=True, eq=False)
class TableRows:
    """Rows of a table that one step uses.

    Attributes:
        table: INPUTS or IDS.
        rows: (k,) int64, different positions.
        values: (k, d) float32; its gradient is that of the rows.
    """

    table: str
    rows: NDArray[np.int64]
    values: Tensor


class Optimizer:
    """AdamW under a one-cycle schedule; weight decay applies to matrices only, not to biases and norms."""

    def __init__(
        self,
        network: Network,
        options: TrainingOptions,
        total_steps: int,
        *,
        by_row: bool = False,
        workers: Workers | None = None,
    ) -> None:
        """Optimize all parameters of a network.

        Args:
            total_steps: length of the learning rate's cycle.
            by_row: whether the tables INPUTS and IDS get gradients of single rows, by the method `rows`.
            workers: add up their gradients; None for one worker.
        """
        self._workers = workers or Workers()
        self._schedule = _one_cycle(options, total_steps)
        decay = 0.0 if options.objective == "rating" else options.weight_decay
        self._weights: dict[str, Tensor] = {}
        if by_row:
            self._weights = {INPUTS: network.user.inputs.weight, IDS: network.movie.ids.weight}
        rates = _learning_rates(options, total_steps) if by_row else np.zeros(0)
        self._tables = {name: RowAdamW(_memory(weight), rates, decay) for name, weight in self._weights.items()}
        for weight in self._weights.values():
            weight.stop_gradient = True
        self._parameters = [parameter for parameter in network.parameters() if not parameter.stop_gradient]
        decayed = {parameter.name for parameter in self._parameters if parameter.ndim > 1}
        self._adamw = paddle.optimizer.AdamW(
            self._schedule,
            parameters=self._parameters,
            weight_decay=decay,
            apply_decay_param_fun=decayed.__contains__,
        )

    @property
    def is_by_row(self) -> bool:
        """Whether INPUTS and IDS get gradients of single rows."""
        return bool(self._tables)

    def rows(self, table: str, rows: NDArray[np.int64]) -> TableRows:
        """Return rows of a table as they are now, for one step.

        Args:
            table: INPUTS or IDS.
            rows: (k,) different positions.
        """
        values = paddle.to_tensor(self._tables[table].read(rows, self._finished_steps))
        values.stop_gradient = False
        return TableRows(table, rows, values)

    def catch_up(self, table: str, rows: NDArray[np.int64]) -> None:
        """Bring rows of a table up to date that a step reads and does not train."""
        self._tables[table].catch_up(rows, self._finished_steps)

    def catch_up_all(self) -> None:
        """Bring all tables up to date, before the network is measured or stored as trained."""
        for table in self._tables.values():
            table.catch_up_all(self._finished_steps)

    def step(self, used: Sequence[TableRows] = ()) -> None:
        """Apply the gradients of all workers, clear them, and advance the learning rate.

        Args:
            used: all rows that this step got from `rows`.
        """
        if self._workers.count > 1:
            tensors = [*self._parameters, *(part.values for part in used)]
            self._workers.add_up([_memory(tensor.grad) for tensor in tensors if tensor.grad is not None])
        for part in used:
            gradient = part.values.grad
            assert gradient is not None  # noqa: S101 - for the type checker: the loss depends on the rows.
            self._tables[part.table].update(part.rows, gradient.numpy(), self._finished_steps + 1)
        # The first step creates the moments. Their names must not depend on the process, as for the network's.
        with unique_name.guard():
            self._adamw.step()
        self._adamw.clear_grad(set_to_zero=False)
        self._schedule.step()

    def moments(self) -> dict[str, NDArray[Any]]:
        """Return the moments of the gradients by parameter; Paddle's parameters have some after the first step."""
        moments = {name: value.numpy() for name, value in self._adamw.state_dict().items() if name != _SCHEDULE}
        for name, table in self._tables.items():
            moments |= {f"{name}/{key}": array for key, array in table.state().items()}
        return moments

    def schedule(self) -> dict[str, float]:
        """Return the position in the schedule of the learning rate."""
        state: Mapping[str, Any] = self._schedule.state_dict()
        return dict(state)

    def resume(self, moments: Mapping[str, NDArray[Any]], schedule: Mapping[str, float]) -> None:
        """Continue from what `moments` and `schedule` returned, after the network has got its weights of that time."""
        for name, table in self._tables.items():
            table.attach(_memory(self._weights[name]))
            table.resume({key: moments[f"{name}/{key}"] for key in table.state()})
        tensors = {
            name: paddle.to_tensor(array)
            for name, array in moments.items()
            if name.rpartition("/")[0] not in self._tables
        }
        self._adamw.set_state_dict({**tensors, _SCHEDULE: dict(schedule)})

    @property
    def _finished_steps(self) -> int:
        steps: int = self._schedule.last_epoch
        return steps


def _memory(weight: Tensor) -> NDArray[np.float32]:
    """Return the memory of a weight as an array: what changes in it changes the network."""
    return np.from_dlpack(weight.detach()).view(np.float32)


def _one_cycle(options: TrainingOptions, total_steps: int) -> paddle.optimizer.lr.OneCycleLR:
    return paddle.optimizer.lr.OneCycleLR(
        options.learning_rate,
        total_steps,
        divide_factor=25,
        end_learning_rate=options.learning_rate / 1000,
        phase_pct=0.3,
    )


def _learning_rates(options: TrainingOptions, total_steps: int) -> NDArray[np.float64]:
    """Return (total_steps,) float64, the learning rate of each step."""
    schedule = _one_cycle(options, total_steps)
    rates = np.empty(total_steps)
    for step in range(total_steps):
        rates[step] = schedule()
        schedule.step()
    return rates
