"""Search over movie vectors: the `VectorIndex` protocol, and `open_index`, which opens the index of a VECTORS_URL.

- `failover`: searches in memory while Milvus is down, by means of `primary`.
- `memory`: exact search in memory.
- `milvus`: Milvus, by means of `milvus_collections`, `milvus_connection` and `milvus_schema`.
- `milvus_search`: searches over a gRPC channel of their own.
- `milvus_kinds`: the kinds of indexes of a server, and which one a version gets.
- `milvus_lite`: Milvus inside this process, with `milvus_lite_cache` for the searches that it is slow at.
- `arrays`: argument checks and exact search, for all indexes.
- `texts`: full-text search, beside each index.

Another vector database is one more file and a scheme in SCHEMES.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from secrets import token_hex
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from storage.errors import Misconfigured, StorageError
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import Published, ShowShare
from storage.vectors.texts import TextIndex


class VectorIndex(Protocol):
    """Maximum inner product search over movie vectors, kept separately for each model version."""

    @property
    def texts(self) -> TextIndex:
        """Full-text search over the movies of the same versions, in the same place. It is closed with the index."""
        ...

    @property
    def searches_serially(self) -> bool:
        """Whether a search waits until the previous search has finished."""
        ...

    async def publish(
        self,
        version: str,
        movies: Sequence[Movie],
        vectors: NDArray[np.float32],
        progress: ShowShare = lambda _: None,
    ) -> None:
        """Replace the movies of a version with exactly these movies.

        Safe to repeat. Other versions do not change.

        Args:
            version: letters and digits.
            movies: m movies. Year, genres and rating_count are stored beside each vector.
            vectors: (m, 256) float32, row i belongs to movies[i].
            progress: takes the share that is done.

        Raises:
            Unavailable: the service did not answer within its deadline.
        """
        ...

    async def search(
        self,
        version: str,
        user_vectors: NDArray[np.float32],
        top_k: int,
        exclude: Sequence[Collection[int]] = (),
        where: MovieFilter = ANY_MOVIE,
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Return the best movies for each user vector, best first, and equal scores by ascending movie id.

        Args:
            version: version of the model that produced the user vectors.
            user_vectors: (n, 256) float32.
            top_k: number of movies per row. A row is shorter only if fewer movies match.
            exclude: one collection of excluded movie ids per row, or an empty sequence to exclude nothing.
            where: filter that the movies of every row must pass.

        Returns:
            n pairs (movie_ids (k,) int64, scores (k,) float32), with score = user_vector @ movie_vector. Movies may be
            missing only if `published` says that searches are not exact.

        Raises:
            NotFound: the version was never published.
            Unavailable: the service did not answer within its deadline.
        """
        ...

    async def published(self, version: str) -> Published:
        """Return what the index has of a version.

        Raises:
            NotFound: the version was never published.
            Unavailable: the service did not answer within its deadline.
        """
        ...

    async def versions(self) -> list[str]:
        """Return the published versions in ascending order."""
        ...

    async def drop(self, version: str) -> None:
        """Remove a version with its texts. A version that does not exist is ignored."""
        ...

    async def ping(self) -> None:
        """Return once the service answers.

        Raises:
            Unavailable: the service did not answer within its deadline.
        """
        ...

    async def close(self) -> None:
        """Release connections and files. Safe to repeat."""
        ...


async def open_index(url: str, *, timeout_s: float = 5.0) -> VectorIndex:
    """Open the index of a VECTORS_URL and check that it answers.

    Args:
        url: for example `milvus+lite:///srv/reelmate/milvus.db` or `milvus://user:password@host:19530/database`.
            The supported schemes are the keys of SCHEMES.
        timeout_s: deadline of the first answer, and of every search.

    Raises:
        Misconfigured: the URL cannot be used.
        Unavailable: the service does not answer.
        Conflict: another process has the Milvus Lite folder open.
    """
    scheme = url.partition(":")[0]
    scheme = ALIASES.get(scheme, scheme)
    if scheme not in SCHEMES:
        supported = ", ".join(f"{name}://" for name in SCHEMES)
        raise Misconfigured(f"VECTORS_URL has the scheme {scheme!r}; supported schemes are {supported}")
    return await SCHEMES[scheme](url, timeout_s)


def is_server(url: str) -> bool:
    """Return whether a VECTORS_URL names a server, in contrast to an index in this process."""
    scheme = url.partition(":")[0]
    return ALIASES.get(scheme, scheme) in ("milvus", "milvuss")


async def verify_index(index: VectorIndex) -> None:
    """Check that a version can be published, searched and dropped, and drop it.

    Raises:
        Unavailable: the service refuses one of these, for example because the user lacks a right.
    """
    version = f"check{token_hex(8)}"
    vectors = np.ones((1, 8), np.float32)
    try:
        await index.publish(version, [Movie(1, "")], vectors)
        await index.search(version, vectors, 1)
    except StorageError:
        with suppress(StorageError):
            await index.drop(version)
        raise
    await index.drop(version)


async def _open_memory(url: str, timeout_s: float) -> VectorIndex:  # noqa: ARG001 - one signature for all schemes
    from storage.vectors.memory import MemoryIndex

    return MemoryIndex()


async def _open_milvus(url: str, timeout_s: float) -> VectorIndex:
    # pymilvus takes a second to import, and memory:// does not need it.
    from storage.vectors.milvus import MilvusIndex

    return await MilvusIndex.open(url, timeout_s=timeout_s)


SCHEMES: Mapping[str, Callable[[str, float], Awaitable[VectorIndex]]] = {
    "memory": _open_memory,
    "milvus+lite": _open_milvus,
    "milvus": _open_milvus,
    "milvuss": _open_milvus,
}
"""Supported schemes of VECTORS_URL: exact search in memory, Milvus Lite, a Milvus server, and Milvus over TLS."""

ALIASES: Mapping[str, str] = {"http": "milvus", "https": "milvuss"}
"""Other ways to write a scheme, as Milvus and its hosting services do. The port of https is 443 by default."""
