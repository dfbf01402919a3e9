"""Metadata straight from the catalogue's tables, one SELECT a card list."""

from collections.abc import Collection, Sequence

from storage.records import Movie
from storage.sql.catalogue import Catalogue


class SqlMetadata:
    """A `MetadataStore` over the catalogue; there is nothing that it could fall back to."""

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

    async def close(self) -> None:
        """See `MetadataStore.close`; the catalogue's database belongs to whoever opened it."""
