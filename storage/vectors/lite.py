"""Milvus Lite: a server inside this process over one folder, which belongs to one process at a time."""

import asyncio
import fcntl
import os
import sys
from pathlib import Path
from typing import Any, Self

from milvus_lite import DataDirLockedError
from milvus_lite.adapter.grpc.server import start_server_in_thread

from storage.errors import Conflict, Misconfigured, Unavailable
from storage.urls import one_line

_STOP_GRACE_S = 2.0


class LiteServer:
    """A running Milvus Lite. Set OPENBLAS_NUM_THREADS=1 before numpy is imported: its exact search is 3.5x faster so.

    Attributes:
        uri: where pymilvus finds it, on the loopback interface.
    """

    def __init__(self, uri: str, lock: int, server: Any, database: Any) -> None:
        self.uri = uri
        self._lock: int | None = lock
        self._server = server
        self._database = database

    @classmethod
    async def start(cls, folder: Path) -> Self:
        """Take a folder, making it where it is not there, and serve it.

        Raises:
            Conflict: another process, or this one, serves it already; the message says who.
            Misconfigured: the folder cannot be made or read.
            Unavailable: what lies in the folder cannot be opened.
        """
        try:
            folder.parent.mkdir(parents=True, exist_ok=True)
            lock = _take(folder)
        except OSError as error:
            raise Misconfigured(f"VECTORS_URL milvus+lite://{folder}: {one_line(error)}") from error
        try:
            server, database, port = await asyncio.to_thread(start_server_in_thread, str(folder))
        except DataDirLockedError as error:
            os.close(lock)
            raise _conflict(folder, "a process that is not Reelmate") from error
        # Whatever lies in the folder, it can go wrong in any way.
        except Exception as error:
            os.close(lock)
            raise Unavailable(f"the Milvus Lite folder {folder} cannot be opened: {one_line(error)}") from error
        return cls(f"http://127.0.0.1:{port}", lock, server, database)

    async def stop(self) -> None:
        """Write everything down and let go of the folder; safe to repeat."""
        if self._lock is None:
            return
        lock, self._lock = self._lock, None
        try:
            await asyncio.to_thread(self._server.stop(_STOP_GRACE_S).wait)
            await asyncio.to_thread(self._database.close)
        finally:
            os.close(lock)


def _take(folder: Path) -> int:
    """The open and locked file beside the folder. The kernel lets go of it when the process ends, however it ends."""
    # A bare descriptor: a file object would be closed, and the lock lost, with the last reference to it.
    lock = os.open(folder.with_name(folder.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 1_000).decode(errors="replace").strip()
        os.close(lock)
        raise _conflict(folder, holder or "another process") from None
    os.truncate(lock, 0)
    os.write(lock, f"process {os.getpid()} ({_command()})\n".encode())
    return lock


def _conflict(folder: Path, holder: str) -> Conflict:
    return Conflict(
        f"the Milvus Lite folder {folder} is held by {holder}, and it belongs to one process at a time: "
        "stop that one, or set VECTORS_URL to a Milvus server (milvus://host:19530) that all share"
    )


def _command() -> str:
    """The program and its subcommand, "reelmate run"; not the rest, which may hold what is nobody's business."""
    program = Path(sys.argv[0])
    name = program.parent.name if program.name == "__main__.py" else program.name
    return " ".join([name or "python", *sys.argv[1:2]])
