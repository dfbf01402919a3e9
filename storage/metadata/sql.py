"""Metadata from the tables of the catalogue, with one SELECT per list of cards."""

from collections.abc import Collection, Sequence

from storage.records import Movie
from storage.sql.catalogue import Catalogue


class SqlMetadata:
    """A `MetadataStore` over the catalogue, without a fallback."""

    problem = ""
    fallbacks = 0

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue

    async def get_many(self, movie_ids: Collection[int]) -> dict[int, Movie]:
        """See `MetadataStore.get_many`."""
        return await self._catalogue.get_many(movie_ids)

    async def put_many(self, movies: Sequence[Movie]) -> None:
        """See `MetadataStore.put_many`."""
        await self._catalogue.put_many(movies)

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
