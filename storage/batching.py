"""Batching of concurrent calls: `CallBatcher` waits for the call before, `LoopBatcher` does not."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Key = TypeVar("Key")
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


class LoopBatcher(Generic[Item, Key, Result]):
    """Combines items that are submitted in the same iteration of the event loop into one call.

    Calls do not wait for each other. An item that is submitted alone is processed alone.
    """

    def __init__(self, call: Callable[[Sequence[Item], Key], Awaitable[Sequence[Result]]], max_size: int) -> None:
        """Wrap a batch call.

        Args:
            call: takes a batch and the key of its items, and returns one result per item, in their order. If it raises
                for several items, each of them is processed alone.
            max_size: the largest batch.
        """
        self._call = call
        self._max_size = max_size
        self._pending: dict[Key, list[tuple[Item, asyncio.Future[Result]]]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def submit(self, item: Item, key: Key) -> Result:
        """Return the result for one item. Items with the same key can share a call. Cancelling it cancels no call."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        if not self._pending:
            loop.call_soon(self._start)
        self._pending.setdefault(key, []).append((item, future))
        return await future

    def _start(self) -> None:
        pending, self._pending = self._pending, {}
        for key, waiting in pending.items():
            for first in range(0, len(waiting), self._max_size):
                task = asyncio.create_task(self._run(waiting[first : first + self._max_size], key))
                self._tasks.add(task)  # The event loop has only weak references to tasks.
                task.add_done_callback(self._tasks.discard)

    async def _run(self, batch: Sequence[tuple[Item, "asyncio.Future[Result]"]], key: Key) -> None:
        try:
            results = await self._call([item for item, _ in batch], key)
        except Exception as error:  # noqa: BLE001 - any error is raised in the calls to `submit`
            if len(batch) > 1:
                await asyncio.gather(*(self._run([waiting], key) for waiting in batch))
            elif not batch[0][1].done():
                batch[0][1].set_exception(error)
            return
        for (_, future), result in zip(batch, results, strict=True):
            if not future.done():
                future.set_result(result)
