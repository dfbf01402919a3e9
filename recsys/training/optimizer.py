"""AdamW with a one-cycle learning rate."""

from collections.abc import Mapping
from typing import Any

import paddle
from numpy.typing import NDArray
from paddle.utils import unique_name

from recsys.models.network import Network
from recsys.training.options import TrainingOptions

_SCHEDULE = "LR_Scheduler"
"""The key of the schedule in Paddle's state of an optimizer."""


class Optimizer:
    """AdamW under a one-cycle schedule; weight decay applies to matrices only, not to biases and norms."""

    def __init__(self, network: Network, options: TrainingOptions, total_steps: int) -> None:
        """Optimize all parameters of a network.

        Args:
            total_steps: length of the learning rate's cycle.
        """
        self._schedule = paddle.optimizer.lr.OneCycleLR(
            options.learning_rate,
            total_steps,
            divide_factor=25,
            end_learning_rate=options.learning_rate / 1000,
            phase_pct=0.3,
        )
        decayed = {parameter.name for parameter in network.parameters() if parameter.ndim > 1}
        self._adamw = paddle.optimizer.AdamW(
            self._schedule,
            parameters=network.parameters(),
            weight_decay=0.0 if options.objective == "rating" else options.weight_decay,
            apply_decay_param_fun=decayed.__contains__,
        )

    def step(self) -> None:
        """Apply the gradients, clear them, and advance the learning rate."""
        # The first step creates the moments. Their names must not depend on the process, as for the network's.
        with unique_name.guard():
            self._adamw.step()
        self._adamw.clear_grad(set_to_zero=False)
        self._schedule.step()

    def moments(self) -> dict[str, NDArray[Any]]:
        """Return the moments of the gradients, keyed by parameter names; none before the first step."""
        return {name: value.numpy() for name, value in self._adamw.state_dict().items() if name != _SCHEDULE}

    def schedule(self) -> dict[str, float]:
        """Return the position in the schedule of the learning rate."""
        state: Mapping[str, Any] = self._schedule.state_dict()
        return dict(state)

    def resume(self, moments: Mapping[str, NDArray[Any]], schedule: Mapping[str, float]) -> None:
        """Continue from what `moments` and `schedule` returned."""
        tensors = {name: paddle.to_tensor(array) for name, array in moments.items()}
        self._adamw.set_state_dict({**tensors, _SCHEDULE: dict(schedule)})
