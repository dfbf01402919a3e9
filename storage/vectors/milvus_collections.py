"""What the indexes of vectors and of texts do with their Milvus collections: open, fill, search and count them."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any

import numpy as np
from pymilvus import CollectionSchema
from pymilvus.milvus_client import IndexParams

from storage.vectors.arrays import Hits
from storage.vectors.milvus_connection import BULK_TIMEOUT_S, MilvusConnection, NotLoaded
from storage.vectors.milvus_schema import other_ids_expressions

_ROWS_PER_CALL = 1_000
_ROWS_PER_LITE_CALL = 200
"""Number of rows in one upsert to Milvus Lite. It runs in this process, and searches are answered between two calls."""


async def open_collection(
    connection: MilvusConnection, name: str, schema: CollectionSchema, index: IndexParams
) -> None:
    """Create what a collection lacks, and load it.

    Raises:
        Unavailable: no answer within the deadline, or the server does not support the schema.
    """
    call, client = connection.call, connection.client
    if not await call(client.has_collection, name):
        # "Session" lets a client read its own writes, and no other client waits for them.
        await call(client.create_collection, name, schema=schema, consistency_level="Session", timeout_s=BULK_TIMEOUT_S)
    if not await call(client.list_indexes, name):
        await call(client.create_index, name, index, timeout_s=BULK_TIMEOUT_S)
    await call(client.load_collection, name, timeout_s=BULK_TIMEOUT_S)


async def drop_collection(connection: MilvusConnection, name: str) -> None:
    """Drop a collection if there is one.

    Raises:
        Unavailable: no answer within the deadline.
    """
    if await connection.call(connection.client.has_collection, name):
        await connection.call(connection.client.drop_collection, name)


async def replace_rows(
    connection: MilvusConnection, name: str, rows: Iterable[dict[str, Any]], movie_ids: Sequence[int]
) -> int:
    """Replace the rows of a collection with exactly these rows.

    Args:
        connection: to Milvus.
        name: of the collection.
        rows: one for each movie, in any order.
        movie_ids: of all rows, ascending.

    Returns:
        The number of rows that the collection then has.

    Raises:
        Unavailable: no answer within the deadline.
    """
    call, client = connection.call, connection.client
    rows_left = iter(rows)
    while chunk := list(islice(rows_left, _ROWS_PER_LITE_CALL if connection.is_lite else _ROWS_PER_CALL)):
        await call(client.upsert, name, chunk, timeout_s=BULK_TIMEOUT_S)
    for expression in other_ids_expressions(movie_ids):
        await call(client.delete, name, filter=expression, timeout_s=BULK_TIMEOUT_S)
    # Without a flush Milvus Lite searches its log of changes, which is ten times slower.
    await call(client.flush, name, timeout_s=BULK_TIMEOUT_S)
    return await count_rows(connection, name, BULK_TIMEOUT_S)


async def count_rows(connection: MilvusConnection, name: str, timeout_s: float | None = None) -> int:
    """Return the number of rows of a collection, once every replica of a server has seen the last changes.

    Args:
        connection: to Milvus.
        name: of the collection.
        timeout_s: deadline in seconds; by default that of the connection.

    Raises:
        NotFound: the collection does not exist.
        Unavailable: no answer within the deadline.
    """
    counts = await _loaded(
        connection,
        name,
        connection.client.query,
        output_fields=["count(*)"],
        consistency_level="Strong",
        timeout_s=timeout_s,
    )
    return int(counts[0]["count(*)"])


async def search_rows(connection: MilvusConnection, name: str, **options: Any) -> list[Hits]:
    """Search a collection and return the hits of each query, best first.

    Args:
        connection: to Milvus.
        name: of the collection.
        **options: of `MilvusClient.search`.

    Raises:
        NotFound: the collection does not exist.
        Unavailable: no answer within the deadline.
    """
    # Every hit comes with its id anyway, but Milvus Lite takes an empty list as "all fields, vectors too".
    fields = ["movie_id"] if connection.is_lite else []
    response = await _loaded(connection, name, connection.client.search, output_fields=fields, **options)
    return [(np.array(hits.ids, np.int64), np.array(hits.distances, np.float32)) for hits in response]


async def _loaded(connection: MilvusConnection, name: str, method: Any, **options: Any) -> Any:
    """Call a method on a collection, and again after loading the collection if it is not loaded."""
    try:
        return await connection.call(method, name, **options)
    except NotLoaded:
        # The server was restarted, or another client released the collection.
        await connection.call(connection.client.load_collection, name, timeout_s=BULK_TIMEOUT_S)
        return await connection.call(method, name, **options)
