"""A real Milvus server, one for all workers of a test run. `make milvus` installs it."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest
from filelock import FileLock

from tests.ports import free_port

_ROOT = Path(__file__).parents[2]
_PYTHON = _ROOT / ".venv-milvus" / "bin" / "python"
_PORTS = 16
"""More ports than the server uses."""


def milvus_url(shared: Path) -> str:
    """Return the VECTORS_URL of the server, and start it if no worker has done so. It ends with the test run.

    If it is not installed, the test is skipped, and in CI it fails.

    Args:
        shared: a folder that all workers of the test run share.
    """
    if not (_PYTHON.parents[1] / ".installed").exists():
        problem = "the Milvus server is not installed (make milvus)"
        if os.environ.get("CI"):
            pytest.fail(problem)
        pytest.skip(problem)
    address = shared / "milvus-server"
    with FileLock(f"{address}.lock"):
        if not address.exists():
            address.write_text(f"milvus://127.0.0.1:{_start()}")
        return address.read_text()


def _start() -> str:
    """Start a server and return its port."""
    # Of this process, or of the one that has started all workers.
    test_run = os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()
    folder = tempfile.mkdtemp(prefix="reelmate-milvus-")
    ports = [str(free_port()) for _ in range(_PORTS)]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(  # noqa: S603 - a fixed program
            [str(_PYTHON), str(_ROOT / "tests" / "servers" / "milvus_process.py"), folder, str(test_run), *ports],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            # Ctrl+C ends the test run, and then the server.
            start_new_session=True,
        )
        assert process.stdout is not None
        with process.stdout:
            port = process.stdout.readline().strip()
        if not port:
            errors.seek(0)
            pytest.fail(f"the Milvus server did not start:\n{errors.read().decode()[-3_000:]}")
    # It outlives this worker, which otherwise would warn that it has not waited for its child.
    process.returncode = 0
    return port
