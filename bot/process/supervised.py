"""The side of a process that `bot.process.supervisor` has started.

Its standard input is one end of a pair of sockets. It writes a byte there once it takes updates. It reads the end
of the other side when it has to stop, and when the supervisor has ended in any way.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def stopping_with_supervisor(stop: asyncio.Event) -> Iterator[None]:
    """Set the event if the supervisor stops this process, or ends, while the block runs."""
    loop, link = asyncio.get_running_loop(), sys.stdin.fileno()

    def set_stop() -> None:
        loop.remove_reader(link)
        stop.set()

    # The supervisor writes nothing, so its side becomes readable only at its end.
    loop.add_reader(link, set_stop)
    try:
        yield
    finally:
        loop.remove_reader(link)


def report_running() -> None:
    """Report to the supervisor that this process takes updates."""
    os.write(sys.stdin.fileno(), b"r")
