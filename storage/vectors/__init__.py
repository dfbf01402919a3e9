"""Where movie vectors are searched: the `VectorIndex` protocol, and `open_index` for the index a VECTORS_URL names."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from storage.errors import Misconfigured
from storage.records import ANY_MOVIE, Movie, MovieFilter


class VectorIndex(Protocol):
    """Maximum inner product search over the movie vectors of one or more model versions."""

    @property
    def searches_serially(self) -> bool:
        """Whether a search waits until the one before is done."""
        ...

    async def publish(self, version: str, movies: Sequence[Movie], vectors: NDArray[np.float32]) -> None:
        """Make exactly these movies searchable under a version; safe to repeat, other versions untouched.

        Args:
            version: letters and digits.
            movies: (m,) with the scalar fields stored beside each vector: year, genres, rating_count.
            vectors: (m, 256) float32, row i belongs to movies[i].

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
        """The best movies for each user vector, best first; equal scores by ascending movie id.

        Args:
            version: of the model that made the user vectors.
            user_vectors: (n, 256) float32.
            top_k: how many movies per row; fewer come back only where fewer are left.
            exclude: one collection of movie ids per row that must not come back; empty for none at all.
            where: what the movies of every row must fulfil.

        Returns:
            n pairs (movie_ids (k,) int64, scores (k,) float32), score = user_vector @ movie_vector.

        Raises:
            NotFound: the version was never published.
            Unavailable: the service did not answer within its deadline.
        """
        ...

    async def versions(self) -> list[str]:
        """The published versions, ascending."""
        ...

    async def drop(self, version: str) -> None:
        """Remove a version; nothing happens where it is not there."""
        ...

    async def ping(self) -> None:
        """Return when the service answers; raises Unavailable."""
        ...

    async def close(self) -> None:
        """Give connections and files back; safe to repeat."""
        ...


async def open_index(url: str, *, timeout_s: float = 5.0) -> VectorIndex:
    """Open the index that a VECTORS_URL names, see SCHEMES, and check that it answers.

    Args:
        url: for example `milvus+lite:///srv/reelmate/milvus.db` or `milvus://user:password@host:19530/database`.
        timeout_s: deadline of the first answer, and of every search.

    Raises:
        Misconfigured: the URL cannot be used.
        Unavailable: the service does not answer.
        Conflict: another process holds the Milvus Lite folder.
    """
    scheme = url.partition(":")[0]
    if scheme not in SCHEMES:
        known = ", ".join(f"{name}://" for name in SCHEMES)
        raise Misconfigured(f"VECTORS_URL has the scheme {scheme!r}; known schemes are {known}")
    return await SCHEMES[scheme](url, timeout_s)


async def _open_memory(url: str, timeout_s: float) -> VectorIndex:  # noqa: ARG001 - one signature for all schemes
    from storage.vectors.memory import MemoryIndex

    return MemoryIndex()


async def _open_milvus(url: str, timeout_s: float) -> VectorIndex:
    # pymilvus takes a second to import, and a process over memory:// never needs it.
    from storage.vectors.milvus import MilvusIndex

    return await MilvusIndex.open(url, timeout_s=timeout_s)


SCHEMES: Mapping[str, Callable[[str, float], Awaitable[VectorIndex]]] = {
    "memory": _open_memory,
    "milvus+lite": _open_milvus,
    "milvus": _open_milvus,
    "milvuss": _open_milvus,
}
"""Known schemes of VECTORS_URL: exact search in memory, Milvus Lite, a Milvus server, and one behind TLS."""
