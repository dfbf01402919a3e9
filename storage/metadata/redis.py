"""A Redis cache in front of the catalogue: one JSON string per movie, read with one MGET."""

import json
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from storage.errors import Misconfigured, Unavailable
from storage.net_details import NetDetails
from storage.records import Movie, Tag
from storage.sql.catalogue import Catalogue
from storage.urls import one_line, redact

_KEY = "reelmate:movie:{}"
_TTL_S = 24 * 3600
"""Lifetime of a movie in Redis: a movie that was removed from the catalogue disappears within a day."""

_TIMEOUT_S = 0.5
_MOVIES_PER_CALL = 1_000
_FIELDS = {field.name for field in fields(Movie)}

_logger = logging.getLogger(__name__)


class RedisMetadata:
    """A `MetadataStore` over Redis. It reads from SQL what Redis lacks, and everything while Redis is unavailable.

    Args:
        url: `redis://` or `rediss://`.
        catalogue: the source of truth.

    Attributes:
        problem: why Redis was unavailable in the last call; empty if it was available.
        fallbacks: number of calls that continued with SQL alone because Redis was unavailable.

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
                # One immediate retry: the first command on a connection from before a restart of Redis fails.
                retry=Retry(NoBackoff(), 1),
            )
        except ValueError as error:
            raise Misconfigured(f"METADATA_URL {self._shown_url} is not a Redis URL: {one_line(error)}") from None

    async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
        """See `MetadataStore.get_many`."""
        unique_ids = list(dict.fromkeys(movie_ids))
        movies = await self._cached(unique_ids)
        missing = [movie_id for movie_id in unique_ids if movie_id not in movies]
        if missing:
            from_sql = await self._catalogue.get_many(missing)
            # Only if Redis still lacks the movie: a newer version that was put in the meantime must stay.
            await self._store(list(from_sql.values()), only_new=True)
            movies |= from_sql
        return {movie_id: movies[movie_id] for movie_id in unique_ids if movie_id in movies}

    async def put_many(self, movies: Sequence[Movie]) -> None:
        """See `MetadataStore.put_many`. Writes SQL first. An unavailable Redis keeps old values for up to a day."""
        await self._catalogue.put_many(movies)
        # As SQL returns them: with their details from the net.
        stored = await self._catalogue.get_many([movie.movie_id for movie in movies])
        await self._store(list(stored.values()), only_new=False)

    async def ping(self) -> None:
        """See `MetadataStore.ping`. Raises Unavailable while Redis is unavailable, although reads fall back to SQL."""
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
            self._mark_unavailable(error)
            return {}
        self._mark_available()
        movies = (_decode(string) for string in strings if string is not None)
        return {movie.movie_id: movie for movie in movies if movie is not None}

    async def _store(self, movies: Sequence[Movie], *, only_new: bool) -> None:
        # One attempt per call: if Redis is unavailable, `_cached` has waited for its deadline already.
        if not movies or (only_new and self.problem):
            return
        try:
            for start in range(0, len(movies), _MOVIES_PER_CALL):
                async with self._redis.pipeline(transaction=False) as pipeline:
                    for movie in movies[start : start + _MOVIES_PER_CALL]:
                        pipeline.set(_KEY.format(movie.movie_id), _encode(movie), ex=_TTL_S, nx=only_new)
                    await pipeline.execute()
        except (RedisError, OSError) as error:
            self._mark_unavailable(error)
        else:
            self._mark_available()

    def _mark_unavailable(self, error: Exception) -> None:
        self.fallbacks += 1
        problem = f"{self._shown_url} is unavailable, reading from SQL: {one_line(error)}"
        if not self.problem:
            _logger.warning("%s", problem)
        self.problem = problem

    def _mark_available(self) -> None:
        if self.problem:
            _logger.info("%s is available again after %d calls without it", self._shown_url, self.fallbacks)
        self.problem = ""


def _encode(movie: Movie) -> str:
    return json.dumps(asdict(movie), default=date.isoformat)


def _decode(string: bytes | str) -> Movie | None:
    """Return the movie in a JSON string; None if another version of the program wrote the string."""
    try:
        values = json.loads(string)
        if not isinstance(values, Mapping) or set(values) != _FIELDS:
            return None
        lists = {name: tuple(values[name]) for name in ("genres", "directors", "actors")}
        net = None if values["net"] is None else _decode_net(values["net"])
        tags = tuple(Tag(*tag) for tag in values["tags"])
    except (ValueError, TypeError):
        return None
    return Movie(**{**values, **lists, "tags": tags, "net": net})


def _decode_net(values: Mapping[str, Any]) -> NetDetails:
    lists = {name: tuple(values[name]) for name in ("filled", "keywords", "services")}
    titles = tuple((language, title) for language, title in values["titles"])
    return NetDetails(**{**values, **lists, "titles": titles, "read_on": date.fromisoformat(values["read_on"])})
