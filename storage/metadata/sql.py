"""Metadata from the tables of the catalogue, with one SELECT per list of cards."""

from collections.abc import Callable, Collection, Sequence
from datetime import UTC, date, datetime

from storage.records import Movie
from storage.sql.catalogue import Catalogue

MAX_KEPT = 1_000
"""At most this many movies are kept in memory: those that were read last."""


def _today() -> date:
    return datetime.now(UTC).date()


class SqlMetadata:
    """A `MetadataStore` over the catalogue, without a fallback.

    It keeps what it has read until the catalogue changes, or the day: details from TMDB are shown for six months.
    """

    problem = ""
    fallbacks = 0

    def __init__(self, catalogue: Catalogue, today: Callable[[], date] = _today) -> None:
        self._catalogue, self._today = catalogue, today
        self._kept: dict[int, Movie] = {}
        self._kept_on: date | None = None

    async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
        """See `MetadataStore.get_many`."""
        today = self._today()
        if self._kept_on != today:
            self._kept, self._kept_on = {}, today
        kept, unique_ids = self._kept, list(dict.fromkeys(movie_ids))
        movies = {movie_id: kept[movie_id] for movie_id in unique_ids if movie_id in kept}
        missing = [movie_id for movie_id in unique_ids if movie_id not in movies]
        if missing:
            from_sql = await self._catalogue.get_many(missing)
            # If the catalogue has changed meanwhile, this is a mapping that nobody reads any more.
            kept |= from_sql
            while len(kept) > MAX_KEPT:
                del kept[next(iter(kept))]
            movies |= from_sql
        return {movie_id: movies[movie_id] for movie_id in unique_ids if movie_id in movies}

    def invalidate(self) -> None:
        """See `MetadataStore.invalidate`."""
        self._kept = {}

    async def put_many(self, movies: Sequence[Movie]) -> None:
        """See `MetadataStore.put_many`."""
        await self._catalogue.put_many(movies)
        self.invalidate()

    async def ping(self) -> None:
        """See `MetadataStore.ping`."""
        await self._catalogue.ping()

    async def verify(self) -> None:
        """See `MetadataStore.verify`."""
        await self.ping()

    def watch(self) -> None:
        """See `MetadataStore.watch`. The readiness of a bot includes the database anyway."""

    async def close(self) -> None:
        """See `MetadataStore.close`. The database remains open: its owner closes it."""
