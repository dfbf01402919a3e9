"""A load balancer in front of several replicas."""

import json
from collections import Counter, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.local_bot_api.signals import Signal
from bot.process.http_server import listening
from bot.updates.webhook import SECRET_HEADER


class Balancer:
    """Forwards updates to the replicas in turn. Like common proxies, it skips a replica that takes no connection.

    Attributes:
        url: the address of the webhook, for Telegram.
        passed: the number of updates that each replica answered, by its address.
        sent_to: the replica that each update was sent to last, by the id of the update.
    """

    def __init__(self, replicas: list[str]) -> None:
        """Balance between these host:port addresses."""
        self.url = ""
        self.passed = dict.fromkeys(replicas, 0)
        self.sent_to: dict[int, str] = {}
        self._turns = deque(replicas)
        self._in_progress = Counter[str]()
        self._answered = Signal()
        self._client = httpx.AsyncClient(trust_env=False, timeout=20)

    @classmethod
    @asynccontextmanager
    async def open(cls, replicas: list[str]) -> AsyncIterator[Self]:
        """Listen until the block ends."""
        balancer = cls(replicas)
        app = Starlette(routes=[Route("/telegram", balancer._next, methods=["POST"])])
        async with balancer._client, listening(app, "127.0.0.1", 0, drain_s=1) as (host, port):
            balancer.url = f"http://{host}:{port}/telegram"
            yield balancer

    async def leave(self, replica: str, timeout_s: float) -> None:
        """Take a replica out of rotation, and wait until it has answered its requests."""
        self._turns.remove(replica)
        await self._answered.wait_for(lambda: self._in_progress[replica] == 0 or None, timeout_s)

    def join(self, replica: str) -> None:
        """Put a replica back into rotation."""
        self._turns.append(replica)

    async def _next(self, request: Request) -> PlainTextResponse:
        body = await request.body()
        for _ in range(len(self._turns)):
            replica = self._turns[0]
            self._turns.rotate(-1)
            self._in_progress[replica] += 1
            self.sent_to[json.loads(body)["update_id"]] = replica
            try:
                answer = await self.post(replica, body, request.headers[SECRET_HEADER])
            except httpx.ConnectError:  # The replica does not run.
                continue
            except httpx.TransportError:  # The replica was killed.
                break
            finally:
                self._in_progress[replica] -= 1
                self._answered.notify()
            self.passed[replica] += 1
            return PlainTextResponse(answer.text, answer.status_code)
        return PlainTextResponse("bad gateway", 502)

    async def post(self, replica: str, update: bytes, secret: str) -> httpx.Response:
        """Post an update to a replica."""
        headers = {SECRET_HEADER: secret, "content-type": "application/json"}
        return await self._client.post(f"http://{replica}/telegram", content=update, headers=headers)
