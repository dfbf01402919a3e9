"""Metadata in Redis, in front of the catalogue: a JSON string a movie, read with one MGET."""

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from storage.errors import Misconfigured, Unavailable
from storage.records import Movie
from storage.sql.catalogue import Catalogue
from storage.urls import one_line, redact

_KEY = "reelmate:movie:{}"
_TTL_S = 24 * 3600
"""A title that has left the catalogue is gone from Redis after a day at most."""

_TIMEOUT_S = 0.5
_MOVIES_PER_CALL = 1_000
_FIELDS = {field.name for field in fields(Movie)}

_log = logging.getLogger(__name__)


class RedisMetadata:
    """A `MetadataStore` over Redis that reads from SQL what Redis lacks, and everything while Redis is away.

    Args:
        url: `redis://` or `rediss://`.
        catalogue: the truth behind it.

    Attributes:
        problem: why the last call found Redis away; empty where it did not.
        fallbacks: how many calls found Redis away and went on with SQL alone.

    Raises:
        Misconfigured: the URL cannot be used.
    """

    def __init__(self, url: str, catalogue: Catalogue) -> None:
        self.fallbacks = 0
        self._shown_url = redact(url)
        self._catalogue = catalogue
        self.problem = ""
        try:
            self._redis = Redis.from_url(
                url,
                socket_timeout=_TIMEOUT_S,
                socket_connect_timeout=_TIMEOUT_S,
                # One retry at once: a connection kept from before a restart of Redis fails its first command.
                retry=Retry(NoBackoff(), 1),
            )
        except ValueError as error:
            raise Misconfigured(f"METADATA_URL {self._shown_url} is not a Redis URL: {one_line(error)}") from None

    async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
        """See `MetadataStore.get_many`."""
        wanted = list(dict.fromkeys(movie_ids))
        found = await self._cached(wanted)
        missing = [movie_id for movie_id in wanted if movie_id not in found]
        if missing:
            read = await self._catalogue.get_many(missing)
            # Only where Redis still has none: a newer one that was put meanwhile stays.
            await self._store(list(read.values()), only_new=True)
            found |= read
        return {movie_id: found[movie_id] for movie_id in wanted if movie_id in found}

    async def put_many(self, movies: Sequence[Movie]) -> None:
        """See `MetadataStore.put_many`. SQL first; a Redis that is away now keeps its old strings for a day at most."""
        await self._catalogue.put_many(movies)
        await self._store(movies, only_new=False)

    async def ping(self) -> None:
        """See `MetadataStore.ping`; raises Unavailable while Redis is away, though reading goes on from SQL."""
        try:
            await self._redis.ping()
        except (RedisError, OSError) as error:
            raise Unavailable(f"METADATA_URL {self._shown_url} is not available: {one_line(error)}") from error

    async def close(self) -> None:
        """See `MetadataStore.close`."""
        await self._redis.aclose()

    async def _cached(self, movie_ids: list[int]) -> dict[int, Movie]:
        if not movie_ids:
            return {}
        try:
            strings = await self._redis.mget([_KEY.format(movie_id) for movie_id in movie_ids])
        except (RedisError, OSError) as error:
            self._note_away(error)
            return {}
        self._note_back()
        movies = (_decode(string) for string in strings if string is not None)
        return {movie.movie_id: movie for movie in movies if movie is not None}

    async def _store(self, movies: Sequence[Movie], *, only_new: bool) -> None:
        # One attempt a call: while Redis is away, a read has waited for it once already.
        if not movies or (only_new and self.problem):
            return
        try:
            for start in range(0, len(movies), _MOVIES_PER_CALL):
                async with self._redis.pipeline(transaction=False) as pipeline:
                    for movie in movies[start : start + _MOVIES_PER_CALL]:
                        pipeline.set(_KEY.format(movie.movie_id), json.dumps(asdict(movie)), ex=_TTL_S, nx=only_new)
                    await pipeline.execute()
        except (RedisError, OSError) as error:
            self._note_away(error)
        else:
            self._note_back()

    def _note_away(self, error: Exception) -> None:
        self.fallbacks += 1
        said = f"{self._shown_url} is away, reading from SQL: {one_line(error)}"
        if not self.problem:
            _log.warning("%s", said)
        self.problem = said

    def _note_back(self) -> None:
        if self.problem:
            _log.info("%s is back after %d calls without it", self._shown_url, self.fallbacks)
        self.problem = ""


def _decode(string: bytes | str) -> Movie | None:
    """The movie in a JSON string; None for one that this version of the program did not write."""
    try:
        values = json.loads(string)
    except ValueError:
        return None
    if not isinstance(values, Mapping) or set(values) != _FIELDS:
        return None
    lists = {name: tuple(values[name]) for name in ("genres", "directors", "actors")}
    return Movie(**{**values, **lists})
