"""A real Redis for tests."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
import trustme

from tests.ports import free_port

PASSWORD = "secret-word"


def find_redis() -> str:
    """Return the path of redis-server. Without it the test is skipped, and in CI it fails."""
    program = shutil.which("redis-server")
    if program is None:
        problem = "redis-server is not installed (Debian: apt-get install redis-server)"
        if os.environ.get("CI"):
            pytest.fail(problem)
        pytest.skip(problem)
    return program


class RedisServer:
    """A Redis server on a free port; a restart keeps the port and loses the data.

    Attributes:
        port: where it listens.
        url: the METADATA_URL of the server.
    """

    def __init__(self, program: str, folder: Path, *options: str, url: str = "redis://127.0.0.1:{port}/0") -> None:
        """Prepare a server.

        Args:
            program: the path of redis-server.
            folder: its working folder.
            *options: further options. "{port}" in them stands for the port.
            url: the METADATA_URL, with the same placeholder.
        """
        self.port = str(free_port())
        self.url = url.format(port=self.port)
        defaults = ("--port", "{port}", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", str(folder))
        self._command = [program, *(option.format(port=self.port) for option in (*defaults, *options))]
        self._process: subprocess.Popen[str] | None = None

    @classmethod
    def with_password(cls, program: str, folder: Path) -> "RedisServer":
        """Return a server with a password."""
        url = f"redis://:{PASSWORD}@127.0.0.1:{{port}}/0"
        return cls(program, folder, "--requirepass", PASSWORD, url=url)

    @classmethod
    def sentinel(cls, program: str, configuration: Path, port_option: str = "--port") -> "RedisServer":
        """Return a Sentinel. It writes what it learns to the file of its configuration."""
        server = cls(program, configuration.parent, url="redis://127.0.0.1:{port}")
        server._command = [program, str(configuration), "--sentinel", port_option, server.port]
        return server

    @classmethod
    def with_tls(cls, program: str, folder: Path) -> "RedisServer":
        """Return a server with TLS and a password, whose certificate an authority of its own has signed."""
        authority = trustme.CA()
        certificate = authority.issue_cert("127.0.0.1")
        authority.cert_pem.write_to_path(folder / "ca.pem")
        certificate.private_key_and_cert_chain_pem.write_to_path(folder / "server.pem")
        files = {"cert": "server.pem", "key": "server.pem", "ca-cert": "ca.pem"}
        options = [word for name, file in files.items() for word in (f"--tls-{name}-file", str(folder / file))]
        tls = ("--port", "0", "--tls-port", "{port}", "--tls-auth-clients", "no", *options)
        url = f"rediss://:{PASSWORD}@127.0.0.1:{{port}}/0?ssl_ca_certs={folder}/ca.pem"
        return cls(program, folder, "--requirepass", PASSWORD, *tls, url=url)

    def add_options(self, *options: str) -> None:
        """Add options for the next start."""
        self._command += options

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - a fixed program
        assert self._process.stdout is not None
        output = []
        for line in self._process.stdout:
            output.append(line)
            # A sentinel does not say that it is ready, only which id it has.
            if "Ready to accept connections" in line or "Sentinel ID is" in line:
                return
        pytest.fail("redis-server did not start:\n" + "".join(output))

    def freeze(self) -> None:
        """Suspend the process: connections stay open, but get no answers."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let a frozen process go on."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        """Kill the process, as in a crash; do nothing if it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None
