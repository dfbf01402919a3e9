"""One call for all who ask at the same time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class CallBatcher(Generic[Item, Result]):
    """Gathers what is asked for while a call is under way into the next one.

    Who asks alone is served at once; the busier it gets, the more share a call. Nobody waits for a clock.
    """

    def __init__(self, call: Callable[[Sequence[Item]], Awaitable[Sequence[Result]]]) -> None:
        """Wrap a call.

        Args:
            call: answers every item, in their order; an error is everybody's.
        """
        self._call = call
        self._waiting: list[tuple[Item, asyncio.Future[Result]]] = []
        self._working: asyncio.Task[None] | None = None

    async def submit(self, item: Item) -> Result:
        """The answer to one item; whoever stops waiting does not stop the others."""
        future: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        return await future

    async def _work(self) -> None:
        while self._waiting:
            taken, self._waiting = self._waiting, []
            futures = [future for _, future in taken]
            try:
                results = await self._call([item for item, _ in taken])
            except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to those who asked.
                for future in futures:
                    if not future.done():
                        future.set_exception(error)
            else:
                for future, result in zip(futures, results, strict=True):
                    if not future.done():
                        future.set_result(result)
