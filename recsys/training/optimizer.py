"""AdamW with a one-cycle learning rate."""

from typing import Any

import paddle
from paddle.utils import unique_name

from recsys.models.network import Network
from recsys.training.options import TrainingOptions


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

    def state_dict(self) -> dict[str, Any]:
        """Return the moments and the position in the schedule, keyed by parameter names."""
        state: dict[str, Any] = self._adamw.state_dict()
        return state

    def set_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from what `state_dict` returned."""
        self._adamw.set_state_dict(state)
