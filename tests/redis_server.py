"""A real Redis for tests."""

import signal
import subprocess
from pathlib import Path

import pytest

from tests.ports import free_port


class RedisServer:
    """A Redis of our own on a free port, which a test may stop and start again on the same port, empty."""

    def __init__(self, program: str, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._port = free_port()
        self._process: subprocess.Popen[str] | None = None

    @property
    def url(self) -> str:
        """Its METADATA_URL."""
        return f"redis://127.0.0.1:{self._port}/0"

    def start(self) -> None:
        """Return when it accepts connections."""
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(  # noqa: S603 - a fixed program and our own arguments
            [self._program, *options, "--dir", str(self._folder)], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        said = []
        for line in self._process.stdout:
            said.append(line)
            if "Ready to accept connections" in line:
                return
        pytest.fail("redis-server did not start:\n" + "".join(said))

    def freeze(self) -> None:
        """Let it hold its connections and answer nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def stop(self) -> None:
        """Kill it, as a crash would; safe to repeat."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
