"""AdamW on single rows does what AdamW does to the complete table."""

import numpy as np
import paddle
import pytest

from recsys.training.row_adamw import RowAdamW

ROWS, WIDTH, STEPS = 30, 4, 60
RATES = 0.01 * np.sin(np.linspace(0.1, 3, STEPS))


def gradients() -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the rows that each step uses, and their gradients; some rows are used often, some never."""
    rng = np.random.default_rng(0)
    chance = np.linspace(0, 0.6, ROWS)
    used = [np.flatnonzero(rng.random(ROWS) < chance) for _ in range(STEPS)]
    return [(rows, rng.normal(0, 1, (len(rows), WIDTH)).astype(np.float32)) for rows in used]


def dense(start: np.ndarray, weight_decay: float) -> np.ndarray:
    """Return the table after all steps of Paddle's AdamW, with gradients of 0 in all other rows."""
    table = paddle.create_parameter([ROWS, WIDTH], "float32")
    table.set_value(start)
    rate = paddle.optimizer.lr.LambdaDecay(1.0, lambda step: RATES[min(step, STEPS - 1)])
    adamw = paddle.optimizer.AdamW(rate, parameters=[table], weight_decay=weight_decay)
    for rows, gradient in gradients():
        complete = np.zeros((ROWS, WIDTH), np.float32)
        complete[rows] = gradient
        (table * paddle.to_tensor(complete)).sum().backward()
        adamw.step()
        adamw.clear_grad()
        rate.step()
    return table.numpy()


@pytest.mark.parametrize("weight_decay", [0.0, 1.0])
def test_rows_move_as_in_the_complete_table(weight_decay: float) -> None:
    """The difference is a few per cent of what AdamW moves the rows; without the momentum it would be most of it."""
    start = np.random.default_rng(1).normal(0, 0.1, (ROWS, WIDTH)).astype(np.float32)
    table = start.copy()
    by_row = RowAdamW(table, RATES, weight_decay)
    for step, (rows, gradient) in enumerate(gradients()):
        np.testing.assert_array_equal(by_row.read(rows, step), table[rows])
        by_row.update(rows, gradient, step + 1)
    by_row.catch_up_all(STEPS)
    expected = dense(start, weight_decay)
    moved = np.abs(expected - start).mean(axis=1)
    difference = np.abs(table - expected).mean(axis=1)
    assert difference.mean() < 0.04 * moved.mean()
    np.testing.assert_allclose(table[0], expected[0], rtol=1e-5)  # never used: decay only


def test_a_table_that_is_used_completely_is_that_of_adamw(monkeypatch: pytest.MonkeyPatch) -> None:
    """If every step uses every row, nothing is approximated."""
    rng = np.random.default_rng(2)
    steps = [(np.arange(ROWS), rng.normal(0, 1, (ROWS, WIDTH)).astype(np.float32)) for _ in range(STEPS)]
    monkeypatch.setitem(globals(), "gradients", lambda: steps)
    start = rng.normal(0, 0.1, (ROWS, WIDTH)).astype(np.float32)
    table = start.copy()
    by_row = RowAdamW(table, RATES, 1.0)
    for step, (rows, gradient) in enumerate(steps):
        by_row.catch_up(rows, step)
        by_row.update(rows, gradient, step + 1)
    np.testing.assert_allclose(table, dense(start, 1.0), atol=1e-5)


def test_a_resumed_table_goes_on_as_before() -> None:
    """With the stored state, the same steps give the same table to the last bit."""
    start = np.random.default_rng(1).normal(0, 0.1, (ROWS, WIDTH)).astype(np.float32)
    once, again = start.copy(), start.copy()
    first, steps = RowAdamW(once, RATES, 1.0), gradients()
    for step, (rows, gradient) in enumerate(steps[:30]):
        first.catch_up(rows, step)
        first.update(rows, gradient, step + 1)
    state = {name: array.copy() for name, array in first.state().items()}
    again[:] = once
    second = RowAdamW(again, RATES, 1.0)
    second.resume(state)
    for optimizer in (first, second):
        for step, (rows, gradient) in enumerate(steps[30:], start=30):
            optimizer.catch_up(rows, step)
            optimizer.update(rows, gradient, step + 1)
        optimizer.catch_up_all(STEPS)
    np.testing.assert_array_equal(once, again)
