"""Delivery to a webhook: an endpoint that passes updates to a real application, or returns prepared statuses."""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Update
from telegram.ext import MessageHandler, filters

from bot.local_bot_api import TelegramServer
from tests.flow.local_bot_api.helpers import Bot, message_of
from tests.ports import free_port

SECRET = "a-secret_TOKEN"


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Any:
        yield


class Endpoint:
    """A webhook that records deliveries, and returns 200 unless another status is prepared.

    Attributes:
        deliveries: (text, secret header) of every delivery.
        statuses: the HTTP statuses of the next responses.
        handle: called with each update before the response.
    """

    def __init__(self) -> None:
        self.deliveries: list[tuple[str, str | None]] = []
        self.statuses: deque[int] = deque()
        self.handle: Callable[[dict[str, Any]], Awaitable[None]] | None = None
        self.url = ""

    async def receive(self, request: Request) -> Response:
        """Record a delivery, handle it, and respond."""
        update = await request.json()
        self.deliveries.append((update["message"]["text"], request.headers.get("x-telegram-bot-api-secret-token")))
        if self.handle is not None:
            await self.handle(update)
        return Response(status_code=self.statuses.popleft() if self.statuses else 200)

    @asynccontextmanager
    async def listening(self, port: int = 0) -> AsyncIterator[None]:
        """Listen on a port; 0 takes a free port."""
        listener = socket.create_server(("127.0.0.1", port))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        app = Starlette(routes=[Route("/hook", self.receive, methods=["POST"])])
        server = _Server(uvicorn.Config(app, lifespan="off", ws="none", log_config=None, timeout_graceful_shutdown=2))
        task = asyncio.create_task(server.serve([listener]))
        try:
            yield
        finally:
            server.should_exit = True
            await task


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    """A running endpoint."""
    opened = Endpoint()
    async with opened.listening():
        yield opened


async def set_webhook(api: httpx.AsyncClient, url: str, **parameters: Any) -> dict[str, Any]:
    body: dict[str, Any] = (await api.post("setWebhook", json={"url": url, **parameters})).json()
    return body


async def test_an_application_answers_through_its_webhook(
    server: TelegramServer, endpoint: Endpoint, bot_of: Callable[[], Bot]
) -> None:
    """A real application behind an endpoint: the update is confirmed once it was handled."""
    application = bot_of()

    async def echo(update: Update, _: Any) -> None:
        await message_of(update).reply_text(message_of(update).text)

    async def handle(update: dict[str, Any]) -> None:
        await application.process_update(Update.de_json(update, application.bot))

    endpoint.handle = handle
    application.add_handler(MessageHandler(filters.TEXT, echo))
    ann = server.person(1)
    async with application:
        await application.bot.set_webhook(endpoint.url, secret_token=SECRET)
        await ann.send("hello")
        await server.delivered()
        assert [message.text for message in ann.messages] == ["hello", "hello"]
        await application.bot.delete_webhook()
    assert endpoint.deliveries == [("hello", SECRET)]


async def test_failed_deliveries_are_retried_in_order(
    server: TelegramServer, api: httpx.AsyncClient, endpoint: Endpoint
) -> None:
    """A failed delivery is retried before any later update, until the response is 2xx."""
    endpoint.statuses.extend([500, 503, 201, 404])
    await set_webhook(api, endpoint.url)
    ann = server.person(1)
    await ann.send("a")
    await ann.send("b")
    await server.delivered()
    assert [text for text, _ in endpoint.deliveries] == ["a", "a", "a", "b", "b"]
    info = (await api.get("getWebhookInfo")).json()["result"]
    assert info["pending_update_count"] == 0
    assert info["last_error_message"] == "Wrong response from the webhook: 404 Not Found"


async def test_one_person_does_not_wait_for_another(
    server: TelegramServer, api: httpx.AsyncClient, endpoint: Endpoint
) -> None:
    """While one person's update is handled, another person's is delivered; the first person's next update waits."""
    release = asyncio.Event()
    bob_arrived = asyncio.Event()

    async def handle(update: dict[str, Any]) -> None:
        if update["message"]["from"]["id"] == 1:
            await release.wait()
        else:
            bob_arrived.set()

    endpoint.handle = handle
    await set_webhook(api, endpoint.url)
    await server.person(1).send("a1")
    await server.person(1).send("a2")
    await server.person(2).send("b")
    await asyncio.wait_for(bob_arrived.wait(), 10)
    assert sorted(text for text, _ in endpoint.deliveries) == ["a1", "b"]
    release.set()
    await server.delivered()
    assert [text for text, _ in endpoint.deliveries if text.startswith("a")] == ["a1", "a2"]


async def test_updates_wait_for_an_endpoint_that_is_down(server: TelegramServer, api: httpx.AsyncClient) -> None:
    """Without a connection updates wait; none is lost or delivered twice."""
    endpoint = Endpoint()
    port = free_port()
    await set_webhook(api, f"http://127.0.0.1:{port}/hook")
    await server.person(1).send("a")
    # As on Telegram, a failed attempt is visible only in getWebhookInfo.
    while "last_error_message" not in (info := (await api.get("getWebhookInfo")).json()["result"]):
        pass
    assert (info["pending_update_count"], info["last_error_message"]) == (1, "Connection refused")
    async with endpoint.listening(port):
        await server.delivered()
    assert [text for text, _ in endpoint.deliveries] == ["a"]


async def test_an_old_update_can_be_delivered_again(
    server: TelegramServer, api: httpx.AsyncClient, endpoint: Endpoint
) -> None:
    """Tests can repeat and reorder updates that Telegram would deliver once and in order."""
    await set_webhook(api, endpoint.url)
    ann = server.person(1)
    with server.holding() as held:
        await ann.send("a")
        await ann.send("b")
        held.reverse()
    await server.delivered()
    server.redeliver(server.updates[0]["update_id"])
    await server.delivered()
    assert [text for text, _ in endpoint.deliveries] == ["b", "a", "a"]
    with pytest.raises(LookupError):
        server.redeliver(1)


async def test_webhook_and_polling_exclude_each_other(
    server: TelegramServer, api: httpx.AsyncClient, endpoint: Endpoint
) -> None:
    """With a webhook, getUpdates is rejected and a waiting poll ends; pending updates may be dropped."""
    ann = server.person(1)
    async with asyncio.TaskGroup() as polls:
        waiting = polls.create_task(api.post("getUpdates", json={"timeout": 50}, timeout=60))
        await server.arrived("getUpdates")
        body = await set_webhook(api, endpoint.url)
        assert body == {"ok": True, "result": True, "description": "Webhook was set"}
        assert (await waiting).json()["description"] == "Conflict: terminated by setWebhook request"
    rejected = (await api.post("getUpdates")).json()
    assert rejected["description"] == (
        "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
    )
    assert (await api.post("deleteWebhook")).json()["description"] == "Webhook was deleted"
    assert (await api.post("deleteWebhook")).json()["description"] == "Webhook is already deleted"
    await ann.send("old")
    await set_webhook(api, endpoint.url, drop_pending_updates=True)
    await ann.send("new")
    await server.delivered()
    assert [text for text, _ in endpoint.deliveries] == ["new"]


async def test_an_invalid_webhook_is_rejected(api: httpx.AsyncClient) -> None:
    """A URL with another scheme, and a secret with characters that Telegram does not accept."""
    assert (await set_webhook(api, "ftp://e.org"))["description"] == (
        "Bad Request: bad webhook: invalid webhook URL specified"
    )
    assert (await set_webhook(api, "https://e.org", secret_token="a b"))["description"] == (
        "Bad Request: secret token contains unallowed characters"
    )
    assert (await api.get("getWebhookInfo")).json()["result"]["url"] == ""
