"""A connection to Milvus: addresses, deadlines, and where the driver's errors end."""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import grpc
from pymilvus import MilvusClient, MilvusException

from storage.errors import Misconfigured, NotFound, Unavailable
from storage.urls import lite_folder, one_line, redact
from storage.vectors.lite import LiteServer

BULK_TIMEOUT_S = 120.0
"""Deadline of one step of a publish: 1,000 rows written, an index built."""

_NOT_FOUND, _NOT_LOADED = 100, 101


class NotLoaded(Unavailable):
    """The collection is there, and nobody has loaded it since the server started."""


@dataclass(frozen=True, slots=True)
class _Address:
    """Where Milvus is, as pymilvus wants it; `shown` is for people."""

    shown: str
    uri: str
    token: str = ""
    database: str = ""


class MilvusConnection:
    """A pymilvus client for a server or for Milvus Lite, in threads of its own.

    pymilvus has an asynchronous client too: it is called experimental, cannot make an index in Milvus Lite, and is no
    faster.

    Attributes:
        shown: the URL without its password.
        client: the methods to hand to `call`.
        is_lite: Milvus Lite in this process.
    """

    client: MilvusClient

    def __init__(self, shown: str, timeout_s: float, lite: LiteServer | None) -> None:
        self.shown = shown
        self.is_lite = lite is not None
        self._timeout_s = timeout_s
        self._lite = lite
        # Milvus Lite is pure Python in this process: side by side, its threads only fight for the interpreter.
        self._threads = ThreadPoolExecutor(1 if lite else 32, thread_name_prefix="milvus")

    @classmethod
    async def open(cls, url: str, timeout_s: float) -> Self:
        """Start Milvus Lite or connect to a server.

        Raises:
            Misconfigured: the URL cannot be used.
            Unavailable: no answer within the deadline.
            Conflict: another process holds the Milvus Lite folder.
        """
        # It prints every error with its traceback and address before it raises it.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        lite = None
        options: dict[str, Any] = {}
        folder = lite_folder(url)
        if folder is not None:
            # Lite's server, in this process, prints a traceback for each question that only a real server can answer.
            logging.getLogger("grpc._server").setLevel(logging.CRITICAL)
            lite = await LiteServer.start(folder)
            address = _Address(shown=url, uri=lite.uri)
            # Its server takes the keep-alive calls that pymilvus makes every 10 s for an attack, and hangs up.
            options = {"grpc.keepalive_time_ms": 600_000, "grpc.keepalive_permit_without_calls": False}
        else:
            address = _server(url)
        connection = cls(address.shown, timeout_s, lite)
        # Milvus Lite starts in this process: only a busy machine keeps it waiting.
        start_timeout_s = BULK_TIMEOUT_S if lite else timeout_s
        try:
            connection.client = await connection.call(
                MilvusClient,
                address.uri,
                token=address.token,
                db_name=address.database,
                dedicated=True,
                grpc_options=options,
                timeout_s=start_timeout_s,
            )
            await connection.call(connection.client.list_collections, timeout_s=start_timeout_s)
        except BaseException:
            await connection.close()
            raise
        return connection

    async def close(self) -> None:
        """Give the connection, and Milvus Lite's folder, back; safe to repeat."""
        self._threads.shutdown(wait=False)
        if hasattr(self, "client"):
            await asyncio.to_thread(self.client.close)
        if self._lite:
            await self._lite.stop()

    async def call(self, method: Callable[..., Any], *args: Any, timeout_s: float | None = None, **options: Any) -> Any:
        """One call of a method of the client's, with a deadline in seconds that includes waiting for its turn.

        Raises:
            NotFound: there is no such collection.
            NotLoaded: there is, and it must be loaded first.
            Unavailable: no answer within the deadline, or an error.
        """
        deadline_s = timeout_s or self._timeout_s
        try:
            async with asyncio.timeout(deadline_s):
                # The client's own deadline ends the thread's wait as well.
                work = partial(method, *args, timeout=deadline_s, **options)
                return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        except TimeoutError:
            raise Unavailable(f"{self.shown} gave no answer within {deadline_s:g} s") from None
        except (MilvusException, grpc.RpcError) as error:
            if isinstance(error, MilvusException):
                code, said = error.code, one_line(error.message)
            else:
                code, said = None, one_line(error.details() or str(error.code()))
            if code == _NOT_FOUND:
                raise NotFound(f"{self.shown}: {said}") from error
            if code == _NOT_LOADED:
                raise NotLoaded(f"{self.shown}: {said}") from error
            raise Unavailable(f"{self.shown} is not available: {said}") from error


def _server(url: str) -> _Address:
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port or 19530
    except ValueError:
        host = None
    database = parts.path.strip("/")
    if not host or "/" in database:
        raise Misconfigured(f"VECTORS_URL {redact(url)} is not milvus://[user:password@]host[:port][/database]")
    protocol = "https" if parts.scheme == "milvuss" else "http"
    # pymilvus takes "user:password", or a service's key alone.
    token = ":".join(unquote(part) for part in (parts.username, parts.password) if part)
    shown_host = f"[{host}]" if ":" in host else host
    return _Address(redact(url), f"{protocol}://{shown_host}:{port}", token, unquote(database))
