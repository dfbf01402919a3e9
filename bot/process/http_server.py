"""The bot's HTTP side: Telegram's webhook, and what those who run it look at."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass, field

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.observability import metrics
from bot.updates.webhook import Webhook
from storage.errors import Misconfigured

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Whether the bot can do its work.

    Attributes:
        missing: one line for each thing without which it cannot.
        degraded: what is stood in for at the moment: a short name, and a line about it.
        stood_in: how often that was needed since the start, by the same names.
    """

    missing: tuple[str, ...] = ()
    degraded: Mapping[str, str] = field(default_factory=dict)
    stood_in: Mapping[str, int] = field(default_factory=dict)


def build_server(readiness: Callable[[], Awaitable[Readiness]], webhook: Webhook | None = None) -> Starlette:
    """The application: `POST /telegram` where there is a webhook, `/live`, `/ready` and `/metrics`.

    None of the others asks who calls: let a proxy bring nothing but /telegram to the outside.
    """

    async def live(_: Request) -> Response:
        return PlainTextResponse("live\n")

    async def ready(_: Request) -> Response:
        found = await readiness()
        lines = [f"missing: {line}" for line in found.missing]
        lines += [f"degraded: {name}: {line}" for name, line in found.degraded.items()]
        return PlainTextResponse("\n".join([*(lines or ["ready"]), ""]), 503 if found.missing else 200)

    async def figures(_: Request) -> Response:
        found = await readiness()
        metrics.READY.set(not found.missing)
        metrics.DEGRADED.clear()
        for name in found.degraded:
            metrics.DEGRADED.labels(name).set(1)
        for name, times in found.stood_in.items():
            metrics.STOOD_IN.labels(name).set(times)
        return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    routes = [Route("/live", live), Route("/ready", ready), Route("/metrics", figures)]
    if webhook is not None:
        routes.append(Route("/telegram", webhook.__call__, methods=["POST"]))
    return Starlette(routes=routes)


@contextlib.asynccontextmanager
async def listening(app: Starlette, host: str, port: int, *, drain_s: float) -> AsyncIterator[tuple[str, int]]:
    """Serve an application on an address while the block runs; gives the address, with the port that was free for 0.

    Args:
        drain_s: how long requests in hand may take at the end.

    Raises:
        Misconfigured: the address cannot be listened on.
    """
    listener = await _listen(host, port)
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=round(drain_s),
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listener]), name="http-server")
    try:
        yield listener.getsockname()[:2]
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """Uvicorn in a process that minds its signals itself."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _listen(host: str, port: int) -> socket.socket:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = found[0]
        # A socket that says it is TCP: only then asyncio turns off Nagle's delay of 40 ms on each answer.
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(2048)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        said = error.strerror or str(error)
        raise Misconfigured(f"LISTEN: cannot listen on {host}:{port}: {said}") from None
    return listener
