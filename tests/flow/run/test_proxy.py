"""Calls to the Bot API through the proxy of the environment."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from bot.client.transport import AiohttpRequest
from bot.local_bot_api import TelegramServer


@asynccontextmanager
async def opened() -> AsyncIterator[AiohttpRequest]:
    """Open an HTTP client until the block ends."""
    request = AiohttpRequest(1, connect_timeout_s=5, answer_timeout_s=5)
    yield request
    await request.shutdown()


async def test_calls_go_through_the_proxy_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy gets the absolute URL, and the user and password of its own URL."""
    requests = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as proxy, opened() as request:
        host, port = proxy.sockets[0].getsockname()
        monkeypatch.setenv("http_proxy", f"http://ada:secret@{host}:{port}")
        monkeypatch.setenv("no_proxy", "127.0.0.1")
        assert await request.do_request("http://telegram.test/bot/getMe", "GET") == (200, b"ok")
    (head,) = requests
    assert head.startswith("GET http://telegram.test/bot/getMe HTTP/1.1\r\n")
    assert f"\r\nProxy-Authorization: Basic {base64.b64encode(b'ada:secret').decode()}\r\n" in head


async def test_hosts_in_no_proxy_are_called_directly(server: TelegramServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens at the proxy's address."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    async with opened() as request:
        status, _ = await request.do_request(f"{server.base_url}{server.token}/getMe", "GET")
    assert status == 200
