"""Processes that train one model together, by `paddle.distributed`.

Every worker draws the same batches and takes its share of the people of each. The gradients of all workers are added
up, so that all of them take the same steps. The first worker also measures, stores checkpoints and fits what follows
the epochs.
"""

import io
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stderr
from functools import partial
from typing import Any

import numpy as np
import paddle
import paddle.distributed as dist
from numpy.typing import NDArray
from paddle.base import core
from paddle.utils.dlpack import from_dlpack
from safetensors.numpy import load, save

MAX_WAIT_S = 3_600.0
"""A worker gives up after it has waited for the others for so long, for example for a validation."""

_FIRST_POLL_S, _LONGEST_POLL_S, _POLL_SHARE = 0.0005, 0.05, 0.05
"""A waiting worker asks again after this share of the time that it has waited, within the two bounds."""

_ARRIVALS = "reelmate/arrivals"
_MAX_MESSAGE_BYTES = 1 << 28


class WorkerLost(ConnectionError):
    """Another worker has ended, does not answer, or does something else than this one."""


def _check_nothing() -> None:
    pass


class Workers:
    """All workers of a training, as one of them sees them. A single worker talks to nobody.

    Attributes:
        rank: number of this worker, 0 for the first.
        count: number of workers.
    """

    def __init__(self, rank: int = 0, count: int = 1, check: Callable[[], None] = _check_nothing) -> None:
        """Connect to the other workers, which the variables of `paddle.distributed` in the environment name.

        Args:
            rank: see the attributes, like `count`.
            check: is called while this worker waits. It raises WorkerLost if it knows that another worker has ended.

        Raises:
            WorkerLost: the other workers do not answer.
        """
        self.rank, self.count = rank, count
        self._check = check
        self._meetings = 0
        self._memory = np.zeros(0, np.float32)
        if count > 1:
            # The towers are computed on the processor, also with a Paddle that was built for GPUs.
            os.environ["PADDLE_DISTRI_BACKEND"] = "gloo"
            try:
                with redirect_stderr(io.StringIO()):  # Paddle lists its flags there.
                    dist.init_parallel_env()
            except RuntimeError as error:
                raise WorkerLost(f"the training workers do not find each other: {_first_line(error)}") from None
            self._store = core.create_or_get_global_tcp_store()

    @property
    def is_first(self) -> bool:
        """Whether this is the first worker."""
        return self.rank == 0

    def rows(self, people: int) -> NDArray[np.int64]:
        """Return which of so many people are this worker's, ascending.

        If there are fewer people than workers, each worker takes them all: in a weighted mean they count alike then.
        """
        step = self.count if people >= self.count else 1
        return np.arange(self.rank % step, people, step)

    def total(self, number: float) -> float:
        """Return the sum of a number over all workers."""
        if self.count == 1:
            return number
        numbers = paddle.to_tensor(np.array([number], np.float64))
        self._together(partial(dist.all_reduce, numbers))
        return float(numbers.numpy()[0])

    def add_up(self, arrays: Sequence[NDArray[np.float32]]) -> None:
        """Replace arrays by their sums over all workers.

        Raises:
            WorkerLost: the arrays of the workers have different sizes.
        """
        if self.count == 1:
            return
        size = sum(array.size for array in arrays)
        # Gloo does not notice different sizes. Rounding may differ between kinds of processors, and so may batches.
        if self.total(size) != self.count * size:
            raise WorkerLost("the training workers have drawn different batches: give them processors of one kind")
        if size > len(self._memory):
            self._memory = np.empty(size, np.float32)  # Fresh memory for each step would take longer than the sum.
        numbers = np.concatenate([array.ravel() for array in arrays], out=self._memory[:size])
        self._together(partial(dist.all_reduce, from_dlpack(numbers)))
        parts = np.split(numbers, np.cumsum([array.size for array in arrays[:-1]]))
        for array, part in zip(arrays, parts, strict=True):
            array[...] = part.reshape(array.shape)

    def share(self, arrays: Mapping[str, NDArray[Any]]) -> Mapping[str, NDArray[Any]]:
        """Return the first worker's arrays; those of the other workers do not count."""
        return arrays if self.count == 1 else load(self.send(save(dict(arrays)) if self.is_first else b""))

    def send(self, content: bytes) -> bytes:
        """Return the first worker's bytes; those of the other workers do not count."""
        if self.count == 1:
            return content
        size = int(self.total(len(content) if self.is_first else 0))
        received = np.zeros(size, np.uint8)
        if self.is_first:
            received[:] = np.frombuffer(content, np.uint8)
        for start in range(0, size, _MAX_MESSAGE_BYTES):
            message = paddle.to_tensor(received[start : start + _MAX_MESSAGE_BYTES])
            self._together(partial(dist.broadcast, message, 0))
            received[start : start + _MAX_MESSAGE_BYTES] = message.numpy()
        return received.tobytes()

    def _together(self, communicate: Callable[[], object]) -> None:
        """Wait until all workers are here, and communicate.

        Gloo itself gives up after 30 seconds, which cannot be changed.

        Raises:
            WorkerLost: another worker has ended or does not come.
        """
        self._meetings += 1
        started = time.monotonic()
        try:
            arrived = self._store.add(_ARRIVALS, 1)
            while arrived < self._meetings * self.count:
                self._check()
                waited = time.monotonic() - started
                if waited > MAX_WAIT_S:
                    raise WorkerLost(f"a training worker has not answered for {MAX_WAIT_S:.0f} s")
                time.sleep(min(max(_POLL_SHARE * waited, _FIRST_POLL_S), _LONGEST_POLL_S))
                arrived = self._store.add(_ARRIVALS, 0)
            communicate()
        except RuntimeError as error:
            self._check()
            raise WorkerLost(f"a training worker has ended: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
