"""The HTTP server of a running bot: the webhook, /live, /ready and /metrics."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from telegram import Update

from bot.health import Readiness
from bot.local_bot_api import TelegramServer
from bot.process.http_server import build_server, listening
from bot.settings import Settings
from bot.updates.webhook import MAX_BODY_BYTES
from handlers.context import Context
from tests.flow.bots import SECRET, with_webhook
from tests.flow.run.helpers import OpenBot, counted, echo

HEADERS = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "content-type": "application/json"}


@pytest.fixture
async def handled() -> list[int]:
    """The ids of the updates that reached the handler."""
    return []


@pytest.fixture
async def site(
    server: TelegramServer, open_bot: OpenBot, webhook: Settings, handled: list[int]
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a bot with a webhook."""

    async def note(update: Update, _: Context) -> None:
        handled.append(update.update_id)

    async with (
        open_bot(webhook, note),
        httpx.AsyncClient(base_url=f"http://{webhook.listen}", trust_env=False, timeout=20) as client,
    ):
        await server.called("setWebhook")
        yield client


def _update(update_id: int = 7) -> dict[str, Any]:
    ann = {"id": 1, "is_bot": False, "first_name": "Ann"}
    chat = {"id": 1, "type": "private", "first_name": "Ann"}
    return {"update_id": update_id, "message": {"message_id": 1, "date": 0, "chat": chat, "from": ann, "text": "hi"}}


@pytest.mark.parametrize("secret", ["", "wrong", SECRET[:-1], SECRET + "x"])
async def test_a_request_without_the_secret_is_refused(
    site: httpx.AsyncClient, handled: list[int], secret: str
) -> None:
    """Without the secret token, or with another one, the body is not read."""
    answer = await site.post("/telegram", json=_update(), headers={"X-Telegram-Bot-Api-Secret-Token": secret})
    assert answer.status_code == 401
    assert (await site.post("/telegram", json=_update())).status_code == 401
    assert handled == []


async def test_the_webhook_is_on_the_path_of_its_address(
    open_bot: OpenBot, server: TelegramServer, polling: Settings
) -> None:
    """Telegram calls WEBHOOK_URL, whatever its path is. A proxy may still rewrite it to /telegram."""
    handled = []

    async def note(update: Update, _: Context) -> None:
        handled.append(update.update_id)

    settings = with_webhook(polling, f"http://{polling.listen}/my%20bot/hook")
    async with (
        open_bot(settings, note),
        httpx.AsyncClient(base_url=f"http://{polling.listen}", trust_env=False, timeout=20) as client,
    ):
        await server.called("setWebhook")
        answers = [
            (await client.post(path, json=_update(number), headers=HEADERS)).status_code
            for number, path in ((7, "/my%20bot/hook"), (8, "/telegram"), (9, "/elsewhere"))
        ]
    assert (answers, handled) == ([200, 200, 404], [7, 8])


async def test_a_body_that_is_too_large_is_not_read(site: httpx.AsyncClient, handled: list[int]) -> None:
    """The response is 413 with a Content-Length and with chunks."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 65536 + 1):
            yield b" " * 65536

    announced = await site.post("/telegram", content=b" " * (MAX_BODY_BYTES + 1), headers=HEADERS)
    chunked = await site.post("/telegram", content=pieces(), headers=HEADERS)
    assert (announced.status_code, chunked.status_code) == (413, 413)
    assert handled == []


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"update_id=1", "application/x-www-form-urlencoded", 415),
        (b"not json", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"[1]", "application/json", 400),
        (b'{"update_id": "1"}', "application/json", 400),
        (b'{"update_id": 1, "message": 5}', "application/json", 200),
    ],
)
async def test_a_malformed_update_is_refused_and_blocks_no_other(
    site: httpx.AsyncClient, handled: list[int], body: bytes, kind: str, status: int
) -> None:
    """A malformed update is not redelivered, because it would block the person's later updates."""
    answer = await site.post("/telegram", content=body, headers={**HEADERS, "content-type": kind})
    assert answer.status_code == status
    assert (await site.post("/telegram", json=_update(), headers=HEADERS)).status_code == 200
    assert handled == [7]


async def test_there_are_no_other_endpoints(site: httpx.AsyncClient) -> None:
    """The webhook accepts POST only."""
    assert (await site.get("/telegram", headers=HEADERS)).status_code == 405
    assert (await site.get("/")).status_code == 404


async def test_the_answer_waits_until_the_update_is_handled(
    server: TelegramServer, open_bot: OpenBot, webhook: Settings
) -> None:
    """Telegram must not forget an update in progress. The same update, posted twice, is handled once."""
    begun, gate, handled = asyncio.Event(), asyncio.Event(), []

    async def handle(update: Update, _: Context) -> None:
        begun.set()
        await gate.wait()
        handled.append(update.update_id)

    async with open_bot(webhook, handle), httpx.AsyncClient(trust_env=False, timeout=20) as client:
        await server.called("setWebhook")
        url = f"http://{webhook.listen}/telegram"
        posts = [asyncio.create_task(client.post(url, json=_update(), headers=HEADERS)) for _ in range(2)]
        await begun.wait()
        assert (await client.get(f"http://{webhook.listen}/live")).status_code == 200
        assert not any(post.done() for post in posts)
        gate.set()
        assert [answer.status_code for answer in await asyncio.gather(*posts)] == [200, 200]
    assert handled == [7]


async def test_ready_and_metrics_of_a_bot_that_polls(
    server: TelegramServer, open_bot: OpenBot, polling: Settings
) -> None:
    """They exist without a webhook, and /telegram does not."""
    before = counted("handled")
    async with open_bot(polling, echo), httpx.AsyncClient(base_url=f"http://{polling.listen}", trust_env=False) as site:
        ann = server.person(1, "Annabel")
        await ann.send("a message nobody may see")
        await ann.next_message()
        await server.delivered()
        ready, figures = await site.get("/ready"), (await site.get("/metrics")).text
        assert (ready.status_code, ready.text) == (200, "ready\n")
        assert (await site.post("/telegram", json=_update(), headers=HEADERS)).status_code == 404
    assert f'reelmate_updates_total{{kind="message",outcome="handled"}} {before + 1}' in figures
    assert "reelmate_ready 1.0" in figures
    assert "reelmate_update_handling_seconds_bucket" in figures
    assert "Annabel" not in figures
    assert "nobody may see" not in figures


async def test_ready_names_what_is_missing_and_what_a_fallback_replaces() -> None:
    """503 if something is missing, 200 if a fallback replaces it; both are in the metrics."""
    readiness = Readiness((), {"vectors": "Milvus is down; searching in memory instead"}, {"vectors": 3})

    async def check_readiness() -> Readiness:
        return readiness

    transport = httpx.ASGITransport(build_server(check_readiness))
    async with httpx.AsyncClient(transport=transport, base_url="http://bot") as site:
        ready = await site.get("/ready")
        assert (ready.status_code, ready.text) == (
            200,
            "degraded: vectors: Milvus is down; searching in memory instead\n",
        )
        figures = (await site.get("/metrics")).text
        assert 'reelmate_degraded{name="vectors"} 1.0' in figures
        assert 'reelmate_fallback_requests{name="vectors"} 3.0' in figures
        readiness = Readiness(("DATABASE_URL: no answer within 3 s", "Telegram does not answer"), {}, {"vectors": 3})
        ready = await site.get("/ready")
        assert ready.status_code == 503
        assert ready.text == "missing: DATABASE_URL: no answer within 3 s\nmissing: Telegram does not answer\n"
        figures = (await site.get("/metrics")).text
        assert "reelmate_ready 0.0" in figures
        assert 'reelmate_degraded{name="vectors"} 0.0' in figures


BEGUN = b"POST / HTTP/1.1\r\nHost: bot\r\nContent-Length: 1000000\r\n"
"""The beginning of a request that announces a long body."""


@contextlib.asynccontextmanager
async def connected(app: Starlette) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Serve an application that gives requests a second to arrive, and open a connection to it."""
    async with listening(app, "127.0.0.1", 0, drain_s=1, request_timeout_s=1) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        try:
            yield reader, writer
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()


async def rest_of(reader: asyncio.StreamReader) -> bytes:
    """Return what the server sends until it closes the connection."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while piece := await reader.read(65536):
            received += piece
    return received


async def read_body(request: Request) -> Response:
    """Answer once the whole body has arrived."""
    with contextlib.suppress(ClientDisconnect):
        await request.body()
    return PlainTextResponse("read")


@pytest.mark.parametrize(
    ("sent", "answered"),
    [
        (b"", 0),
        (b"G", 0),
        (BEGUN, 0),
        (BEGUN + b"\r\n", 0),
        (BEGUN + b"\r\n{", 0),
        (b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n" + BEGUN, 1),
        (BEGUN.replace(b"POST /", b"POST /unknown") + b"\r\n{", 1),
    ],
    ids=["nothing", "a letter", "some headers", "no body", "a part of the body", "a second request", "answered early"],
)
async def test_a_request_that_does_not_arrive_is_given_up(sent: bytes, answered: int) -> None:
    """The connection is closed after the deadline, at each place where a client can stop sending."""
    async with connected(Starlette(routes=[Route("/", read_body, methods=["GET", "POST"])])) as (reader, writer):
        writer.write(sent)
        assert (await rest_of(reader)).count(b"HTTP/1.1 ") == answered


async def test_a_request_that_arrives_byte_by_byte_is_given_up() -> None:
    """The deadline is for the whole request, so further bytes do not extend it."""
    async with connected(Starlette(routes=[Route("/", read_body, methods=["POST"])])) as (reader, writer):
        writer.write(BEGUN + b"\r\n")
        reading = asyncio.create_task(rest_of(reader))
        with contextlib.suppress(ConnectionError):
            while not reading.done():
                writer.write(b" ")
                await writer.drain()
                await asyncio.wait([reading], timeout=0.01)
        assert await reading == b""


async def test_a_response_that_is_not_read_is_given_up() -> None:
    """A client that reads nothing holds a connection no longer than one that sends nothing."""
    ended = asyncio.Event()

    async def send_much(_: Request) -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            try:
                for _ in range(1000):
                    yield bytes(1 << 20)
            finally:
                ended.set()

        return StreamingResponse(pieces())

    async with connected(Starlette(routes=[Route("/", send_much)])) as (_, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n")
        await ended.wait()


async def test_handling_a_request_may_take_longer_than_its_arrival() -> None:
    """A connection that opens later and sends nothing is closed first. Then the request is answered."""
    gate = asyncio.Event()

    async def wait(_: Request) -> Response:
        await gate.wait()
        return PlainTextResponse("done")

    async with connected(Starlette(routes=[Route("/", wait)])) as (reader, writer):
        writer.write(b"GET / HTTP/1.1\r\nHost: bot\r\nConnection: close\r\n\r\n")
        silent, other = await asyncio.open_connection(*writer.get_extra_info("peername"))
        assert await rest_of(silent) == b""
        other.close()
        gate.set()
        assert (await rest_of(reader)).endswith(b"done")
