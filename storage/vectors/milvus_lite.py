"""Milvus Lite: a Milvus server inside this process. Only one process at a time can open its folder."""

import asyncio
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Self

from milvus_lite import DataDirLockedError
from milvus_lite.adapter.grpc.server import start_server_in_thread

from storage.errors import Conflict, Misconfigured, Unavailable
from storage.private_files import make_private_folder
from storage.urls import one_line

WINDOWS = (
    "VECTORS_URL: Milvus Lite does not run on Windows: use WSL 2 or Docker, or set VECTORS_URL to memory:// or "
    "to a Milvus server (milvus://host:19530)"
)
"""What to do on Windows, which lacks the locks that Milvus Lite needs."""

_STOP_GRACE_S = 2.0


class LiteServer:
    """A running Milvus Lite.

    Its exact search is 3.5x faster if OPENBLAS_NUM_THREADS=1 is set before numpy is imported.

    Milvus Lite has no passwords: with a TCP port, every user of the machine could read and delete its contents. So it
    listens on a socket in a folder that only this user can enter.

    Attributes:
        uri: address for pymilvus.
    """

    def __init__(self, uri: str, server: Any, database: Any, resources: ExitStack) -> None:
        self.uri = uri
        self._server = server
        self._database = database
        self._resources: ExitStack | None = resources

    @classmethod
    async def start(cls, folder: Path) -> Self:
        """Lock a folder, create it for this user only if it does not exist, and serve it.

        Raises:
            Conflict: another process, or this one, has the folder open. The message names the process.
            Misconfigured: the folder cannot be created or read, there is no folder for temporary files, or this is
                Windows.
            Unavailable: Milvus Lite cannot open the contents of the folder.
        """
        if os.name == "nt":
            raise Misconfigured(WINDOWS)
        with ExitStack() as resources:
            try:
                make_private_folder(folder.parent)
                resources.callback(os.close, _lock(folder))
                # Not in the Milvus Lite folder, because the path of a socket has at most 103 bytes.
                socket_folder = resources.enter_context(TemporaryDirectory(prefix="reelmate-"))
            except OSError as error:
                raise Misconfigured(f"VECTORS_URL milvus+lite://{folder}: {one_line(error)}") from error
            try:
                server, database = await asyncio.to_thread(_serve, folder, f"unix:{socket_folder}/milvus")
            except DataDirLockedError as error:
                raise _conflict(folder, "a process that is not Reelmate") from error
            # Milvus Lite documents no exceptions, and a damaged folder can raise any.
            except Exception as error:
                raise Unavailable(f"the Milvus Lite folder {folder} cannot be opened: {one_line(error)}") from error
            # Milvus Lite appends the port to the name of the socket.
            return cls(f"unix:{socket_folder}/milvus:0", server, database, resources.pop_all())

    async def stop(self) -> None:
        """Flush all data and unlock the folder. Safe to repeat."""
        if self._resources is None:
            return
        resources, self._resources = self._resources, None
        with resources:
            await asyncio.to_thread(self._server.stop(_STOP_GRACE_S).wait)
            await asyncio.to_thread(self._database.close)


def _serve(folder: Path, host: str) -> tuple[Any, Any]:
    """Create the folder for this user only if it does not exist, and start a server; return it and its database."""
    folder.mkdir(mode=0o700, exist_ok=True)
    # It is pure Python in this process: several threads would only compete for the interpreter.
    server, database, _ = start_server_in_thread(str(folder), host, max_workers=1)
    return server, database


def _lock(folder: Path) -> int:
    """Return the descriptor of the locked file beside the folder.

    The kernel releases the lock when the process ends, even if it is killed.
    """
    import fcntl  # Windows has none.

    # A descriptor, not a file object: garbage collection would close the object and release the lock.
    lock = os.open(folder.with_name(folder.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        owner = os.read(lock, 1_000).decode(errors="replace").strip()
        os.close(lock)
        raise _conflict(folder, owner or "another process") from None
    os.truncate(lock, 0)
    os.write(lock, f"process {os.getpid()} ({_command()})\n".encode())
    return lock


def _conflict(folder: Path, owner: str) -> Conflict:
    return Conflict(
        f"the Milvus Lite folder {folder} is in use by {owner}, and only one process at a time can open it: "
        "stop that process, or set VECTORS_URL to a Milvus server (milvus://host:19530) that all processes share"
    )


def _command() -> str:
    """Return the program and its subcommand, "reelmate run", without further arguments, which may be private."""
    program = Path(sys.argv[0])
    name = program.parent.name if program.name == "__main__.py" else program.name
    return " ".join([name or "python", *sys.argv[1:2]])
