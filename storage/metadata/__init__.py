"""Where a card's title, genres and poster are read from: the `MetadataStore` protocol, and `open_metadata`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from storage.errors import Misconfigured
from storage.metadata.sql import SqlMetadata
from storage.records import Movie
from storage.sql.catalogue import Catalogue


class MetadataStore(Protocol):
    """Movie metadata by id.

    Attributes:
        problem: why the last call went to SQL instead of the service; empty where it did not.
        fallbacks: how many calls did.
    """

    problem: str
    fallbacks: int

    async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
        """The movies that are known, by id; unknown ids are left out. One round trip.

        Raises:
            Unavailable: neither the store nor what it falls back to answered within the deadline.
        """
        ...

    async def put_many(self, movies: Sequence[Movie]) -> None:
        """Write or overwrite movies; safe to repeat."""
        ...

    async def ping(self) -> None:
        """Return when the service answers; raises Unavailable."""
        ...

    async def close(self) -> None:
        """Give connections back; safe to repeat."""
        ...


async def open_metadata(url: str, catalogue: Catalogue) -> MetadataStore:
    """Open the store that a METADATA_URL names, see SCHEMES, and check that it answers.

    Args:
        url: "sql", or for example "redis://user:password@host:6379/0".
        catalogue: the truth, which every store falls back to; it stays the caller's to close.

    Raises:
        Misconfigured: the URL cannot be used.
        Unavailable: the service does not answer.
    """
    scheme = url.partition(":")[0]
    if scheme not in SCHEMES:
        raise Misconfigured(
            f"METADATA_URL has the scheme {scheme!r}; known are sql, redis://host:6379, rediss://host:6379"
        )
    store = SCHEMES[scheme](url, catalogue)
    try:
        await store.ping()
    except BaseException:
        await store.close()
        raise
    return store


def _open_redis(url: str, catalogue: Catalogue) -> MetadataStore:
    # Its client takes a while to import, and whoever lives on SQL alone never needs it.
    from storage.metadata.redis import RedisMetadata

    return RedisMetadata(url, catalogue)


SCHEMES: Mapping[str, Callable[[str, Catalogue], MetadataStore]] = {
    "sql": lambda _, catalogue: SqlMetadata(catalogue),
    "redis": _open_redis,
    "rediss": _open_redis,
}
"""Known schemes of METADATA_URL: the catalogue's own tables, Redis, and Redis behind TLS."""
