"""A demo that cannot run is refused before anything is prepared."""

import socket
from pathlib import Path

import pytest

from bot.errors import BadInput
from bot.process.demo import check
from bot.settings import Settings


def test_a_database_server_is_refused(tmp_path: Path) -> None:
    """A demo would write invented people into a database that others may use."""
    settings = Settings(_env_file=None, reelmate_home=tmp_path, database_url="postgresql+asyncpg://a:b@host/reelmate")
    with pytest.raises(BadInput, match=r"^DATABASE_URL: the demo would write invented people"):
        check(settings, 0)


def test_a_taken_port_is_refused_and_a_free_one_is_not(tmp_path: Path) -> None:
    """The message names another port."""
    settings = Settings(_env_file=None, reelmate_home=tmp_path)
    check(settings, 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"^--port {port}: .*--port 0 takes a free one$"):
            check(settings, port)
