"""The bot's HTTP server: Telegram's webhook, and the endpoints for operators."""

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot.health import CheckReadiness
from bot.observability import metrics
from bot.updates.webhook import Webhook
from storage.errors import Misconfigured

_logger = logging.getLogger(__name__)


def build_server(check_readiness: CheckReadiness, webhook: Webhook | None = None) -> Starlette:
    """Build the HTTP application: `/live`, `/ready`, `/metrics`, and `POST /telegram` if there is a webhook.

    All but /telegram have no authentication. Expose only `POST /telegram` through the reverse proxy.
    """

    async def live(_: Request) -> Response:
        return PlainTextResponse("live\n")

    async def ready(_: Request) -> Response:
        readiness = await check_readiness()
        lines = [f"missing: {line}" for line in readiness.missing]
        lines += [f"degraded: {name}: {line}" for name, line in readiness.degraded.items()]
        return PlainTextResponse("\n".join([*(lines or ["ready"]), ""]), 503 if readiness.missing else 200)

    async def show_metrics(_: Request) -> Response:
        readiness = await check_readiness()
        metrics.READY.set(not readiness.missing)
        metrics.DEGRADED.clear()
        for name in readiness.degraded:
            metrics.DEGRADED.labels(name).set(1)
        for name, count in readiness.fallbacks.items():
            metrics.FALLBACK_REQUESTS.labels(name).set(count)
        return Response(generate_latest(), headers={"content-type": CONTENT_TYPE_LATEST})

    routes = [Route("/live", live), Route("/ready", ready), Route("/metrics", show_metrics)]
    if webhook is not None:
        routes.append(Route("/telegram", webhook.__call__, methods=["POST"]))
    return Starlette(routes=routes)


@contextlib.asynccontextmanager
async def listening(app: Starlette, host: str, port: int, *, drain_s: float) -> AsyncIterator[tuple[str, int]]:
    """Serve an application on an address until the block ends.

    Args:
        app: the application.
        host: the host to bind.
        port: the port to bind; 0 takes a free one.
        drain_s: the time that requests in progress may take at the end, in seconds.

    Yields:
        The host and the port that are bound.

    Raises:
        Misconfigured: the address cannot be bound.
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
    """Uvicorn without its signal handlers: the process has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _listen(host: str, port: int) -> socket.socket:
    try:
        addresses = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, address = addresses[0]
        # With the protocol given, asyncio sees that it is TCP and turns off Nagle's algorithm: a delay of 40 ms on each
        # response.
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(address)
            listener.listen(2048)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        reason = error.strerror or str(error)
        raise Misconfigured(f"LISTEN: cannot listen on {host}:{port}: {reason}") from None
    return listener
