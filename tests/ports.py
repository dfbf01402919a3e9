"""Ports for servers that a test starts later."""

import os
import socket
from collections.abc import Iterator
from itertools import chain, cycle, islice

import pytest

_FIRST_PORT = 20_000
"""First port; below the range of ephemeral ports, so that the system never assigns one of these ports itself."""

_PORTS_PER_WORKER = 500
"""Number of ports of a pytest worker."""


def free_port() -> int:
    """Return a free port of 127.0.0.1 that no other pytest worker uses."""
    for port in islice(_ports, _PORTS_PER_WORKER):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    pytest.fail("every port of this pytest worker is taken")


def _own_ports() -> Iterator[int]:
    first = _FIRST_PORT + _PORTS_PER_WORKER * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    # Vary the first port, because another test run may use the same ports at the same time.
    begin = first + os.getpid() % _PORTS_PER_WORKER
    return cycle(chain(range(begin, first + _PORTS_PER_WORKER), range(first, begin)))


_ports = _own_ports()
