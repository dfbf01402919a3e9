"""Movie metadata for cards (title, genres, poster): the `MetadataStore` protocol, and `open_metadata`.

- `sql`: the tables of the catalogue.
- `redis`: a cache in front of them.
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
        problem: why the last call fell back to SQL; empty if it did not.
        fallbacks: number of calls that fell back to SQL.
    """

    problem: str
    fallbacks: int

    async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
        """Return movies by id, in one round trip. Unknown ids are left out.

        Raises:
            Unavailable: neither the store nor its fallback answered within the deadline.
        """
        ...

    async def put_many(self, movies: Sequence[Movie]) -> None:
        """Insert or overwrite movies. Safe to repeat."""
        ...

    async def ping(self) -> None:
        """Return once the service answers.

        Raises:
            Unavailable: the service did not answer within its deadline.
        """
        ...

    async def close(self) -> None:
        """Release connections. Safe to repeat."""
        ...


async def open_metadata(url: str, catalogue: Catalogue) -> MetadataStore:
    """Open the store of a METADATA_URL and check that it answers.

    Args:
        url: "sql", or for example "redis://user:password@host:6379/0". The supported schemes are the keys of SCHEMES.
        catalogue: the source of truth, which every store falls back to. Closing it remains the caller's task.

    Raises:
        Misconfigured: the URL cannot be used.
        Unavailable: the service does not answer.
    """
    scheme = url.partition(":")[0]
    if scheme not in SCHEMES:
        raise Misconfigured(
            f"METADATA_URL has the scheme {scheme!r}; supported are sql, redis://host:6379, rediss://host:6379"
        )
    store = SCHEMES[scheme](url, catalogue)
    try:
        await store.ping()
    except BaseException:
        await store.close()
        raise
    return store


def _open_redis(url: str, catalogue: Catalogue) -> MetadataStore:
    # The Redis client takes a while to import, and a bot without Redis does not need it.
    from storage.metadata.redis import RedisMetadata

    return RedisMetadata(url, catalogue)


SCHEMES: Mapping[str, Callable[[str, Catalogue], MetadataStore]] = {
    "sql": lambda _, catalogue: SqlMetadata(catalogue),
    "redis": _open_redis,
    "rediss": _open_redis,
}
"""Supported schemes of METADATA_URL: the tables of the catalogue, Redis, and Redis over TLS."""
