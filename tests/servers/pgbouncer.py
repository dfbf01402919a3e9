"""A real PgBouncer in front of a PostgreSQL server for tests, a process of its own on a free port."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.ports import free_port
from tests.programs import PATIENCE_S
from tests.servers.sql_servers import PASSWORD, USER, give, unprivileged

POOL_SIZE = 5
"""Number of connections to the server that all clients share."""

_POLL_S = 0.05


@contextmanager
def running_pgbouncer(database_url: str) -> Iterator[str]:
    """Yield the DATABASE_URL of the same database behind PgBouncer, which gives each transaction another connection.

    If it is not installed, the test is skipped, and in CI it fails.

    Args:
        database_url: of a PostgreSQL server.
    """
    program = shutil.which("pgbouncer", path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    if program is None:
        problem = "pgbouncer is not installed (Debian: apt-get install pgbouncer)"
        if os.environ.get("CI"):
            pytest.fail(problem)
        pytest.skip(problem)
    folder = Path(tempfile.mkdtemp(prefix="reelmate-pgbouncer-"))
    address = urlsplit(database_url)
    port = free_port()
    (folder / "users.txt").write_text(f'"{USER}" "{PASSWORD}"\n')
    (folder / "pgbouncer.ini").write_text(
        "[databases]\n"
        f"* = host=127.0.0.1 port={address.port}\n"
        "[pgbouncer]\n"
        f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        f"auth_type = scram-sha-256\nauth_file = {folder}/users.txt\n"
        f"pool_mode = transaction\ndefault_pool_size = {POOL_SIZE}\n"
        # From 1.21 on it can follow prepared statements from one connection to another, and may do so by default.
        f"{'max_prepared_statements = 0' if _version(program) >= (1, 21) else ''}\n"
    )
    for path in (folder, *folder.iterdir()):
        give(path)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([program, str(folder / "pgbouncer.ini")], stdout=log, stderr=log, **unprivileged())  # noqa: S603 - a fixed program
    try:
        _wait(process, port, folder / "log")
        yield database_url.replace(f":{address.port}/", f":{port}/")
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        shutil.rmtree(folder)


def _version(program: str) -> tuple[int, ...]:
    output = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603 - a fixed program
    return tuple(int(number) for number in output.split()[1].split(".")[:2])


def _wait(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    ends_at = time.monotonic() + PATIENCE_S
    while time.monotonic() < ends_at and process.poll() is None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1.0):
            return
        time.sleep(_POLL_S)
    pytest.fail(f"pgbouncer did not start:\n{log.read_text()[-3_000:]}")
