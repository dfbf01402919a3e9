"""Clients for the Redis of a METADATA_URL, with deadlines, and the sentences about URLs that cannot be used.

A METADATA_URL names one Redis, the nodes of a Redis Cluster, or the Sentinels that know which Redis is the primary.
"""

import asyncio
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import SplitResult, unquote, urlsplit

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import SSLConnection, parse_url
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import MasterNotFoundError, Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import ClusterDownError, RedisClusterException, RedisError

from storage.errors import Misconfigured
from storage.urls import check_escaped, one_line, redact

TIMEOUT_S = 0.5
"""Deadline of a connection and of a command."""

READ_TIMEOUT_S = 2.0
"""Deadline of a read, which may have to ask several nodes or Sentinels."""

RedisClient = Redis | RedisCluster

ERRORS = (RedisError, RedisClusterException, OSError)
"""The errors that the calls of a client raise."""

_FORMS = {
    "cluster": "redis+cluster://[user:password@]host:6379[,host:6379...]",
    "sentinel": "redis+sentinel://[user:password@]host:26379[,host:26379...]/NAME[/database]",
}
_PORTS = {"cluster": 6379, "sentinel": 26379}
_HOST = re.compile(r"(?P<host>\[[^\]]+\]|[^:\[\]]+)(:(?P<port>[0-9]+))?")
_SENTINEL_OPTION = "sentinel_"


def connect(url: str, **options: Any) -> RedisClient:
    """Return a client, which connects when it is first used.

    Args:
        url: with a scheme of Redis of `storage.metadata.SCHEMES`.
        **options: further arguments of the client.

    Raises:
        Misconfigured: the URL cannot be used.
    """
    check_escaped("METADATA_URL", url)
    defaults: dict[str, Any] = {
        "socket_timeout": TIMEOUT_S,
        "socket_connect_timeout": TIMEOUT_S,
        # One immediate retry: the first command on a connection from before a restart of Redis fails.
        "retry": Retry(NoBackoff(), 1),
    }
    parts = urlsplit(url)
    kind = parts.scheme.partition("+")[2]
    try:
        if kind == "cluster":
            return _cluster(parts, defaults | options)
        if kind == "sentinel":
            client = _primary(parts, defaults | options)
        else:
            client = Redis.from_url(url, **defaults, **options)
        # The client passes the options of the URL on when it connects, and only then they can be wrong.
        client.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # not annotated in redis-py
    except ValueError as error:
        raise Misconfigured(f"METADATA_URL {redact(url)} is not a Redis URL: {one_line(error)}") from None
    except TypeError as error:
        option = re.search(r"'(\w+)'$", str(error))
        raise Misconfigured(f"METADATA_URL: the option {option and option[1]!r} is not supported; remove it") from None
    except (RedisError, RedisClusterException) as error:
        raise Misconfigured(f"METADATA_URL {redact(url)} cannot be used: {one_line(error)}") from None
    database = parts.path.strip("/")
    if kind == "" and database and not database.isdecimal():
        raise Misconfigured("METADATA_URL does not end with the number of a database; write redis://host:6379/0")
    return client


async def ping(client: RedisClient) -> None:
    """Return once Redis answers and serves keys: of a cluster, all primaries.

    Raises:
        any of ERRORS.
    """
    async with asyncio.timeout(READ_TIMEOUT_S):
        if isinstance(client, RedisCluster):
            # A node that serves no keys, because the cluster is down, answers a ping all the same.
            states: Any = await client.cluster_info(target_nodes=RedisCluster.PRIMARIES)
            if any(state["cluster_state"] != "ok" for state in states.values()):
                raise ClusterDownError("the cluster is down, because some hash slots are not served")
        else:
            await client.ping()


async def read_many(client: RedisClient, keys: Sequence[str]) -> list[bytes | str | None]:
    """Return the values of keys, in their order, in one round trip: in a cluster, one to each node.

    Raises:
        any of ERRORS.
    """
    async with asyncio.timeout(READ_TIMEOUT_S):
        if isinstance(client, RedisCluster):
            # The keys are spread over the nodes, and MGET reads those of one hash slot.
            return list(await client.mget_nonatomic(keys))
        return list(await client.mget(keys))


def reason(error: Exception) -> str:
    """Return one of ERRORS in one line."""
    if isinstance(error, MasterNotFoundError):
        # Its message describes each client at length.
        return "no Sentinel that answers knows a primary that works"
    if isinstance(error, TimeoutError) and not str(error):
        return f"no answer within {READ_TIMEOUT_S:g} s"
    if isinstance(error, RedisClusterException) and error.__cause__ is not None:
        return one_line(error.__cause__)
    return one_line(error)


def sentinels_of(client: RedisClient) -> SentinelConnectionPool | None:
    """Return the pool whose Sentinels a client asks for the primary; None if it asks none."""
    pool = None if isinstance(client, RedisCluster) else client.connection_pool
    return pool if isinstance(pool, SentinelConnectionPool) else None


async def close(client: RedisClient) -> None:
    """Close a client and what it was made with. Safe to repeat."""
    await client.aclose()
    pool = sentinels_of(client)
    if pool is not None:
        await pool.sentinel_manager.aclose()


def _cluster(parts: SplitResult, options: dict[str, Any]) -> RedisCluster:
    if parts.path.strip("/") not in ("", "0"):
        raise Misconfigured("METADATA_URL names a database, and a Redis Cluster has only one: write no path")
    nodes = [ClusterNode(host, port) for host, port in _hosts(parts, "cluster")]
    return RedisCluster(startup_nodes=nodes, **options | _options(parts))


def _primary(parts: SplitResult, options: dict[str, Any]) -> Redis:
    name, _, database = parts.path.strip("/").partition("/")
    if not name or not (database.isdecimal() or not database):
        raise Misconfigured(f"METADATA_URL does not name the primary of its Sentinels; write {_FORMS['sentinel']}")
    given = options | _options(parts)
    of_sentinels = {name: given.pop(name) for name in list(given) if name.startswith(_SENTINEL_OPTION)}
    shared = {name: value for name, value in given.items() if name.startswith(("socket_", "ssl", "retry"))}
    account = {name.removeprefix(_SENTINEL_OPTION): value for name, value in of_sentinels.items()}
    hosts = _hosts(parts, "sentinel")
    sentinel = Sentinel(hosts, sentinel_kwargs=shared | account)  # type: ignore[no-untyped-call]  # not annotated
    client: Redis = sentinel.master_for(unquote(name), db=int(database or 0), **given)
    return client


def _hosts(parts: SplitResult, kind: str) -> list[tuple[str, int]]:
    """Return the hosts and ports of a URL, which are separated by commas."""
    matches = [_HOST.fullmatch(text) for text in parts.netloc.rpartition("@")[2].split(",")]
    found = [(match["host"].strip("[]"), int(match["port"] or _PORTS[kind])) for match in matches if match]
    if len(found) < len(matches):
        raise Misconfigured(f"METADATA_URL {redact(parts.geturl())} is not {_FORMS[kind]}")
    return found


def _options(parts: SplitResult) -> dict[str, Any]:
    """Return the user, the password and the options of a URL as arguments of a client."""
    protocol = parts.scheme.partition("+")[0]
    user = parts.netloc.rpartition("@")[0]
    options = dict(parse_url(f"{protocol}://{user}@?{parts.query}"))
    if options.pop("connection_class", None) is SSLConnection:
        options["ssl"] = True
    return options
