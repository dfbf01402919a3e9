"""A connection to Milvus: addresses, deadlines, and translation of the driver's errors."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Self, TypeVar
from urllib.parse import parse_qsl, unquote, urlsplit

import grpc
from pymilvus import MilvusClient, MilvusException

from storage.errors import Misconfigured, NotFound, Unavailable
from storage.urls import check_escaped, lite_folder, one_line, redact
from storage.vectors.arrays import Hits
from storage.vectors.milvus_kinds import KINDS
from storage.vectors.milvus_lite import LiteServer
from storage.vectors.milvus_search import SearchChannel

BULK_TIMEOUT_S = 120.0
"""Deadline of one step of a publish, such as writing 1,000 rows or building an index."""

_NOT_FOUND, _NOT_LOADED = 100, 101
_OPTIONS = ("token", "user", "password", "db_name", "index")
"""The options of a URL of a server."""

_T = TypeVar("_T")


class NotLoaded(Unavailable):
    """The collection exists, but it was not loaded since the server started."""


@dataclass(frozen=True, slots=True)
class _Address:
    """The address of Milvus as pymilvus takes it, and the kind of index that the URL asks for.

    `shown` is the URL without its password.
    """

    shown: str
    uri: str
    token: str = ""
    database: str = ""
    index_kind: str = ""


class MilvusConnection:
    """A pymilvus client for a server or for Milvus Lite, called in threads of its own, and a channel for searches.

    pymilvus also has an asynchronous client. It is marked as experimental, cannot create an index in Milvus Lite, and
    is no faster.

    Attributes:
        shown: the URL without its password.
        client: the pymilvus client, whose methods are passed to `call`.
        is_lite: whether this is Milvus Lite in this process.
        index_kind: the kind of vector index that the URL asks for; empty if it follows from the number of movies.
    """

    client: MilvusClient
    _searches: SearchChannel

    def __init__(self, shown: str, timeout_s: float, lite: LiteServer | None, index_kind: str = "") -> None:
        self.shown = shown
        self.index_kind = index_kind
        self.is_lite = lite is not None
        self._timeout_s = timeout_s
        self._lite = lite
        # Milvus Lite handles one request at a time.
        self._threads = ThreadPoolExecutor(1 if lite else 32, thread_name_prefix="milvus")

    @classmethod
    async def open(cls, url: str, timeout_s: float) -> Self:
        """Start Milvus Lite or connect to a server.

        Raises:
            Misconfigured: the URL cannot be used.
            Unavailable: no answer within the deadline.
            Conflict: another process has the Milvus Lite folder open.
        """
        # pymilvus logs every error with its traceback and address before it raises it.
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)
        lite = None
        options: dict[str, Any] = {}
        folder = lite_folder(url)
        if folder is not None:
            # Milvus Lite logs a traceback for each request that only a server supports.
            logging.getLogger("grpc._server").setLevel(logging.CRITICAL)
            lite = await LiteServer.start(folder)
            address = _Address(shown=url, uri=lite.uri)
            # Milvus Lite takes pymilvus's keep-alive calls every 10 s for an attack and closes the connection.
            options = {"grpc.keepalive_time_ms": 600_000, "grpc.keepalive_permit_without_calls": False}
        else:
            address = _server(url)
            options = {
                # A server that is back is called again after two seconds, and not after up to two minutes.
                "grpc.max_reconnect_backoff_ms": 2_000,
                "grpc.min_reconnect_backoff_ms": 1_000,
                # A machine that is gone without a word is noticed after 15 s.
                "grpc.keepalive_time_ms": 10_000,
                "grpc.keepalive_timeout_ms": 5_000,
                "grpc.keepalive_permit_without_calls": True,
            }
        connection = cls(address.shown, timeout_s, lite, address.index_kind)
        protocol, separator, host = address.uri.partition("://")
        connection._searches = SearchChannel(
            host if separator else address.uri,
            is_secure=protocol == "https",
            token=address.token,
            database=address.database,
            options=options,
            # Milvus Lite takes an empty list as "all fields, vectors too".
            fields=["movie_id"] if lite else [],
        )
        # Milvus Lite starts in this process, so only a busy machine can delay it.
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
        """Close the connection and stop Milvus Lite. Safe to repeat."""
        self._threads.shutdown(wait=False)
        await self._searches.close()
        if hasattr(self, "client"):
            await asyncio.to_thread(self.client.close)
        if self._lite:
            await self._lite.stop()

    async def call(self, method: Callable[..., Any], *args: Any, timeout_s: float | None = None, **options: Any) -> Any:
        """Call a method of the client in a thread and return its result.

        Args:
            method: a method of `client`.
            *args: passed to the method.
            timeout_s: deadline in seconds, including the wait for a free thread; by default that of the connection.
            **options: passed to the method.

        Raises:
            NotFound: the collection does not exist.
            NotLoaded: the collection exists and must be loaded first.
            Unavailable: no answer within the deadline, or any other error.
        """
        deadline_s = timeout_s or self._timeout_s
        # The client's own deadline ends the call in the thread too.
        work = partial(method, *args, timeout=deadline_s, **options)
        return await self._answer(asyncio.get_running_loop().run_in_executor(self._threads, work), deadline_s)

    async def search(self, name: str, **options: Any) -> list[Hits]:
        """Search a collection, see `SearchChannel.search`.

        Raises:
            NotFound: the collection does not exist.
            NotLoaded: the collection exists and must be loaded first.
            Unavailable: no answer within the deadline, or any other error.
        """
        search = self._searches.search(name, timeout_s=self._timeout_s, **options)
        return await self._answer(search, self._timeout_s)

    async def _answer(self, awaited: Awaitable[_T], deadline_s: float) -> _T:
        """Return what is awaited, and translate errors."""
        try:
            async with asyncio.timeout(deadline_s):
                return await awaited
        except TimeoutError:
            raise Unavailable(f"{self.shown} gave no answer within {deadline_s:g} s") from None
        except (MilvusException, grpc.RpcError) as error:
            if isinstance(error, MilvusException):
                code, reason = error.code, one_line(error.message)
            else:
                code, reason = None, one_line(error.details() or str(error.code()))
            if code == _NOT_FOUND:
                raise NotFound(f"{self.shown}: {reason}") from error
            if code == _NOT_LOADED:
                raise NotLoaded(f"{self.shown}: {reason}") from error
            raise Unavailable(f"{self.shown} is not available: {reason}") from error


def _server(url: str) -> _Address:
    check_escaped("VECTORS_URL", url)
    parts = urlsplit(url)
    try:
        host, port = parts.hostname, parts.port or (443 if parts.scheme == "https" else 19530)
    except ValueError:
        host = None
    options = dict(parse_qsl(parts.query, keep_blank_values=True))
    unknown = sorted(set(options) - set(_OPTIONS))
    if unknown or parts.fragment:
        raise Misconfigured(
            f"VECTORS_URL: the option {unknown[0] if unknown else '#'!r} is not supported; remove it. Supported are"
            f" {', '.join(_OPTIONS)}"
        )
    index_kind = options.get("index", "").upper()
    if index_kind and index_kind not in KINDS:
        raise Misconfigured(f"VECTORS_URL: the index {options['index']!r} is not supported; use {', '.join(KINDS)}")
    database = unquote(parts.path.strip("/")) or options.get("db_name", "")
    if not host or "/" in database:
        raise Misconfigured(f"VECTORS_URL {redact(url)} is not milvus://[user:password@]host[:port][/database]")
    protocol = "https" if parts.scheme in ("milvuss", "https") else "http"
    user = unquote(parts.username or "") or options.get("user", "")
    password = unquote(parts.password or "") or options.get("password", "")
    # pymilvus takes "user:password", or the API key of a hosted service alone.
    token = options.get("token") or ":".join(filter(None, (user, password)))
    shown_host = f"[{host}]" if ":" in host else host
    return _Address(redact(url), f"{protocol}://{shown_host}:{port}", token, database, index_kind)
