"""Batching of concurrent calls."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class CallBatcher(Generic[Item, Result]):
    """Combines items that are submitted during a call into the next call.

    An item that is submitted while no call is running is processed at once. The batches grow with the load, and no item
    waits for a timer.
    """

    def __init__(self, call: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]) -> None:
        """Wrap a batch call.

        Args:
            call: takes a batch and returns one result per item, in their order. An error is raised for every item.
        """
        self._call = call
        self._pending: list[tuple[Item, asyncio.Future[Result]]] = []
        self._task: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        """Return the result for one item. Cancelling it does not cancel the batch."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._pending.append((item, future))
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return await future

    async def _run(self) -> None:
        while self._pending:
            batch, self._pending = self._pending, []
            futures = [future for _, future in batch]
            try:
                results = await self._call([item for item, _ in batch])
            except Exception as error:  # noqa: BLE001 - any error is raised in the calls to `submit`
                for future in futures:
                    if not future.done():
                        future.set_exception(error)
            else:
                for future, result in zip(futures, results, strict=True):
                    if not future.done():
                        future.set_result(result)
