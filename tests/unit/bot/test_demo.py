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
        check(settings, "127.0.0.1", 0)


def test_a_taken_port_is_refused_and_a_free_one_is_not(tmp_path: Path) -> None:
    """The message names another port."""
    settings = Settings(_env_file=None, reelmate_home=tmp_path)
    check(settings, "127.0.0.1", 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BadInput, match=f"^--port {port}: .*--port 0 takes a free one$"):
            check(settings, "127.0.0.1", port)


@pytest.mark.parametrize("host", ["localhost", "::1", "reelmate.example", ""])
def test_a_host_that_is_no_address_is_refused(tmp_path: Path, host: str) -> None:
    """A browser that opens the page by a name would be refused too."""
    settings = Settings(_env_file=None, reelmate_home=tmp_path)
    with pytest.raises(BadInput, match=r"^--host .*: expected an IPv4 address"):
        check(settings, host, 0)


def test_an_address_of_another_machine_is_refused(tmp_path: Path) -> None:
    """The address of a documentation network belongs to no machine."""
    settings = Settings(_env_file=None, reelmate_home=tmp_path)
    check(settings, "0.0.0.0", 0)  # noqa: S104 - a free port, which is closed at once
    with pytest.raises(BadInput, match=r"^--host 192\.0\.2\.1 --port 0: .* assign requested address"):
        check(settings, "192.0.2.1", 0)
