"""Concurrent calls share a batch."""

import asyncio
from collections.abc import Sequence

import pytest

from storage.batching import CallBatcher, LoopBatcher


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


class Adding:
    """Adds the key to the numbers of each batch."""

    def __init__(self) -> None:
        self.batches: list[tuple[list[int], int]] = []

    async def __call__(self, numbers: Sequence[int], key: int) -> list[int]:
        """Return the sums, or raise for a batch with 13."""
        self.batches.append((list(numbers), key))
        if 13 in numbers:
            raise ValueError("no")
        return [number + key for number in numbers]


async def test_items_of_the_same_iteration_share_a_call() -> None:
    """Items with the same key share calls of at most two, and an item that is submitted alone is processed alone."""
    adding = Adding()
    batcher = LoopBatcher(adding, 2)
    submitted = [(1, 100), (2, 200), (3, 100), (4, 100)]
    assert await asyncio.gather(*(batcher.submit(*item) for item in submitted)) == [101, 202, 103, 104]
    assert adding.batches == [([1, 3], 100), ([4], 100), ([2], 200)]
    assert await batcher.submit(5, 100) == 105
    assert adding.batches[3:] == [([5], 100)]


async def test_an_error_of_one_item_is_raised_for_it_alone() -> None:
    """The others of its call get their results, and so does everybody beside somebody who waits no longer."""
    adding = Adding()
    batcher = LoopBatcher(adding, 4)
    tasks = [asyncio.create_task(batcher.submit(number, 0)) for number in (1, 13, 2, 3)]
    await asyncio.sleep(0)
    tasks[2].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert (results[0], results[3]) == (1, 3)
    assert [type(result) for result in results[1:3]] == [ValueError, asyncio.CancelledError]
