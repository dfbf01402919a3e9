"""Full-text search in Milvus: a BM25 function over an analysed text field.

Each model version has its own collection, `reelmate_words_<version>`, beside the collection of its vectors. In one
collection, Milvus Lite would read the texts in every search for vectors.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from pymilvus import CollectionSchema, DataType, Function, FunctionType, MilvusClient
from pymilvus.milvus_client import IndexParams

from storage.errors import NotFound, Unavailable
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import (
    MAX_GENRE_BYTES,
    MAX_GENRES,
    MAX_TOP_K,
    Hits,
    check_version,
    stored_genres,
    stored_services,
)
from storage.vectors.milvus_collections import count_rows, drop_collection, open_collection, replace_rows, search_rows
from storage.vectors.milvus_connection import BULK_TIMEOUT_S, MilvusConnection
from storage.vectors.milvus_lite_cache import LiteCache
from storage.vectors.milvus_schema import add_services, filter_expressions
from storage.vectors.texts.checks import K1, MAX_TEXT_BYTES, B, check_text_search, check_texts, stored_text

_FIRST_WITH_TEXTS = (2, 5)
"""The first version of a Milvus server that has full-text search."""

_PREFIX = "reelmate_words_"
_OLD_PREFIX = "reelmate_texts_"
"""The collections of earlier versions of Reelmate, as in `storage.vectors.milvus`."""


class MilvusTextIndex:
    """A `TextIndex` in Milvus, over the connection of a `MilvusIndex`.

    TEXT_MATCH, which would filter by words, takes 1.5 s in Milvus Lite. The BM25 function ranks by them.
    """

    def __init__(self, connection: MilvusConnection) -> None:
        self._connection = connection
        self._client = connection.client
        self._call = connection.call
        self._lite_cache = LiteCache(self._read_rows) if connection.is_lite else None

    async def check(self) -> None:
        """See `TextIndex.check`. A version that is not written in numbers is taken for a new one."""
        if self._connection.is_lite:
            return
        found = await self._call(self._client.get_server_version)
        numbers = re.match(r"v?(\d+)\.(\d+)", found)
        if numbers is not None and (int(numbers[1]), int(numbers[2])) < _FIRST_WITH_TEXTS:
            raise Unavailable(f"{self._connection.shown} is Milvus {found}, and full-text search needs 2.5 or newer")

    async def publish(self, version: str, movies: Sequence[Movie], texts: Sequence[str]) -> None:
        """See `TextIndex.publish`. On a server, a version that is being served stays searchable throughout."""
        check_texts(version, movies, texts)
        name = _PREFIX + version
        if self._lite_cache is not None:
            # Milvus Lite would search the replaced rows as well, until it merges its files.
            await self.drop(version)
        await open_collection(self._connection, name, _schema(), _index())
        rows = (_row(movie, text) for movie, text in zip(movies, texts, strict=True))
        try:
            count = await replace_rows(self._connection, name, rows, sorted(movie.movie_id for movie in movies))
        finally:
            self._invalidate(version)
        await drop_collection(self._connection, _OLD_PREFIX + version)
        if count != len(movies):
            raise Unavailable(
                f"{self._connection.shown} contains {count} texts of version {version} after {len(movies)} were"
                " published: publish it again"
            )

    async def search(self, version: str, query: str, top_k: int, where: MovieFilter = ANY_MOVIE) -> Hits:
        """See `TextIndex.search`.

        A server filters while it searches. Milvus Lite, which is slow at conditions, searches for more hits than are
        wanted, and those that pass the filter are kept.
        """
        check_text_search(version, top_k)
        words = " ".join(dict.fromkeys(query.split()))
        if self._lite_cache is None or where == ANY_MOVIE:
            return await self._search(version, words, top_k, " and ".join(filter_expressions(where)))
        limit = top_k
        while True:
            hits = await self._search(version, words, limit)
            kept = await self._lite_cache.passing(version, where, hits)
            if len(kept[0]) >= top_k or len(hits[0]) < limit or limit == MAX_TOP_K:
                return kept[0][:top_k], kept[1][:top_k]
            limit = min(4 * limit, MAX_TOP_K)

    async def count(self, version: str) -> int:
        """See `TextIndex.count`."""
        check_version(version)
        try:
            return await count_rows(self._connection, _PREFIX + version)
        except NotFound:
            return 0

    async def drop(self, version: str) -> None:
        """See `TextIndex.drop`."""
        check_version(version)
        self._invalidate(version)
        for name in (_PREFIX + version, _OLD_PREFIX + version):
            await drop_collection(self._connection, name)

    async def _search(self, version: str, words: str, limit: int, expression: str = "") -> Hits:
        if not words:
            # Milvus refuses an empty query.
            await self._call(self._client.describe_collection, _PREFIX + version)
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        [(movie_ids, scores)] = await search_rows(
            self._connection,
            _PREFIX + version,
            data=[words],
            field="words",
            limit=limit,
            expression=expression,
            search_params={"metric_type": "BM25"},
        )
        # Milvus Lite returns scores of BM25 as negative distances.
        scores = np.abs(scores)
        order = np.lexsort((movie_ids, -scores))
        return movie_ids[order], scores[order]

    async def _read_rows(self, version: str, expression: str, fields: list[str]) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = await self._call(
            self._client.query, _PREFIX + version, filter=expression, output_fields=fields, timeout_s=BULK_TIMEOUT_S
        )
        return rows

    def _invalidate(self, version: str) -> None:
        if self._lite_cache is not None:
            self._lite_cache.invalidate(version)


def _schema() -> CollectionSchema:
    schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("movie_id", DataType.INT64, is_primary=True)
    schema.add_field(
        "text",
        DataType.VARCHAR,
        max_length=MAX_TEXT_BYTES,
        enable_analyzer=True,
        analyzer_params={"tokenizer": "standard"},
    )
    schema.add_field("words", DataType.SPARSE_FLOAT_VECTOR)
    schema.add_field("year", DataType.INT16, description="0 if the year is unknown")
    schema.add_field(
        "genres", DataType.ARRAY, element_type=DataType.VARCHAR, max_capacity=MAX_GENRES, max_length=MAX_GENRE_BYTES
    )
    add_services(schema)
    schema.add_function(Function("bm25", FunctionType.BM25, input_field_names=["text"], output_field_names=["words"]))
    return schema


def _index() -> IndexParams:
    params = MilvusClient.prepare_index_params()
    # Nested, because Milvus Lite ignores what pymilvus sends beside "params".
    tuning = {"params": {"bm25_k1": K1, "bm25_b": B}}
    params.add_index("words", index_type="SPARSE_INVERTED_INDEX", metric_type="BM25", params=tuning)
    return params


def _row(movie: Movie, text: str) -> dict[str, Any]:
    return {
        "movie_id": movie.movie_id,
        "text": stored_text(text),
        "year": movie.year or 0,
        "genres": stored_genres(movie),
        "services": stored_services(movie),
    }
