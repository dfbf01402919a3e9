"""How a process is told to stop."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import Iterator

_logger = logging.getLogger(__name__)


@contextlib.contextmanager
def stop_at_signals() -> Iterator[asyncio.Event]:
    """An event that SIGTERM and SIGINT set; after the first of them they do again what they always do."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    caught: list[signal.Signals] = []

    def release() -> None:
        while caught:
            loop.remove_signal_handler(caught.pop())

    def stop_now() -> None:
        _logger.info("stopping, once the updates in hand are handled")
        stop.set()
        release()

    for one in (signal.SIGTERM, signal.SIGINT):
        # Windows cannot; there Ctrl+C cancels the process, which closes in the same order.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(one, stop_now)
            caught.append(one)
    try:
        yield stop
    finally:
        release()
