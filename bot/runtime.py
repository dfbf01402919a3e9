"""The process around the work: the numerical libraries' environment, garbage collection, signals."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

_logger = logging.getLogger(__name__)


def use_avx2_on_amd() -> None:
    """Make Paddle's MKL use AVX2 on AMD processors; call before Paddle is imported.

    This old MKL takes a slow path on AMD otherwise: training is 1.6 to 5.6 times slower. On Intel it costs time.
    """
    try:
        is_amd = "AuthenticAMD" in Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        is_amd = False
    if is_amd:
        os.environ.setdefault("MKL_DEBUG_CPU_TYPE", "5")


def serve_with_one_thread() -> None:
    """Limit the numerical libraries to one thread; call before they are imported.

    A single query is too small to be split: with more threads a search in Milvus Lite takes 3.5 times as long.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def pause_garbage_collection() -> None:
    """Stop garbage collection during the start: nearly everything that a start imports and loads stays."""
    gc.disable()


def resume_garbage_collection() -> None:
    """Start garbage collection again, without the objects that exist by now: scanning them would stall requests."""
    gc.freeze()
    gc.enable()


@contextlib.contextmanager
def stop_at_signals() -> Iterator[asyncio.Event]:
    """Set the event at SIGTERM or SIGINT; a second signal has its default effect."""
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

    for number in (signal.SIGTERM, signal.SIGINT):
        # Windows has no signal handlers in asyncio. There Ctrl+C cancels the process, which closes in the same order.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop_now)
            caught.append(number)
    try:
        yield stop
    finally:
        release()
