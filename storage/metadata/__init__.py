"""Movie metadata for cards (title, genres, poster): the `MetadataStore` protocol, and `open_metadata`.

- `sql`: the tables of the catalogue.
- `redis`: a cache in front of them. `redis_check` says what keeps a Redis from being used.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from storage.errors import Misconfigured
from storage.metadata.sql import SqlMetadata
from storage.records import Movie
from storage.sql.catalogue import Catalogue


class MetadataStore(Protocol):
    """Movie metadata by id.

    Attributes:
        fallbacks: number of calls that fell back to SQL.
    """

    fallbacks: int

    @property
    def problem(self) -> str:
        """Why calls fall back to SQL; empty if they do not."""
        ...

    async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
        """Return movies by id, in one round trip. Unknown ids are left out.

        Raises:
            Unavailable: neither the store nor its fallback answered within the deadline.
        """
        ...

    async def put_many(self, movies: Sequence[Movie]) -> None:
        """Insert or overwrite movies. Safe to repeat."""
        ...

    def invalidate(self) -> None:
        """Drop what is kept in this process, because another process has changed the catalogue."""
        ...

    async def ping(self) -> None:
        """Return once the service answers.

        Raises:
            Unavailable: the service did not answer within its deadline.
        """
        ...

    async def verify(self) -> None:
        """Return once the service has stored and returned a value.

        Raises:
            Misconfigured: the service cannot be used. The message says why and what to write.
            Unavailable: the service did not answer within its deadline.
        """
        ...

    def watch(self) -> None:
        """Notice in the background when the service fails, before somebody needs it, until the store is closed."""
        ...

    async def close(self) -> None:
        """Release connections. Safe to repeat."""
        ...


def open_metadata(url: str, catalogue: Catalogue, installation: str = "") -> MetadataStore:
    """Open the store of a METADATA_URL. It is not called yet: a store that does not answer falls back to SQL.

    Args:
        url: "sql", or for example "redis://user:password@host:6379/0". The supported schemes are the keys of SCHEMES.
        catalogue: the source of truth, which every store falls back to. Closing it remains the caller's task.
        installation: the name of the installation, as `storage.sql.installation_name` returns it.

    Raises:
        Misconfigured: the URL cannot be used.
    """
    scheme = url.partition(":")[0]
    if scheme not in SCHEMES:
        raise Misconfigured(
            f"METADATA_URL has the scheme {scheme!r}; supported are sql, redis://host:6379, rediss://host:6379,"
            " redis+cluster://host:6379, redis+sentinel://host:26379/NAME"
        )
    return SCHEMES[scheme](url, catalogue, installation)


def _open_redis(url: str, catalogue: Catalogue, installation: str) -> MetadataStore:
    # The Redis client takes a while to import, and a bot without Redis does not need it.
    from storage.metadata.redis import RedisMetadata

    return RedisMetadata(url, catalogue, installation)


SCHEMES: Mapping[str, Callable[[str, Catalogue, str], MetadataStore]] = {
    "sql": lambda _, catalogue, __: SqlMetadata(catalogue),
    **dict.fromkeys(
        ("redis", "rediss", "redis+cluster", "rediss+cluster", "redis+sentinel", "rediss+sentinel"), _open_redis
    ),
}
"""Supported schemes of METADATA_URL: the tables of the catalogue, one Redis, a Redis Cluster, and the primary of Redis
Sentinels. With rediss, the connections use TLS."""
