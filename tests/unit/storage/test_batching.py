"""Those who ask at the same time share a call."""

import asyncio
from collections.abc import Sequence

import pytest

from storage.batching import CallBatcher


class Doubling:
    """Doubles numbers, one batch after the other, once the gate is open."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.gate = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        """Twice each; of a batch with 13 an error."""
        self.batches.append(list(numbers))
        await self.gate.wait()
        if 13 in numbers:
            raise ValueError("no")
        return [2 * number for number in numbers]


async def begun(together: CallBatcher[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    """Ask for each, as far as that goes without an answer."""
    tasks = [asyncio.create_task(together.submit(number)) for number in numbers]
    for _ in range(3):
        await asyncio.sleep(0)
    return tasks


async def test_what_comes_during_a_call_shares_the_next() -> None:
    """Everybody gets their own answer, and nobody who comes alone waits for others."""
    doubling = Doubling()
    together = CallBatcher(doubling)
    first = await begun(together, 1)
    later = await begun(together, 2, 3)
    doubling.gate.set()
    assert await asyncio.gather(*first, *later) == [2, 4, 6]
    assert doubling.batches == [[1], [2, 3]]
    assert await together.submit(4) == 8
    assert doubling.batches[2:] == [[4]]


async def test_an_error_is_that_of_those_who_shared_the_call() -> None:
    """The next ones are answered."""
    doubling = Doubling()
    together = CallBatcher(doubling)
    failing = await begun(together, 13)
    good = await begun(together, 2)
    doubling.gate.set()
    with pytest.raises(ValueError, match="no"):
        await failing[0]
    assert await good[0] == 4


async def test_whoever_stops_waiting_stops_nobody_else() -> None:
    """The call goes on, for them too."""
    doubling = Doubling()
    together = CallBatcher(doubling)
    gone, stays = (*await begun(together, 1), *await begun(together, 2))
    gone.cancel()
    doubling.gate.set()
    assert await stays == 4
    assert gone.cancelled()
    assert doubling.batches == [[1], [2]]
