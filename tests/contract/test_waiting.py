"""A process that starts before its database waits for it."""

import asyncio
import logging
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from bot.settings import Settings
from bot.waiting import database_answers
from storage.errors import Misconfigured, Unavailable
from tests.ports import free_port
from tests.programs import PATIENCE_S, until
from tests.servers.sql_servers import OpenServer

PAUSE_S = 0.05


def at(url: str) -> Settings:
    """Return settings with this DATABASE_URL."""
    return Settings(_env_file=None, database_url=url)


@pytest.fixture
def waiting(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """The log, with everything from INFO on."""
    with caplog.at_level(logging.INFO):
        yield caplog


async def test_a_database_that_begins_to_answer(sql_servers: OpenServer, waiting: pytest.LogCaptureFixture) -> None:
    """The log says once that the process waits, and that the database answers."""
    server = await sql_servers("postgresql")
    real, port = server.url("postgres"), free_port()
    settings = at(real.replace(f":{urlsplit(real).port}/", f":{port}/"))
    task = asyncio.create_task(database_answers(settings, asyncio.Event(), PATIENCE_S, PAUSE_S))
    await until(lambda: "waiting for the database" in waiting.text)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", urlsplit(real).port)
        await asyncio.gather(copy(reader, back), copy(there, writer))

    async with await asyncio.start_server(forward, "127.0.0.1", port):
        assert await task
    assert [record.message for record in waiting.records if "the database" in record.message] == [
        "waiting for the database",
        "the database answers",
    ]


async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy a stream until it ends."""
    while content := await reader.read(1 << 16):
        writer.write(content)
        await writer.drain()
    writer.close()


async def test_a_database_that_stays_away() -> None:
    """The error names the time."""
    settings = at(f"postgresql+asyncpg://me:hunter2@127.0.0.1:{free_port()}/reelmate")
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1.*; waited for it for 0\.2 s") as raised:
        await database_answers(settings, asyncio.Event(), 0.2, PAUSE_S)
    assert "hunter2" not in str(raised.value)


async def test_a_signal_ends_the_waiting(waiting: pytest.LogCaptureFixture) -> None:
    """The process can be stopped while it waits."""
    stop = asyncio.Event()
    settings = at(f"postgresql+asyncpg://me@127.0.0.1:{free_port()}/reelmate")
    task = asyncio.create_task(database_answers(settings, stop, PATIENCE_S, PAUSE_S))
    await until(lambda: "waiting for the database" in waiting.text)
    stop.set()
    assert not await task


async def test_a_wrong_url_is_no_reason_to_wait(waiting: pytest.LogCaptureFixture) -> None:
    """It is reported at once."""
    with pytest.raises(Misconfigured):
        await database_answers(at("postgresql+asyncpg://me@127.0.0.1/x?nonsense=1"), asyncio.Event())
    assert waiting.text == ""
