"""Finds out what keeps the Redis of a METADATA_URL from being used, and says what to write instead."""

from secrets import token_hex

from redis.asyncio import Redis
from redis.asyncio.cluster import RedisCluster
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    ReadOnlyError,
    RedisClusterException,
    ResponseError,
)

from storage.errors import Misconfigured, Unavailable
from storage.redis_client import ERRORS, RedisClient, read_many, reason, sentinels_of
from storage.urls import redact


async def check_usable(client: RedisClient, url: str) -> None:
    """Write a key of its own, read it and delete it.

    Args:
        client: the client of the URL.
        url: the METADATA_URL.

    Raises:
        Misconfigured: this Redis cannot be used.
        Unavailable: it does not answer.
    """
    shown = redact(url)
    try:
        problem = await _problem(client, url)
    except ReadOnlyError:
        problem = "is a read-only replica: name its primary"
    except NoPermissionError as error:
        problem = f"does not let this user read and write keys: {reason(error)}"
    except AuthenticationError as error:
        problem = f"refuses the user or the password: {reason(error)}"
    except ResponseError as error:
        problem = f"refuses to store a key: {reason(error)}"
    except RedisClusterException as error:
        problem = _cluster_problem(error)
        if not problem:
            raise Unavailable(f"METADATA_URL {shown} is not available: {reason(error)}") from error
    except ERRORS as error:
        raise Unavailable(f"METADATA_URL {shown} is not available: {reason(error)}") from error
    if problem:
        raise Misconfigured(f"METADATA_URL {shown} {problem}")


async def _problem(client: RedisClient, url: str) -> str:
    """Return why a client cannot be used; empty if it can."""
    if not isinstance(client, RedisCluster):
        problem = await _unknown_primary(client)
        problem = problem or await _other_kind(client, url.partition("://")[0].partition("+")[0])
        if problem:
            return problem
    key = f"reelmate:check:{token_hex(8)}"
    await client.set(key, "1", ex=10)
    if await read_many(client, [key]) != [b"1"]:
        return "does not return what was written"
    await client.delete(key)
    return ""


async def _unknown_primary(client: Redis) -> str:
    """Return why Sentinels do not know the primary; empty without Sentinels."""
    pool = sentinels_of(client)
    if pool is None:
        return ""
    for sentinel in pool.sentinel_manager.sentinels:
        try:
            names = set(await sentinel.sentinel_masters())
        except (AuthenticationError, NoPermissionError) as error:
            options = "?sentinel_username= and ?sentinel_password="
            return f"has a Sentinel that refuses the user or the password, which {options} give: {reason(error)}"
        except ResponseError:
            return "names no Sentinel: write redis:// or redis+cluster:// for other kinds of Redis"
        except ERRORS:
            continue
        if pool.service_name not in names:
            watched = ", ".join(sorted(names)) or "none"
            return f"names a primary {pool.service_name!r}, but its Sentinel watches {watched}"
    return ""


async def _other_kind(client: Redis, protocol: str) -> str:
    """Return what to write if a client of a single Redis has met something else."""
    try:
        mode = (await client.info("server")).get("redis_mode")
    except (AuthenticationError, BusyLoadingError):
        raise
    except ResponseError:
        # This user may not ask. What follows shows whether keys can be stored.
        return ""
    if mode == "sentinel":
        form = f"{protocol}+sentinel://host:26379/NAME"
        return f"is a Redis Sentinel, which stores nothing: write {form} with the name of the primary that it watches"
    if mode == "cluster":
        return f"is a node of a Redis Cluster: write {protocol}+cluster://host:6379"
    return ""


def _cluster_problem(error: RedisClusterException) -> str:
    """Return what is wrong with the nodes of a cluster; empty if they do not answer."""
    cause = error.__cause__
    if isinstance(cause, AuthenticationError):
        return f"refuses the user or the password: {reason(cause)}"
    if "not enabled" in str(cause):
        return "is no Redis Cluster: write redis:// instead of redis+cluster://"
    if "not covered" in str(error):
        return f"is a Redis Cluster in which some hash slots belong to no node: {reason(error)}"
    return ""
