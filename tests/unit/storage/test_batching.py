"""Concurrent calls share a batch."""

import asyncio
from collections.abc import Sequence

import pytest

from storage.batching import CallBatcher


class Doubling:
    """Doubles the numbers of each batch once the gate is open."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        """Return the doubled numbers, or raise for a batch with 13."""
        self.batches.append(list(numbers))
        await self.gate.wait()
        if 13 in numbers:
            raise ValueError("no")
        return [2 * number for number in numbers]


async def started(batcher: CallBatcher[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    """Submit each number and run the tasks until they wait for results."""
    tasks = [asyncio.create_task(batcher.submit(number)) for number in numbers]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_items_submitted_during_a_call_share_the_next_call() -> None:
    """Each item gets its own result, and an item that is submitted alone does not wait for others."""
    doubling = Doubling()
    batcher = CallBatcher(doubling)
    first = await started(batcher, 1)
    second = await started(batcher, 2, 3)
    doubling.gate.set()
    assert await asyncio.gather(*first, *second) == [2, 4, 6]
    assert doubling.batches == [[1], [2, 3]]
    assert await batcher.submit(4) == 8
    assert doubling.batches[2:] == [[4]]


async def test_an_error_is_raised_for_its_own_batch_only() -> None:
    """Items of the next batch get their results."""
    doubling = Doubling()
    batcher = CallBatcher(doubling)
    failing = await started(batcher, 13)
    succeeding = await started(batcher, 2)
    doubling.gate.set()
    with pytest.raises(ValueError, match="no"):
        await failing[0]
    assert await succeeding[0] == 4


async def test_cancelling_one_call_does_not_cancel_the_batch() -> None:
    """The batch continues with the cancelled item, and the others get their results."""
    doubling = Doubling()
    batcher = CallBatcher(doubling)
    cancelled, waiting = (*await started(batcher, 1), *await started(batcher, 2))
    cancelled.cancel()
    doubling.gate.set()
    assert await waiting == 4
    assert cancelled.cancelled()
    assert doubling.batches == [[1], [2]]
