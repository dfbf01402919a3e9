"""Sockets at one address: those of several processes share it, and nobody else gets it."""

import pytest

from bot.process.sockets import listen, reserve
from storage.errors import Misconfigured


async def test_an_address_is_shared_by_the_processes_of_one_bot_only() -> None:
    """A second bot, with one process or with several, is refused in one line."""
    with await reserve("127.0.0.1", 0) as reserved:
        host, port = reserved.getsockname()
        with await listen(host, port, is_shared=True), await listen(host, port, is_shared=True):
            for opening in (listen(host, port), reserve(host, port)):
                with pytest.raises(Misconfigured, match=f"^LISTEN: cannot listen on {host}:{port}: "):
                    await opening
