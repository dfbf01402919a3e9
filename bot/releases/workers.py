"""Workers that train one model together.

`reelmate train --workers N` is the first worker and starts the others. `python -m paddle.distributed.launch` starts all
of them, on several machines too. The first worker alone reads the data set and sends it to the others.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO

from recsys.data import Dataset, snapshot
from recsys.protocol.newcomers import Split
from recsys.training.fit import assist
from recsys.training.options import TrainingOptions
from recsys.training.workers import WorkerLost, Workers
from storage.private_files import make_private_folder

RANK, COUNT = "PADDLE_TRAINER_ID", "PADDLE_TRAINERS_NUM"
"""Variables of the environment of a worker, as `paddle.distributed.launch` sets them."""

_LAST_WORDS_BYTES = 4_096


def launched() -> tuple[int, int]:
    """Return this process's number and the number of workers that were launched together; (0, 1) for no others."""
    return int(os.environ.get(RANK, "0")), int(os.environ.get(COUNT, "1"))


@contextmanager
def first_worker(count: int, dataset: Dataset, split: Split, options: TrainingOptions) -> Iterator[Workers]:
    """Yield the workers for a training, of which this process is the first; end those that it has started.

    Args:
        count: number of workers to train with if they were not launched together.
        dataset: what to train on; it is sent to the other workers, as are the arguments that follow.
        split: people for training and validation.
        options: how to train.

    Raises:
        WorkerLost: another worker has ended.
    """
    _, launched_count = launched()
    with ExitStack() as stack:
        if launched_count > 1:
            workers = Workers(0, launched_count)
        elif count > 1:
            processes = stack.enter_context(_started(count))
            workers = Workers(0, count, processes.check)
        else:
            workers = Workers()
        if workers.count > 1:
            workers.send(json.dumps(asdict(options)).encode())
            _send_data(workers, dataset, split)
        yield workers


def dismiss() -> None:
    """Tell the workers that were launched together with this first one that there is nothing to train."""
    _, count = launched()
    if count > 1:
        Workers(0, count).send(b"")


def assist_first() -> None:
    """Train together with the first worker, on what it sends, until the epochs end.

    Raises:
        WorkerLost: another worker has ended.
    """
    workers = Workers(*launched())
    options = workers.send(b"")
    if options:
        dataset, split = _receive_data(workers)
        assist(dataset, split, TrainingOptions(**json.loads(options)), workers)


def _send_data(workers: Workers, dataset: Dataset, split: Split) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        snapshot.save(dataset, folder)
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            workers.send(str(path.relative_to(folder)).encode())
            workers.send(path.read_bytes())
    workers.send(b"")
    workers.share(asdict(split))


def _receive_data(workers: Workers) -> tuple[Dataset, Split]:
    with tempfile.TemporaryDirectory() as name:
        while relative := workers.send(b""):
            path = Path(name) / relative.decode()
            make_private_folder(path.parent)
            path.write_bytes(workers.send(b""))
        dataset = snapshot.load(Path(name))
    return dataset, Split(**workers.share({}))


class _Processes:
    """The other workers on this machine."""

    def __init__(self) -> None:
        self.started: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []

    def check(self) -> None:
        """Check that all of them run.

        Raises:
            WorkerLost: one has ended; the message has the last line that it wrote.
        """
        for process, errors in self.started:
            if process.poll() is not None:
                errors.seek(-min(_LAST_WORDS_BYTES, errors.seek(0, os.SEEK_END)), os.SEEK_END)
                lines = errors.read().decode(errors="replace").strip().splitlines() or ["no error message"]
                raise WorkerLost(f"a training worker ended with status {process.returncode}: {lines[-1]}")


@contextmanager
def _started(count: int) -> Iterator[_Processes]:
    """Start all workers but the first one, and kill those that still run at the end."""
    ports = _free_ports(count)
    endpoints = [f"127.0.0.1:{port}" for port in ports]
    os.environ.update(_environment(0, endpoints))
    processes = _Processes()
    packages = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, (packages, os.environ.get("PYTHONPATH"))))
    with ExitStack() as stack:
        for rank in range(1, count):
            errors = stack.enter_context(tempfile.TemporaryFile())
            process = stack.enter_context(
                subprocess.Popen(
                    [sys.executable, "-m", "bot.releases.training_worker"],
                    env={**os.environ, **_environment(rank, endpoints), "PYTHONPATH": path},
                    stdin=subprocess.PIPE,  # Its end is the end of the worker, however this process ends.
                    stdout=errors,
                    stderr=errors,
                    start_new_session=True,  # Ctrl+C reaches this process alone, which ends the others.
                )
            )
            stack.callback(process.kill)
            processes.started.append((process, errors))
        yield processes


def _environment(rank: int, endpoints: list[str]) -> dict[str, str]:
    return {
        RANK: str(rank),
        COUNT: str(len(endpoints)),
        "PADDLE_MASTER": endpoints[0],
        "PADDLE_TRAINER_ENDPOINTS": ",".join(endpoints),
        "PADDLE_CURRENT_ENDPOINT": endpoints[rank],
    }


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [opened.getsockname()[1] for opened in sockets]
