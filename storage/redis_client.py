"""A client for the Redis of a METADATA_URL, with deadlines, and the sentences about URLs that cannot be used."""

import re
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from storage.errors import Misconfigured
from storage.urls import check_escaped, one_line, redact

TIMEOUT_S = 0.5
"""Deadline of a connection and of a command."""


def connect(url: str, **options: Any) -> Redis:
    """Return a client, which connects when it is first used.

    Args:
        url: `redis://` or `rediss://`.
        **options: further arguments of the client.

    Raises:
        Misconfigured: the URL cannot be used.
    """
    check_escaped("METADATA_URL", url)
    try:
        parts = urlsplit(url)
        client = Redis.from_url(
            url,
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            # One immediate retry: the first command on a connection from before a restart of Redis fails.
            retry=Retry(NoBackoff(), 1),
            **options,
        )
        # The client passes the options of the URL on when it connects, and only then they can be wrong.
        client.connection_pool.make_connection()  # type: ignore[no-untyped-call]  # not annotated in redis-py
    except ValueError as error:
        raise Misconfigured(f"METADATA_URL {redact(url)} is not a Redis URL: {one_line(error)}") from None
    except TypeError as error:
        option = re.search(r"'(\w+)'$", str(error))
        raise Misconfigured(f"METADATA_URL: the option {option and option[1]!r} is not supported; remove it") from None
    except RedisError as error:
        raise Misconfigured(f"METADATA_URL {redact(url)} cannot be used: {one_line(error)}") from None
    database = parts.path.strip("/")
    if database and not database.isdecimal():
        raise Misconfigured("METADATA_URL does not end with the number of a database; write redis://host:6379/0")
    return client
