"""What the indexes of vectors and of texts do with their Milvus collections: open, fill, search and count them."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from pymilvus import CollectionSchema
from pymilvus.milvus_client import IndexParams

from storage.errors import Unavailable
from storage.vectors.arrays import Hits, ShowShare
from storage.vectors.milvus_connection import BULK_TIMEOUT_S, MilvusConnection, NotLoaded
from storage.vectors.milvus_schema import other_ids_expressions

_ROWS_PER_CALL = 1_000
_ROWS_PER_LITE_CALL = 200
"""Number of rows in one upsert to Milvus Lite. It runs in this process, and searches are answered between two calls."""

_INDEX_POLL_S = 0.5
_STALLED_AFTER_S = 900.0
"""A server that has indexed no further row for this long has failed. It may index a million rows in one piece."""

_MERGE_S = 300.0
_MERGED = "Completed"

_MIN_INDEXED_ROWS = 1_024
"""A server builds no index for a part of a collection with fewer rows."""

_T = TypeVar("_T")


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


async def replace_index(connection: MilvusConnection, name: str, index: IndexParams) -> None:
    """Replace the index of a collection's vectors, and load the collection again.

    Raises:
        NotFound: the collection does not exist.
        Unavailable: no answer within the deadline, or another client has loaded the collection in between.
    """
    call, client = connection.call, connection.client
    # The index of a loaded collection cannot be dropped.
    await call(client.release_collection, name, timeout_s=BULK_TIMEOUT_S)
    await call(client.drop_index, name, "vector", timeout_s=BULK_TIMEOUT_S)
    await call(client.create_index, name, index, sync=False, timeout_s=BULK_TIMEOUT_S)
    await call(client.load_collection, name, timeout_s=BULK_TIMEOUT_S)


async def merge_segments(connection: MilvusConnection, name: str) -> None:
    """Merge the small segments that writing leaves, and return once searches use the merged ones.

    A search looks into each segment, and takes longer with more. If the server has not finished after _MERGE_S, it goes
    on by itself.

    Raises:
        NotFound: the collection does not exist.
        Unavailable: no answer within the deadline, or the user may not do this.
    """
    call, client = connection.call, connection.client
    job = await call(client.compact, name, timeout_s=BULK_TIMEOUT_S)
    given_up_at = time.monotonic() + _MERGE_S
    while time.monotonic() < given_up_at:
        if await call(client.get_compaction_state, job) == _MERGED:
            stored = await call(client.list_persistent_segments, name, timeout_s=BULK_TIMEOUT_S)
            loaded = await call(client.list_loaded_segments, name, timeout_s=BULK_TIMEOUT_S)
            if {segment.segment_id for segment in loaded} == {segment.segment_id for segment in stored}:
                return
        await asyncio.sleep(_INDEX_POLL_S)


async def segment_count(connection: MilvusConnection, name: str) -> int:
    """Return the number of segments of a collection that a search looks into.

    Raises:
        NotFound: the collection does not exist.
        Unavailable: no answer within the deadline.
    """
    return len(await connection.call(connection.client.list_loaded_segments, name))


async def wait_until_indexed(connection: MilvusConnection, name: str, progress: ShowShare) -> None:
    """Return once the index of a collection's vectors is built and searches use it.

    A server builds in the background. Until then searches compare every vector.

    Args:
        connection: to a server.
        name: of the collection.
        progress: takes the share of the rows that are indexed.

    Raises:
        NotFound: the collection does not exist.
        Unavailable: no answer within the deadline, or nothing was indexed for _STALLED_AFTER_S.
    """
    call, client = connection.call, connection.client
    most_indexed, indexed_at = -1, time.monotonic()
    while True:
        index = await call(client.describe_index, name, "vector", timeout_s=BULK_TIMEOUT_S)
        rows, indexed = max(1, int(index["total_rows"])), int(index["indexed_rows"])
        progress(indexed / rows)
        if indexed >= rows:
            segments = await call(client.list_loaded_segments, name, timeout_s=BULK_TIMEOUT_S)
            if all(segment.index_name or segment.num_rows < _MIN_INDEXED_ROWS for segment in segments):
                return
        if indexed > most_indexed:
            most_indexed, indexed_at = indexed, time.monotonic()
        elif time.monotonic() > indexed_at + _STALLED_AFTER_S:
            raise Unavailable(f"{connection.shown} has indexed {indexed} of {rows} rows: publish again")
        await asyncio.sleep(_INDEX_POLL_S)


async def drop_collection(connection: MilvusConnection, name: str) -> None:
    """Drop a collection if there is one.

    Raises:
        Unavailable: no answer within the deadline.
    """
    if await connection.call(connection.client.has_collection, name):
        await connection.call(connection.client.drop_collection, name)


async def replace_rows(
    connection: MilvusConnection,
    name: str,
    rows: Iterable[dict[str, Any]],
    movie_ids: Sequence[int],
    progress: ShowShare = lambda _: None,
) -> int:
    """Replace the rows of a collection with exactly these rows.

    Args:
        connection: to Milvus.
        name: of the collection.
        rows: one for each movie, in any order.
        movie_ids: of all rows, ascending.
        progress: takes the share that is written.

    Returns:
        The number of rows that the collection then has.

    Raises:
        Unavailable: no answer within the deadline.
    """
    call, client = connection.call, connection.client
    rows_left, written = iter(rows), 0
    while chunk := list(islice(rows_left, _ROWS_PER_LITE_CALL if connection.is_lite else _ROWS_PER_CALL)):
        await call(client.upsert, name, chunk, timeout_s=BULK_TIMEOUT_S)
        written += len(chunk)
        progress(written / len(movie_ids))
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
    query = partial(
        connection.call,
        connection.client.query,
        name,
        output_fields=["count(*)"],
        consistency_level="Strong",
        timeout_s=timeout_s,
    )
    counts = await _loaded(connection, name, query)
    return int(counts[0]["count(*)"])


async def search_rows(connection: MilvusConnection, name: str, **options: Any) -> list[Hits]:
    """Search a collection and return the hits of each query, best first.

    Args:
        connection: to Milvus.
        name: of the collection.
        **options: of `SearchChannel.search`, without the deadline.

    Raises:
        NotFound: the collection does not exist.
        Unavailable: no answer within the deadline.
    """
    return await _loaded(connection, name, partial(connection.search, name, **options))


async def _loaded(connection: MilvusConnection, name: str, request: Callable[[], Awaitable[_T]]) -> _T:
    """Send a request to a collection, and again after loading the collection if it is not loaded."""
    try:
        return await request()
    except NotLoaded:
        # The server was restarted, or another client released the collection.
        await connection.call(connection.client.load_collection, name, timeout_s=BULK_TIMEOUT_S)
        return await request()
