"""Benchmark of vector search on one machine by the number of movies: Milvus Lite's kinds of indexes, and memory.

    python benchmarks/vector_indexes.py --movies 4000 20000 87585

The vectors have clusters. For each kind the table says how long it takes to publish the movies, how long a search for
60 movies takes alone, and which share of the exact result it finds. `MAX_LITE_MOVIES` follows from it.
"""

from bot.runtime import serve_with_one_thread, use_fast_kernels_on_amd

serve_with_one_thread()
use_fast_kernels_on_amd()

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pymilvus import MilvusClient

from benchmarks.large_catalogue import Memory, clustered, processor
from storage.records import Movie
from storage.vectors.arrays import Hits
from storage.vectors.memory import MemoryIndex
from storage.vectors.milvus_collections import drop_collection, open_collection, replace_rows, search_rows
from storage.vectors.milvus_connection import MilvusConnection
from storage.vectors.milvus_schema import collection_schema, movie_row

DIMENSION, TOP_K, SEARCHES = 256, 60, 30
KINDS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "FLAT": ({}, {}),
    "IVF_FLAT": ({"nlist": 256}, {"nprobe": 32}),
    "HNSW": ({"M": 16, "efConstruction": 200}, {"ef": 256}),
    "HNSW_SQ": ({"M": 16, "efConstruction": 200}, {"ef": 256}),
}
"""Kind of index -> parameters of building and of searching."""


async def measured(
    search: Callable[[NDArray[np.float32]], Awaitable[Hits]],
    vectors: NDArray[np.float32],
    user_vectors: NDArray[np.float32],
) -> str:
    """Return the times and the recall of a search, in words."""
    for user_vector in user_vectors[:3]:
        await search(user_vector)
    samples, found, used_s = [], 0, 0.0
    for user_vector in user_vectors:
        started, used_before = time.perf_counter(), time.process_time()
        ids, _ = await search(user_vector)
        samples.append((time.perf_counter() - started) * 1e3)
        used_s += time.process_time() - used_before
        exact = 1 + np.argsort(-(vectors @ user_vector), kind="stable")[:TOP_K]
        found += len(np.intersect1d(ids, exact))
    recall = found / (TOP_K * len(user_vectors))
    processor_ms = used_s * 1e3 / len(user_vectors)
    return f"search p50 {statistics.median(samples):7.1f} ms, processor {processor_ms:6.1f} ms, recall {recall:.4f}"


async def measure(count: int, kinds: list[str]) -> None:
    """Measure all kinds with so many movies."""
    rng = np.random.default_rng(0)
    vectors = clustered(count, DIMENSION, rng)
    user_vectors = clustered(SEARCHES, DIMENSION, rng)
    movies = [Movie(position + 1, "", 1990, ("Comedy",)) for position in range(count)]
    memory = MemoryIndex()
    await memory.publish("a", movies, vectors)

    async def in_memory(user_vector: NDArray[np.float32]) -> Hits:
        return (await memory.search("a", user_vector[np.newaxis], TOP_K))[0]

    print(f"{count:7,} movies, memory    {await measured(in_memory, vectors, user_vectors)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        connection = await MilvusConnection.open(f"milvus+lite://{folder}/milvus.db", timeout_s=600)
        for kind in kinds:
            building, searching = KINDS[kind]
            index = MilvusClient.prepare_index_params()
            index.add_index("vector", index_type=kind, metric_type="IP", params=building)
            started, before_mb = time.perf_counter(), Memory.now().resident
            await open_collection(connection, kind, collection_schema(DIMENSION), index)
            rows = (movie_row(movie, vector) for movie, vector in zip(movies, vectors, strict=True))
            await replace_rows(connection, kind, rows, range(1, count + 1))

            async def in_lite(
                user_vector: NDArray[np.float32], kind: str = kind, searching: dict[str, Any] = searching
            ) -> Hits:
                options = {"metric_type": "IP", "params": searching}
                data = user_vector[np.newaxis]
                [hits] = await search_rows(
                    connection, kind, data=data, anns_field="vector", limit=TOP_K, search_params=options
                )
                return hits

            await in_lite(user_vectors[0])
            published_s, grown_mb = time.perf_counter() - started, Memory.now().resident - before_mb
            text = await measured(in_lite, vectors, user_vectors)
            print(
                f"{count:7,} movies, {kind:<9} {text}, published in {published_s:.0f} s, {grown_mb:.0f} MB", flush=True
            )
            await drop_collection(connection, kind)
        await connection.close()


def main() -> None:
    """Measure each number of movies."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--movies", type=int, nargs="+", default=[4_000, 20_000, 87_585], help="numbers of movies")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS), help="kinds of indexes (default all)")
    arguments = parser.parse_args()
    print(processor())
    for count in arguments.movies:
        asyncio.run(measure(count, arguments.kinds))


if __name__ == "__main__":
    main()
