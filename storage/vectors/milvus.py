"""Movie vectors in Milvus: Milvus Lite in this process, or a server.

Each model version has its own collection, `reelmate_titles_<version>`, so that a new release can be filled while the
current release is served. An interrupted publish leaves an incomplete collection, and publishing that version again
completes it.
"""

import asyncio
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from storage.errors import NotFound, Unavailable
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import (
    MAX_TOP_K,
    Hits,
    Published,
    ShowShare,
    check_movies,
    check_search,
    check_version,
    exact_search,
)
from storage.vectors.milvus_collections import (
    count_rows,
    drop_collection,
    merge_segments,
    open_collection,
    replace_index,
    replace_rows,
    search_rows,
    segment_count,
    wait_until_indexed,
)
from storage.vectors.milvus_connection import BULK_TIMEOUT_S, MilvusConnection
from storage.vectors.milvus_kinds import KINDS, IndexKind, chosen_kind
from storage.vectors.milvus_lite_cache import LiteCache
from storage.vectors.milvus_schema import (
    collection_schema,
    filter_expressions,
    genre_flags,
    genres_to_flag,
    movie_row,
    vector_index,
)
from storage.vectors.texts.milvus import MilvusTextIndex

_PREFIX = "reelmate_titles_"
_OLD_PREFIX = "reelmate_movies_"
"""The collections of earlier versions of Reelmate, which have no services. Publishing or dropping a version removes
its old collection."""

_WRITING_SHARE = 0.5
"""Share of the time of a publish in which the rows are written, if an index is built afterwards."""

_HITS_PER_CALL = 20_000
"""Maximum number of hits that one batch search asks a server for, summed over its rows."""


@dataclass(frozen=True, slots=True)
class _Collection:
    """The dimension of the vectors of a version, the kind of their index, and about how many movies and segments.

    A server merges segments after a publish, so `MilvusIndex.ping` counts them again.

    Attributes:
        flags: genre -> name of its field.
    """

    dimension: int
    flags: Mapping[str, str]
    kind: IndexKind
    movie_count: int
    segment_count: int


class MilvusIndex:
    """A `VectorIndex` in Milvus; open it with `storage.vectors.open_index`.

    A server gets searches in few large calls with the filter alone, and the excluded movies are removed from the hits
    here: a server needs more time for an id in an expression than for a further hit. Milvus Lite gets a single search
    with the filter and the excluded ids as one expression. A batch for Milvus Lite is ranked in this process over the
    vectors in `LiteCache`.

    Attributes:
        texts: the texts of the same versions, over the same connection.
    """

    def __init__(self, connection: MilvusConnection) -> None:
        self.texts = MilvusTextIndex(connection)
        self._connection = connection
        self._client = connection.client
        self._call = connection.call
        self._collections: dict[str, _Collection] = {}
        self._lite_cache = LiteCache(self._read_rows) if connection.is_lite else None

    @classmethod
    async def open(cls, url: str, *, timeout_s: float) -> Self:
        """Start Milvus Lite or connect to a server.

        Raises:
            Misconfigured: the URL cannot be used.
            Unavailable: no answer within the deadline.
            Conflict: another process has the Milvus Lite folder open.
        """
        return cls(await MilvusConnection.open(url, timeout_s))

    @property
    def searches_serially(self) -> bool:
        """See `VectorIndex.searches_serially`."""
        return self._connection.is_lite

    async def publish(
        self,
        version: str,
        movies: Sequence[Movie],
        vectors: NDArray[np.float32],
        progress: ShowShare = lambda _: None,
    ) -> None:
        """See `VectorIndex.publish`.

        A version that is being served stays searchable throughout, unless it gets another kind of index: until the
        server has loaded it again, searches raise Unavailable.
        """
        check_movies(version, movies, vectors)
        name = _PREFIX + version
        kind = KINDS["FLAT"] if self._connection.is_lite else chosen_kind(len(movies), self._connection.index_kind)
        # Exact search is for catalogues in which a filter by the array of genres takes little time.
        schema = collection_schema(vectors.shape[1], [] if kind.is_exact else genres_to_flag(movies))
        await open_collection(self._connection, name, schema, vector_index(kind))
        collection = await self._collection(version)
        if collection.kind != kind:
            # The number of movies or the setting has changed since the collection was made.
            self._collections.pop(version)
            await replace_index(self._connection, name, vector_index(kind))
            collection = await self._collection(version)
        if collection.dimension != vectors.shape[1]:
            raise ValueError(f"version {version} has vectors of {collection.dimension} numbers")
        rows = (movie_row(movie, vector, collection.flags) for movie, vector in zip(movies, vectors, strict=True))
        try:
            ids = sorted(movie.movie_id for movie in movies)
            count = await replace_rows(
                self._connection, name, rows, ids, lambda share: progress(_WRITING_SHARE * share)
            )
        finally:
            self._invalidate(version)
            self._collections.pop(version, None)
        if not kind.is_exact:
            await merge_segments(self._connection, name)
            await wait_until_indexed(
                self._connection, name, lambda share: progress(_WRITING_SHARE + (1 - _WRITING_SHARE) * share)
            )
        progress(1.0)
        await drop_collection(self._connection, _OLD_PREFIX + version)
        if count != len(movies):
            raise Unavailable(
                f"{self._connection.shown} contains {count} movies of version {version} after {len(movies)} were"
                " published: publish it again"
            )

    async def search(
        self,
        version: str,
        user_vectors: NDArray[np.float32],
        top_k: int,
        exclude: Sequence[Collection[int]] = (),
        where: MovieFilter = ANY_MOVIE,
    ) -> list[Hits]:
        """See `VectorIndex.search`. The result is exact unless a server has an index of another kind than FLAT."""
        check_version(version)
        check_search(version, user_vectors, top_k, exclude, (await self._collection(version)).dimension)
        excluded = list(exclude) or [()] * len(user_vectors)
        if self._lite_cache is None:
            return await self._search_many(version, user_vectors, top_k, excluded, where)
        if len(user_vectors) == 1:
            return [await self._search_one(version, user_vectors[0], top_k, excluded[0], where)]
        movie_ids, vectors = await self._lite_cache.vectors(version, where)
        return await asyncio.to_thread(exact_search, movie_ids, vectors, user_vectors, top_k, excluded)

    async def published(self, version: str) -> Published:
        """See `VectorIndex.published`."""
        # Another process may have published the version with another kind of index.
        self._collections.pop(version, None)
        kind = (await self._collection(version)).kind
        count = await count_rows(self._connection, _PREFIX + version)
        return Published(count, kind.name, kind.is_exact)

    async def versions(self) -> list[str]:
        """See `VectorIndex.versions`."""
        names = await self._call(self._client.list_collections)
        return sorted(name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX))

    async def drop(self, version: str) -> None:
        """See `VectorIndex.drop`."""
        check_version(version)
        # `versions` lists those of the vectors, so the texts go first.
        await self.texts.drop(version)
        self._collections.pop(version, None)
        self._invalidate(version)
        for name in (_PREFIX + version, _OLD_PREFIX + version):
            await drop_collection(self._connection, name)

    async def ping(self) -> None:
        """See `VectorIndex.ping`."""
        await self._call(self._client.list_collections)
        for version, collection in list(self._collections.items()):
            if collection.kind.is_exact:
                continue
            with suppress(NotFound):  # Another process has dropped it.
                segments = await segment_count(self._connection, _PREFIX + version)
                if self._collections.get(version) is collection:
                    self._collections[version] = replace(collection, segment_count=segments)

    async def close(self) -> None:
        """See `VectorIndex.close`."""
        await self._connection.close()

    async def _collection(self, version: str) -> _Collection:
        """Return what a version's collection is like, and load it the first time."""
        if version not in self._collections:
            name = _PREFIX + version
            fields = (await self._call(self._client.describe_collection, name))["fields"]
            await self._call(self._client.load_collection, name, timeout_s=BULK_TIMEOUT_S)
            kind, movie_count, segments = KINDS["FLAT"], 0, 0
            if not self._connection.is_lite:
                index = await self._call(self._client.describe_index, name, "vector")
                if index is None:
                    raise Unavailable(f"{self._connection.shown} has no index of version {version} at the moment")
                # Earlier versions of Reelmate made other kinds. Publishing replaces them.
                kind = KINDS.get(index["index_type"]) or IndexKind(index["index_type"], candidates=1)
                movie_count = int((await self._call(self._client.get_collection_stats, name))["row_count"])
            dimension = next(int(field["params"]["dim"]) for field in fields if field["name"] == "vector")
            if not kind.is_exact:
                segments = await segment_count(self._connection, name)
            self._collections[version] = _Collection(dimension, genre_flags(fields), kind, movie_count, segments)
        return self._collections[version]

    async def _search_one(
        self,
        version: str,
        user_vector: NDArray[np.float32],
        top_k: int,
        excluded: Collection[int],
        where: MovieFilter,
    ) -> Hits:
        """Search with filter and exclusion in one expression; ask for more hits if rank `top_k` is within a tie."""
        if where != ANY_MOVIE and self._lite_cache is not None:
            expressions = [await self._lite_cache.ids_expression(version, where, excluded)]
        else:
            expressions = filter_expressions(where, (await self._collection(version)).flags)
            if excluded:
                expressions.append(f"movie_id not in {sorted(int(movie_id) for movie_id in excluded)}")
        limit = min(top_k + 1, MAX_TOP_K)
        while True:
            [hits] = await self._hits(version, user_vector[np.newaxis], limit, " and ".join(expressions))
            result = _complete_result(hits, limit, top_k)
            if result:
                return result
            if limit == MAX_TOP_K:
                break
            limit = min(2 * limit, MAX_TOP_K)
        if self._lite_cache is not None:
            movie_ids, vectors = await self._lite_cache.vectors(version, where)
            return exact_search(movie_ids, vectors, user_vector[np.newaxis], top_k, [excluded])[0]
        # A server returns at most MAX_TOP_K hits: the order within a tie at the very end is the server's.
        return _best(hits, top_k)

    async def _search_many(
        self,
        version: str,
        user_vectors: NDArray[np.float32],
        top_k: int,
        excluded: Sequence[Collection[int]],
        where: MovieFilter,
    ) -> list[Hits]:
        """Search in few large calls, each with a limit that leaves room for the excluded movies of its rows."""
        expression = " and ".join(filter_expressions(where, (await self._collection(version)).flags))
        results: dict[int, Hits | None] = {}
        limits = [top_k + len(movie_ids) + 1 for movie_ids in excluded]
        for rows, limit in _batches(limits):
            hits_of_rows = await self._hits(version, user_vectors[rows], limit, expression)
            for row, hits in zip(rows, hits_of_rows, strict=True):
                results[row] = _complete_result(hits, limit, top_k, excluded[row])
        return [
            results.get(row) or await self._search_one(version, user_vectors[row], top_k, excluded[row], where)
            for row in range(len(user_vectors))
        ]

    async def _hits(
        self, version: str, user_vectors: NDArray[np.float32], limit: int, expression: str = ""
    ) -> list[Hits]:
        collection = await self._collection(version)
        parameters = collection.kind.search_params(limit, collection.movie_count, collection.segment_count)
        try:
            return await search_rows(
                self._connection,
                _PREFIX + version,
                data=user_vectors,
                field="vector",
                limit=limit,
                expression=expression,
                search_params={"metric_type": "IP", "params": parameters},
            )
        except Unavailable:
            # Another process may have published the version with another kind of index.
            self._collections.pop(version, None)
            raise

    async def _read_rows(self, version: str, expression: str, fields: list[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = await self._call(
            self._client.query, _PREFIX + version, filter=expression, output_fields=fields, timeout_s=BULK_TIMEOUT_S
        )
        return rows

    def _invalidate(self, version: str) -> None:
        if self._lite_cache is not None:
            self._lite_cache.invalidate(version)


def _batches(limits: list[int]) -> Iterator[tuple[list[int], int]]:
    """Yield the (rows, limit) of each call to a server.

    Rows with similar limits share a call. Rows with a limit above MAX_TOP_K are left out.
    """
    rows: list[int] = []
    limit = 0
    for row in sorted((row for row in range(len(limits)) if limits[row] <= MAX_TOP_K), key=lambda row: limits[row]):
        if rows and (len(rows) + 1) * limits[row] > _HITS_PER_CALL:
            yield rows, limit
            rows = []
        rows.append(row)
        limit = limits[row]
    if rows:
        yield rows, limit


def _complete_result(hits: Hits, limit: int, top_k: int, excluded: Collection[int] = ()) -> Hits | None:
    """Return the best `top_k` hits, or None if a movie beyond the limit could belong to them."""
    movie_ids, scores = hits
    if excluded:
        is_kept = ~np.isin(movie_ids, np.fromiter(excluded, np.int64, len(excluded)))
        movie_ids, scores = movie_ids[is_kept], scores[is_kept]
    best = _best((movie_ids, scores), top_k)
    is_all = len(hits[0]) < limit
    return best if is_all or (len(best[0]) == top_k and best[1][-1] > hits[1].min()) else None


def _best(hits: Hits, top_k: int) -> Hits:
    movie_ids, scores = hits
    order = np.lexsort((movie_ids, -scores))[:top_k]
    return movie_ids[order], scores[order]
