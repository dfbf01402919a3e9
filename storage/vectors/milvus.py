"""Movie vectors in Milvus: Milvus Lite in this process, or a server.

One collection per model version, `reelmate_movies_<version>`, so that a new release is filled while the old one serves.
A publish that was cut off leaves a collection which the next publish of that version completes.
"""

import asyncio
import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from pymilvus import DataType, MilvusClient

from storage.errors import Unavailable
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import (
    MAX_GENRE_BYTES,
    MAX_GENRES,
    MAX_TOP_K,
    Facets,
    Hits,
    check_movies,
    check_search,
    check_version,
    exact_search,
    stored_genre,
    stored_genres,
)
from storage.vectors.connection import BULK_TIMEOUT_S, MilvusConnection, NotLoaded

_PREFIX = "reelmate_movies_"
_EVERY_ROW = "movie_id >= 0 or movie_id < 0"
_ROWS_PER_CALL = 1_000
_ROWS_PER_LITE_CALL = 200
"""Milvus Lite computes in this process: between two calls the people who wait have their turn."""
_IDS_PER_FILTER = 5_000
_HITS_PER_CALL = 20_000
_FLAT_UP_TO = 20_000
"""Movies up to which a server compares every vector; beyond, it walks an HNSW graph and may miss one."""


class MilvusIndex:
    """A `VectorIndex` in Milvus; open it with `storage.vectors.open_index`.

    A single search goes to Milvus with the conditions and the excluded ids in its filter. A batch goes to a server in
    few large calls, with the conditions alone.

    Milvus Lite is spared two things. It makes every hit a Python dictionary of the whole row, vector and all, so a
    batch would cost nearly as much per person as single searches: its vectors are read out of it once, and batches are
    ranked in numpy. And it looks into arrays row by row in Python, which makes a search for a genre 20 times slower
    than one for ids: years and genres are read out once too, and a condition becomes the ids of the movies that fulfil
    it. Neither copy can grow stale, because Milvus Lite belongs to this process alone.
    """

    def __init__(self, connection: MilvusConnection) -> None:
        self._connection = connection
        self._client = connection.client
        self._call = connection.call
        self._dimensions: dict[str, int] = {}
        self._copies: dict[str, tuple[NDArray[np.int64], NDArray[np.float32]]] = {}
        self._facets: dict[str, tuple[NDArray[np.int64], Facets]] = {}
        self._changes = 0

    @classmethod
    async def open(cls, url: str, *, timeout_s: float) -> Self:
        """Start Milvus Lite or connect to a server.

        Raises:
            Misconfigured: the URL cannot be used.
            Unavailable: no answer within the deadline.
            Conflict: another process holds the Milvus Lite folder.
        """
        return cls(await MilvusConnection.open(url, timeout_s))

    @property
    def searches_serially(self) -> bool:
        """See `VectorIndex.searches_serially`."""
        return self._connection.is_lite

    async def publish(self, version: str, movies: Sequence[Movie], vectors: NDArray[np.float32]) -> None:
        """See `VectorIndex.publish`. A version that is served stays searchable throughout."""
        check_movies(version, movies, vectors)
        name = _PREFIX + version
        if not await self._call(self._client.has_collection, name):
            await self._create(name, vectors.shape[1])
        if not await self._call(self._client.list_indexes, name):
            await self._index(name, len(movies))
        await self._call(self._client.load_collection, name, timeout_s=BULK_TIMEOUT_S)
        if await self._dimension(version) != vectors.shape[1]:
            raise ValueError(
                f"version {version} has vectors of {self._dimensions[version]} numbers, not {vectors.shape[1]}"
            )
        try:
            per_call = _ROWS_PER_LITE_CALL if self._connection.is_lite else _ROWS_PER_CALL
            for start in range(0, len(movies), per_call):
                rows = slice(start, start + per_call)
                data = [_row(movie, vector) for movie, vector in zip(movies[rows], vectors[rows], strict=True)]
                await self._call(self._client.upsert, name, data, timeout_s=BULK_TIMEOUT_S)
            for others in _others(sorted(movie.movie_id for movie in movies)):
                await self._call(self._client.delete, name, filter=others, timeout_s=BULK_TIMEOUT_S)
            # Without it Milvus Lite searches its log of changes, ten times slower.
            await self._call(self._client.flush, name, timeout_s=BULK_TIMEOUT_S)
            # Reading with "Strong" waits until every replica of a server has seen all of the above.
            counted = await self._call(
                self._client.query,
                name,
                output_fields=["count(*)"],
                consistency_level="Strong",
                timeout_s=BULK_TIMEOUT_S,
            )
        finally:
            self._forget_copy(version)
        if counted[0]["count(*)"] != len(movies):
            raise Unavailable(
                f"{self._connection.shown} holds {counted[0]['count(*)']} movies of version {version} after "
                f"{len(movies)} were published: publish it again"
            )

    async def search(
        self,
        version: str,
        user_vectors: NDArray[np.float32],
        top_k: int,
        exclude: Sequence[Collection[int]] = (),
        where: MovieFilter = ANY_MOVIE,
    ) -> list[Hits]:
        """See `VectorIndex.search`; exact but for servers with more than 20,000 movies, where HNSW may miss one."""
        check_version(version)
        check_search(version, user_vectors, top_k, exclude, await self._dimension(version))
        excluded = list(exclude) or [()] * len(user_vectors)
        if len(user_vectors) == 1:
            return [await self._search_one(version, user_vectors[0], top_k, excluded[0], where)]
        if self._connection.is_lite:
            copy = await self._copy_where(version, where)
            return await asyncio.to_thread(exact_search, *copy, user_vectors, top_k, excluded)
        return await self._search_many(version, user_vectors, top_k, excluded, where)

    async def versions(self) -> list[str]:
        """See `VectorIndex.versions`."""
        names = await self._call(self._client.list_collections)
        return sorted(name.removeprefix(_PREFIX) for name in names if name.startswith(_PREFIX))

    async def drop(self, version: str) -> None:
        """See `VectorIndex.drop`."""
        check_version(version)
        self._dimensions.pop(version, None)
        self._forget_copy(version)
        if await self._call(self._client.has_collection, _PREFIX + version):
            await self._call(self._client.drop_collection, _PREFIX + version)

    async def ping(self) -> None:
        """See `VectorIndex.ping`."""
        await self._call(self._client.list_collections)

    async def close(self) -> None:
        """See `VectorIndex.close`."""
        await self._connection.close()

    async def _create(self, name: str, dimension: int) -> None:
        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("movie_id", DataType.INT64, is_primary=True)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=dimension)
        schema.add_field("year", DataType.INT16, description="0 where it is not known")
        schema.add_field(
            "genres",
            DataType.ARRAY,
            element_type=DataType.VARCHAR,
            max_capacity=MAX_GENRES,
            max_length=MAX_GENRE_BYTES,
        )
        schema.add_field("rating_count", DataType.INT64)
        # "Session": who wrote something reads it back, and nobody else waits for it.
        await self._call(
            self._client.create_collection, name, schema=schema, consistency_level="Session", timeout_s=BULK_TIMEOUT_S
        )

    async def _index(self, name: str, movies: int) -> None:
        index = MilvusClient.prepare_index_params()
        if self._connection.is_lite or movies <= _FLAT_UP_TO:
            index.add_index("vector", index_type="FLAT", metric_type="IP")
        else:
            index.add_index("vector", index_type="HNSW", metric_type="IP", params={"M": 16, "efConstruction": 200})
        await self._call(self._client.create_index, name, index, timeout_s=BULK_TIMEOUT_S)

    async def _dimension(self, version: str) -> int:
        """The dimension of a version's vectors; loads the collection where this process has not yet."""
        if version not in self._dimensions:
            name = _PREFIX + version
            fields = (await self._call(self._client.describe_collection, name))["fields"]
            await self._call(self._client.load_collection, name, timeout_s=BULK_TIMEOUT_S)
            self._dimensions[version] = next(
                int(field["params"]["dim"]) for field in fields if field["name"] == "vector"
            )
        return self._dimensions[version]

    async def _search_one(
        self,
        version: str,
        user_vector: NDArray[np.float32],
        top_k: int,
        excluded: Collection[int],
        where: MovieFilter,
    ) -> Hits:
        """One search with everything in its filter, repeated for more where the border cuts through a tie."""
        if where != ANY_MOVIE and self._connection.is_lite:
            conditions = [await self._condition_by_ids(version, where, excluded)]
        else:
            conditions = _conditions(where)
            if excluded:
                conditions.append(f"movie_id not in {sorted(int(movie_id) for movie_id in excluded)}")
        limit = min(top_k + 1, MAX_TOP_K)
        while True:
            [hits] = await self._hits(version, user_vector[np.newaxis], limit, " and ".join(conditions))
            settled = _settle(hits, limit, top_k)
            if settled:
                return settled
            if limit == MAX_TOP_K:
                break
            limit = min(2 * limit, MAX_TOP_K)
        if self._connection.is_lite:
            copy = await self._copy_where(version, where)
            return exact_search(*copy, user_vector[np.newaxis], top_k, [excluded])[0]
        # A server gives no more: among equals at the very border it chose.
        return _best(hits, top_k)

    async def _search_many(
        self,
        version: str,
        user_vectors: NDArray[np.float32],
        top_k: int,
        excluded: Sequence[Collection[int]],
        where: MovieFilter,
    ) -> list[Hits]:
        """Few large calls; each asks for as many more as its longest exclusion, and drops the excluded here."""
        filter_ = " and ".join(_conditions(where))
        found: dict[int, Hits | None] = {}
        limits = [top_k + len(ids) + 1 for ids in excluded]
        for rows, limit in _calls(limits):
            for row, hits in zip(rows, await self._hits(version, user_vectors[rows], limit, filter_), strict=True):
                found[row] = _settle(hits, limit, top_k, excluded[row])
        return [
            found.get(row) or await self._search_one(version, user_vectors[row], top_k, excluded[row], where)
            for row in range(len(user_vectors))
        ]

    async def _hits(self, version: str, user_vectors: NDArray[np.float32], limit: int, filter_: str = "") -> list[Hits]:
        name = _PREFIX + version
        options: dict[str, Any] = {
            "data": user_vectors,
            "anns_field": "vector",
            "limit": limit,
            "filter": filter_,
            # An id comes with every hit; but Milvus Lite takes "no fields" for all of them, vectors too.
            "output_fields": ["movie_id"] if self._connection.is_lite else [],
            # How many candidates HNSW keeps; FLAT looks at all and takes no notice.
            "search_params": {"metric_type": "IP", "params": {"ef": max(128, 2 * limit)}},
        }
        try:
            found = await self._call(self._client.search, name, **options)
        except NotLoaded:
            # The server was restarted, or somebody released the collection.
            await self._call(self._client.load_collection, name, timeout_s=BULK_TIMEOUT_S)
            found = await self._call(self._client.search, name, **options)
        return [(np.array(hits.ids, np.int64), np.array(hits.distances, np.float32)) for hits in found]

    async def _copy(self, version: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The (movie_ids, vectors) in Milvus Lite, ids ascending; read once, and again after a change."""
        if version not in self._copies:
            name, changes = _PREFIX + version, self._changes
            rows = await self._read(name, _EVERY_ROW, ["movie_id"])
            movie_ids = np.sort(np.fromiter((row["movie_id"] for row in rows), np.int64, len(rows)))
            vectors: dict[int, list[float]] = {}
            for start in range(0, len(movie_ids), _IDS_PER_FILTER):
                part = movie_ids[start : start + _IDS_PER_FILTER]
                between = f"movie_id >= {part[0]} and movie_id <= {part[-1]}"
                rows = await self._read(name, between, ["movie_id", "vector"])
                vectors |= {row["movie_id"]: row["vector"] for row in rows}
            copy = movie_ids, np.array([vectors[movie_id] for movie_id in movie_ids.tolist()], np.float32)
            if changes != self._changes:
                return copy
            self._copies[version] = copy
        return self._copies[version]

    async def _copy_where(self, version: str, where: MovieFilter) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The copy's movies that fulfil the conditions."""
        movie_ids, vectors = await self._copy(version)
        if where == ANY_MOVIE:
            return movie_ids, vectors
        known, matching = await self._matching(version, where)
        fulfil = np.isin(movie_ids, known[matching])
        return movie_ids[fulfil], vectors[fulfil]

    async def _condition_by_ids(self, version: str, where: MovieFilter, excluded: Collection[int]) -> str:
        """The same as the conditions and the exclusion, as the shorter of the lists of those within and without."""
        movie_ids, matching = await self._matching(version, where)
        within = set(movie_ids[matching].tolist()).difference(excluded)
        without = set(movie_ids[~matching].tolist()).union(int(movie_id) for movie_id in excluded)
        if len(within) <= len(without):
            return f"movie_id in {sorted(within)}"
        return f"movie_id not in {sorted(without)}"

    async def _matching(self, version: str, where: MovieFilter) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """(ids of all movies in Milvus Lite, whether each fulfils the conditions); it is read for that once."""
        if version not in self._facets:
            changes = self._changes
            rows = await self._read(_PREFIX + version, _EVERY_ROW, ["movie_id", "year", "genres"])
            movies = [Movie(row["movie_id"], "", row["year"] or None, tuple(row["genres"])) for row in rows]
            read = np.fromiter((movie.movie_id for movie in movies), np.int64, len(movies)), Facets(movies)
            if changes != self._changes:
                return read[0], read[1].matching(where)
            self._facets[version] = read
        movie_ids, facets = self._facets[version]
        return movie_ids, facets.matching(where)

    async def _read(self, name: str, filter_: str, fields: list[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = await self._call(
            self._client.query, name, filter=filter_, output_fields=fields, timeout_s=BULK_TIMEOUT_S
        )
        return rows

    def _forget_copy(self, version: str) -> None:
        self._copies.pop(version, None)
        self._facets.pop(version, None)
        self._changes += 1


def _row(movie: Movie, vector: NDArray[np.float32]) -> dict[str, Any]:
    return {
        "movie_id": movie.movie_id,
        "vector": vector,
        "year": movie.year or 0,
        "genres": stored_genres(movie),
        "rating_count": movie.rating_count,
    }


def _conditions(where: MovieFilter) -> list[str]:
    """A filter in Milvus's words; empty where every movie fulfils it."""

    def names(genres: Sequence[str]) -> str:
        # A JSON string is a string to Milvus too, quotes and backslashes escaped.
        return json.dumps([stored_genre(genre) for genre in genres], ensure_ascii=False)

    conditions = []
    if where.genres_any:
        conditions.append(f"array_contains_any(genres, {names(where.genres_any)})")
    if where.genres_all:
        conditions.append(f"array_contains_all(genres, {names(where.genres_all)})")
    if where.genres_none:
        conditions.append(f"not array_contains_any(genres, {names(where.genres_none)})")
    if where.year_from is not None:
        conditions.append(f"year >= {max(1, where.year_from)}")
    if where.year_to is not None:
        conditions.append(f"year > 0 and year <= {where.year_to}")
    return conditions


def _others(movie_ids: list[int]) -> Iterator[str]:
    """Filters that together match every id but these, each of bounded length; movie_ids ascending."""
    for start in range(0, len(movie_ids), _IDS_PER_FILTER):
        part = movie_ids[start : start + _IDS_PER_FILTER]
        conditions = [f"movie_id not in {part}"]
        if start:
            conditions.append(f"movie_id > {movie_ids[start - 1]}")
        if start + _IDS_PER_FILTER < len(movie_ids):
            conditions.append(f"movie_id <= {part[-1]}")
        yield " and ".join(conditions)


def _calls(limits: list[int]) -> Iterator[tuple[list[int], int]]:
    """(rows, limit) of each call to a server, rows of about equal limits together; those beyond MAX_TOP_K left out."""
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


def _settle(hits: Hits, limit: int, top_k: int, excluded: Collection[int] = ()) -> Hits | None:
    """The best of what Milvus gave for a limit; None where a movie that it left out could belong among them."""
    movie_ids, scores = hits
    if excluded:
        keep = ~np.isin(movie_ids, np.fromiter(excluded, np.int64, len(excluded)))
        movie_ids, scores = movie_ids[keep], scores[keep]
    best = _best((movie_ids, scores), top_k)
    is_all = len(hits[0]) < limit
    return best if is_all or (len(best[0]) == top_k and best[1][-1] > hits[1].min()) else None


def _best(hits: Hits, top_k: int) -> Hits:
    movie_ids, scores = hits
    order = np.lexsort((movie_ids, -scores))[:top_k]
    return movie_ids[order], scores[order]
