"""A Redis cache in front of the catalogue: one JSON string per movie, read in one round trip."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import Any

from storage.breaker import CircuitBreaker
from storage.errors import Unavailable
from storage.metadata.redis_check import check_usable
from storage.net_details import NetDetails
from storage.records import Movie, Tag
from storage.redis_client import ERRORS, close, connect, ping, read_many, reason
from storage.sql.catalogue import Catalogue
from storage.urls import redact

_KEY = "reelmate:{}:movie:{}"
_TTL_S = 24 * 3600
"""Lifetime of a movie in Redis: a movie that was removed from the catalogue disappears within a day."""

_MOVIES_PER_CALL = 1_000
_FIELDS = {field.name for field in fields(Movie)}


class RedisMetadata:
    """A `MetadataStore` over Redis. It reads from SQL what Redis lacks, and everything while Redis is unavailable.

    One call that fails is enough: then calls go on with SQL alone until Redis answers a probe in the background.

    Args:
        url: with a scheme of Redis of `storage.metadata.SCHEMES`.
        catalogue: the source of truth.
        installation: keeps the keys of several installations in one Redis apart.

    Attributes:
        fallbacks: number of calls that continued with SQL alone because Redis was unavailable.

    Raises:
        Misconfigured: the URL cannot be used.
    """

    def __init__(self, url: str, catalogue: Catalogue, installation: str) -> None:
        self.fallbacks = 0
        self._url = url
        self._shown_url = redact(url)
        self._catalogue = catalogue
        self._installation = installation
        self._redis = connect(url)
        self._breaker = CircuitBreaker(f"metadata in {self._shown_url}", self.ping)

    @property
    def problem(self) -> str:
        """Why Redis is unavailable; empty if it is available."""
        return self._breaker.problem

    def watch(self) -> None:
        """See `MetadataStore.watch`."""
        self._breaker.watch()

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
        # As SQL returns them: with their details from TMDB.
        stored = await self._catalogue.get_many([movie.movie_id for movie in movies])
        await self._store(list(stored.values()), only_new=False)

    def invalidate(self) -> None:
        """See `MetadataStore.invalidate`. This process keeps nothing."""

    async def ping(self) -> None:
        """See `MetadataStore.ping`. Raises Unavailable while Redis is unavailable, although reads fall back to SQL."""
        try:
            await ping(self._redis)
        except ERRORS as error:
            raise Unavailable(f"METADATA_URL {self._shown_url} is not available: {reason(error)}") from error
        self._breaker.reset()

    async def verify(self) -> None:
        """See `MetadataStore.verify`."""
        await check_usable(self._redis, self._url)

    async def close(self) -> None:
        """See `MetadataStore.close`."""
        await self._breaker.close()
        await close(self._redis)

    async def _cached(self, movie_ids: list[int]) -> dict[int, Movie]:
        if not movie_ids:
            return {}
        if self._breaker.is_open:
            self.fallbacks += 1
            return {}
        try:
            strings = await read_many(self._redis, [self._key(movie_id) for movie_id in movie_ids])
        except ERRORS as error:
            self._mark_unavailable(error)
            return {}
        movies = (_decode(string) for string in strings if string is not None)
        return {movie.movie_id: movie for movie in movies if movie is not None}

    async def _store(self, movies: Sequence[Movie], *, only_new: bool) -> None:
        # Somebody who reads does not wait for Redis. Somebody who writes wants Redis to have it.
        if not movies or (only_new and self._breaker.is_open):
            return
        try:
            for start in range(0, len(movies), _MOVIES_PER_CALL):
                async with self._redis.pipeline(transaction=False) as pipeline:
                    for movie in movies[start : start + _MOVIES_PER_CALL]:
                        pipeline.set(self._key(movie.movie_id), _encode(movie), ex=_TTL_S, nx=only_new)
                    await pipeline.execute()
        except ERRORS as error:
            self._mark_unavailable(error)
        else:
            self._breaker.reset()

    def _key(self, movie_id: int) -> str:
        return _KEY.format(self._installation, movie_id)

    def _mark_unavailable(self, error: Exception) -> None:
        self.fallbacks += 1
        self._breaker.trip(f"{self._shown_url} is unavailable, reading from SQL: {reason(error)}")


def _encode(movie: Movie) -> str:
    return json.dumps(asdict(movie), default=date.isoformat)


def _decode(string: bytes | str) -> Movie | None:
    """Return the movie in a JSON string; None if another version of the program wrote the string."""
    try:
        values = json.loads(string)
        if not isinstance(values, Mapping) or set(values) != _FIELDS:
            return None
        lists = {name: tuple(values[name]) for name in ("genres", "directors", "actors", "untrained")}
        net = None if values["net"] is None else _decode_net(values["net"])
        tags = tuple(Tag(*tag) for tag in values["tags"])
    except (ValueError, TypeError, KeyError):
        return None
    return Movie(**{**values, **lists, "tags": tags, "net": net})


def _decode_net(values: Mapping[str, Any]) -> NetDetails:
    lists = {name: tuple(values[name]) for name in ("filled", "keywords", "services", "countries")}
    titles = tuple((language, title) for language, title in values["titles"])
    return NetDetails(**{**values, **lists, "titles": titles, "read_on": date.fromisoformat(values["read_on"])})
