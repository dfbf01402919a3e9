"""Ports that a test gives to a server it starts later."""

import os
import socket
from collections.abc import Iterator
from itertools import chain, cycle, islice

import pytest

_FIRST = 20_000
"""Below the ports that a system gives out by itself, so that nobody who asks it for any port gets one of these."""

_EACH = 500
"""Ports of one pytest worker."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on, and that no other pytest worker hands out."""
    for port in islice(_ports, _EACH):
        with socket.socket() as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                tried.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    pytest.fail("every port of this pytest worker is taken")


def _own_ports() -> Iterator[int]:
    first = _FIRST + _EACH * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    # Not always the same one first: another run of the tests may go on beside this one.
    begin = first + os.getpid() % _EACH
    return cycle(chain(range(begin, first + _EACH), range(first, begin)))


_ports = _own_ports()
