"""The bot's HTTP server: Telegram's webhook, and the endpoints for operators."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from bot.health import CheckReadiness, Readiness
from bot.observability import metrics
from bot.process.sockets import listen
from bot.updates.webhook import Webhook

REQUEST_TIMEOUT_S = 10
"""A connection is closed if its next request, with headers and body, does not arrive within this time, in seconds."""

TELEGRAM_PATH = "/telegram"

RECORDING_INTERVAL_S = 5.0
"""Each of several processes records its readiness this often, in seconds."""


def build_server(
    check_readiness: CheckReadiness, webhook: Webhook | None = None, path: str = TELEGRAM_PATH
) -> Starlette:
    """Build the HTTP application: `/live`, `/ready`, `/metrics`, and the webhook if there is one.

    All but the webhook have no authentication. Expose only `POST` at its path through the reverse proxy.

    Args:
        check_readiness: says whether the bot can work.
        webhook: takes the updates.
        path: the path of WEBHOOK_URL. A reverse proxy may rewrite it to TELEGRAM_PATH.
    """

    async def live(_: Request) -> Response:
        return PlainTextResponse("live\n")

    async def ready(_: Request) -> Response:
        readiness = await check_readiness()
        lines = [f"missing: {line}" for line in readiness.missing]
        lines += [f"degraded: {name}: {line}" for name, line in readiness.degraded.items()]
        return PlainTextResponse("\n".join([*(lines or ["ready"]), ""]), 503 if readiness.missing else 200)

    async def show_metrics(_: Request) -> Response:
        _record(await check_readiness())
        return Response(metrics.exposition(), headers={"content-type": CONTENT_TYPE_LATEST})

    routes = [Route("/live", live), Route("/ready", ready), Route("/metrics", show_metrics)]
    if webhook is not None:
        paths = dict.fromkeys((path or "/", TELEGRAM_PATH))
        routes += [Route(known, webhook.__call__, methods=["POST"]) for known in paths]
    return Starlette(routes=routes)


async def keep_recording(check_readiness: CheckReadiness) -> None:
    """Record the readiness of this process every RECORDING_INTERVAL_S, for another process that shows the metrics."""
    while True:
        _record(await check_readiness())
        await asyncio.sleep(RECORDING_INTERVAL_S)


def _record(readiness: Readiness) -> None:
    """Set the metrics that are not counted as something happens."""
    metrics.PROCESSES.set(1)
    metrics.RESIDENT_MEMORY.set(metrics.resident_memory())
    metrics.READY.set(not readiness.missing)
    for name in {*readiness.fallbacks, *readiness.degraded}:
        metrics.DEGRADED.labels(name).set(name in readiness.degraded)
    for name, count in readiness.fallbacks.items():
        metrics.FALLBACK_REQUESTS.labels(name).set(count)


@contextlib.asynccontextmanager
async def listening(
    app: Starlette,
    host: str,
    port: int,
    *,
    drain_s: float,
    request_timeout_s: int = REQUEST_TIMEOUT_S,
    is_shared: bool = False,
) -> AsyncIterator[tuple[str, int]]:
    """Serve an application on an address until the block ends.

    Args:
        app: the application.
        host: the host to bind.
        port: the port to bind; 0 takes a free one.
        drain_s: the time that requests in progress may take at the end, in seconds.
        request_timeout_s: the time within which a request must arrive, in seconds. Handling it may take longer.
        is_shared: whether other processes listen at the same address.

    Yields:
        The host and the port that are bound.

    Raises:
        Misconfigured: the address cannot be bound.
    """
    listener = await listen(host, port, is_shared=is_shared)
    config = uvicorn.Config(
        app,
        http=_Protocol,
        timeout_keep_alive=request_timeout_s,
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


class _Protocol(H11Protocol):
    """Uvicorn's HTTP protocol, with a deadline whenever the connection waits for the client.

    Uvicorn itself limits only the pause between two requests. It would wait for ever for a request that arrives in
    part, and clients that send a byte now and then, or read none, could use up all sockets.
    """

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn.
        """Wait for the first request."""
        super().connection_made(transport)
        self._check_deadline()

    def data_received(self, data: bytes) -> None:
        """Handle received bytes. A part of a request does not extend the deadline."""
        super().data_received(data)
        self._check_deadline()

    def on_response_complete(self) -> None:
        """Wait for the next request, or for the rest of one that was answered early."""
        self._stop_deadline()
        super().on_response_complete()
        self._check_deadline()

    def pause_writing(self) -> None:
        """Wait for the client to read."""
        super().pause_writing()
        self._check_deadline()

    def resume_writing(self) -> None:
        """Write again."""
        super().resume_writing()
        self._check_deadline()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the deadline."""
        super().connection_lost(exc)
        self._stop_deadline()

    def _check_deadline(self) -> None:
        if _is_to_be_answered(self.cycle) and not self.flow.write_paused:
            self._stop_deadline()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.timeout_keep_alive, self.transport.abort)

    def _stop_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def _is_to_be_answered(request: RequestResponseCycle | None) -> bool:
    """Return whether a request has arrived with its whole body and is not answered yet."""
    return request is not None and not (request.more_body or request.response_complete)
