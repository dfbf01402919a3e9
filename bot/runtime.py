"""Process-wide settings: modes of files, the environment of numerical libraries, garbage collection, signals."""

import asyncio
import contextlib
import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

INTERRUPTED = 128 + signal.SIGINT
"""The exit status of a process that Ctrl+C ended."""

_AVX512_FLAGS = {"avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl"}
"""The flags in /proc/cpuinfo of a processor that runs the AVX-512 kernels of MKL and OpenBLAS."""

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

_logger = logging.getLogger(__name__)


def keep_files_private() -> None:
    """Let only this user read the files that this process and its children create: they are about people."""
    os.umask(0o077)


def use_fast_kernels_on_amd(cpuinfo: Path = Path("/proc/cpuinfo")) -> None:
    """Make the numerical libraries use AVX-512 or AVX2 on AMD processors. Call it before they are imported.

    Paddle's old MKL takes a slow path on AMD otherwise: a matrix product takes 2.5 times as long as with AVX2, and 5
    times as long as with AVX-512. OpenBLAS stays with AVX2 on processors that have both. On Intel, both choose well.

    Args:
        cpuinfo: the file that describes the processor. Without it, nothing is changed.
    """
    try:
        description = cpuinfo.read_text(encoding="utf-8")
    except OSError:
        return
    if "AuthenticAMD" not in description:
        return
    if set(description.split()) >= _AVX512_FLAGS:
        os.environ.setdefault("MKL_DEBUG_CPU_TYPE", "7")
        os.environ.setdefault("OPENBLAS_CORETYPE", "SkylakeX")
    else:
        os.environ.setdefault("MKL_DEBUG_CPU_TYPE", "5")


def serve_with_one_thread() -> None:
    """Limit the numerical libraries to one thread. Call it before they are imported.

    A single query is too small to be split: with more threads, a search in Milvus Lite takes 3.5 times as long.
    """
    for name in _THREAD_VARIABLES:
        os.environ.setdefault(name, "1")


def train_beside(processes: int) -> None:
    """Divide the processors among so many training processes. Call it before the numerical libraries are imported."""
    if processes == 1:
        return
    for name in _THREAD_VARIABLES:
        os.environ.setdefault(name, str(max(1, (os.cpu_count() or 1) // processes)))
    # Paddle logs each connection to standard error.
    os.environ.setdefault("GLOG_minloglevel", "1")


def end_with_parent() -> None:
    """End this process when its standard input is closed, so that it does not outlive the process that started it."""

    def wait() -> None:
        while os.read(sys.stdin.fileno(), 1):
            pass
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def pause_garbage_collection() -> None:
    """Disable garbage collection during startup, when nearly everything that is allocated stays alive."""
    gc.disable()


def resume_garbage_collection() -> None:
    """Enable garbage collection, and exclude the objects that exist by now: scanning them would stall requests."""
    gc.freeze()
    gc.enable()


@contextlib.contextmanager
def loading_what_stays() -> Iterator[None]:
    """Pause garbage collection while objects are loaded that stay alive, and exclude them from it afterwards.

    Scanning the objects of a catalogue stalls requests for a tenth of a second. An excluded object is freed with its
    last reference. Excluded objects that refer to each other in a cycle are never freed.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was_enabled:
            gc.enable()


@contextlib.contextmanager
def short_thread_switch_interval() -> Iterator[None]:
    """Make computing threads release the interpreter lock sooner.

    A switch computes in threads, and a request needs the lock dozens of times until it is answered.
    """
    usual_s = sys.getswitchinterval()
    sys.setswitchinterval(usual_s / 10)
    try:
        yield
    finally:
        sys.setswitchinterval(usual_s)


def stop_at_second_interrupt() -> None:
    """Let the first Ctrl+C raise KeyboardInterrupt, and end the process at once at the second.

    The first one leaves all files in order. If a second one interrupted that, Python would print tracebacks, and the
    numerical libraries the stack of their C++ code.
    """
    is_interrupted = False

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        nonlocal is_interrupted
        if is_interrupted:
            end_at_once(INTERRUPTED)
        is_interrupted = True
        raise KeyboardInterrupt

    signal.signal(signal.SIGINT, interrupt)


def end_at_once(status: int) -> NoReturn:
    """End this process without waiting for threads and without destructors, which may print when they are interrupted.

    Args:
        status: the exit status.
    """
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


@contextlib.contextmanager
def stop_at_signals() -> Iterator[asyncio.Event]:
    """Yield an event that SIGTERM or SIGINT sets. A second signal ends the process at once."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    caught: list[signal.Signals] = []
    interrupt_before = signal.getsignal(signal.SIGINT)

    def release() -> None:
        while caught:
            loop.remove_signal_handler(caught.pop())

    def stop_now() -> None:
        _logger.info("stopping after the updates in progress")
        stop.set()
        release()
        signal.signal(signal.SIGINT, lambda *_: end_at_once(INTERRUPTED))

    for number in (signal.SIGTERM, signal.SIGINT):
        # On Windows asyncio has no signal handlers: Ctrl+C cancels the main task, which closes in the same order.
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, stop_now)
            caught.append(number)
    try:
        yield stop
    finally:
        release()
        signal.signal(signal.SIGINT, interrupt_before)
