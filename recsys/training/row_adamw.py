"""AdamW on single rows of a large table.

A step uses few rows of the tables that have a row for each movie or each answer. AdamW moves all rows in every step, by
their momentum and their decay, although most of them have no gradient: for a table of thirty million numbers that takes
longer than everything else. Here a row is brought up to date when it is used again. What AdamW does to a row without a
gradient has a closed form, so the rows are those of AdamW up to an approximation: the learning rate and the bias
correction are taken as constant over the few steps in which the momentum still moves a row.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8
"""AdamW's decays of the two moments, and its smallest divisor; Paddle's defaults."""

MEAN_LAG = 5
"""For how many steps the momentum moves a row on, as a weighted mean. The rate and the bias correction are of then."""

ROWS_AT_ONCE = 512
"""Number of rows that are changed at once. A megabyte of numbers stays in the processor's cache: this takes two thirds
of the time of all rows at once."""


class RowAdamW:
    """The optimizer of one table. Steps are counted from 1; 0 is before the first step."""

    def __init__(self, table: NDArray[np.float32], rates: NDArray[np.float64], weight_decay: float) -> None:
        """Optimize a table.

        Args:
            table: (r, d), changed in place.
            rates: (steps,) the learning rate of each step.
            weight_decay: as of AdamW.
        """
        self._table = table
        self._rates = rates
        self._decay = weight_decay
        self._log_decays = np.concatenate([[0.0], np.cumsum(np.log1p(-rates * weight_decay))])
        self._moment1 = np.zeros_like(table)
        self._moment2 = np.zeros_like(table)
        self._up_to = np.zeros(len(table), np.int64)  # the last step that each row has seen

    def attach(self, table: NDArray[np.float32]) -> None:
        """Continue with another array of the same shape, after other values were loaded into the network."""
        self._table = table

    def read(self, rows: NDArray[np.int64], step: int) -> NDArray[np.float32]:
        """Return a copy of rows, (k, d), as they are after `step` steps.

        Args:
            rows: (k,) different positions.
            step: number of finished steps.
        """
        self.catch_up(rows, step)
        return self._table[rows]

    def catch_up(self, rows: NDArray[np.int64], step: int) -> None:
        """Bring rows up to date, as if each step since their last one had had a gradient of 0."""
        stale = rows[self._up_to[rows] < step]
        for start in range(0, len(stale), ROWS_AT_ONCE):
            self._catch_up(stale[start : start + ROWS_AT_ONCE], step)

    def catch_up_all(self, step: int) -> None:
        """Bring the complete table up to date."""
        self.catch_up(np.arange(len(self._table)), step)

    def update(self, rows: NDArray[np.int64], gradient: NDArray[np.float32], step: int) -> None:
        """Do one step of AdamW for rows that are up to date.

        Args:
            rows: (k,) different positions.
            gradient: (k, d).
            step: number of this step.
        """
        for start in range(0, len(rows), ROWS_AT_ONCE):
            block = slice(start, start + ROWS_AT_ONCE)
            self._update(rows[block], gradient[block], step)

    def _update(self, rows: NDArray[np.int64], gradient: NDArray[np.float32], step: int) -> None:
        rate = self._rates[step - 1]
        moment1, moment2, values = self._moment1[rows], self._moment2[rows], self._table[rows]
        moment1 *= np.float32(BETA1)
        moment1 += np.float32(1 - BETA1) * gradient
        moment2 *= np.float32(BETA2)
        moment2 += np.float32(1 - BETA2) * np.square(gradient)
        values *= np.float32(1 - rate * self._decay)
        values -= _movement(moment1, moment2, np.float32(rate), step)
        self._table[rows], self._moment1[rows], self._moment2[rows] = values, moment1, moment2
        self._up_to[rows] = step

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Return everything but the table, by name; the arrays are not copied."""
        return {"moment1": self._moment1, "moment2": self._moment2, "up_to": self._up_to}

    def resume(self, state: Mapping[str, NDArray[np.generic]]) -> None:
        """Continue from what `state` returned."""
        for name, array in self.state().items():
            array[...] = state[name]

    def _catch_up(self, rows: NDArray[np.int64], step: int) -> None:
        last = self._up_to[rows]
        gap = step - last
        decays = np.exp(self._log_decays[step] - self._log_decays[last])
        values = self._table[rows] * decays[:, np.newaxis].astype(np.float32)
        moved = np.flatnonzero(last > 0)  # A row that was never used has no momentum.
        if len(moved):
            own, own_gap, own_last = rows[moved], gap[moved], last[moved]
            moment1, moment2 = self._moment1[own], self._moment2[own]
            ratio = BETA1 / np.sqrt(BETA2)
            steps = ratio * (1 - ratio**own_gap) / (1 - ratio)
            middle = own_last + np.minimum((own_gap + 1) // 2, MEAN_LAG)
            reach = (self._rates[middle - 1] * steps)[:, np.newaxis].astype(np.float32)
            values[moved] -= _movement(moment1, moment2, reach, middle[:, np.newaxis])
            self._moment1[own] = moment1 * (BETA1**own_gap)[:, np.newaxis].astype(np.float32)
            self._moment2[own] = moment2 * (BETA2**own_gap)[:, np.newaxis].astype(np.float32)
        self._table[rows] = values
        self._up_to[rows] = step


def _movement(
    moment1: NDArray[np.float32],
    moment2: NDArray[np.float32],
    rate: NDArray[np.float32] | np.float32,
    steps: NDArray[np.int64] | int,
) -> NDArray[np.float32]:
    """Return (k, d), the rate times the bias-corrected first moment over the root of the second.

    Args:
        moment1: (k, d).
        moment2: (k, d).
        rate: (k, 1) or one number.
        steps: (k, 1) or one number, at least 1: how many steps the moments have seen.
    """
    first = np.asarray(rate / (1 - np.power(BETA1, steps)), np.float32)
    second = np.asarray(1 / np.sqrt(1 - np.power(BETA2, steps)), np.float32)
    movement: NDArray[np.float32] = np.sqrt(moment2)
    movement *= second
    movement += np.float32(EPSILON)
    np.divide(moment1, movement, out=movement)
    movement *= first
    return movement
