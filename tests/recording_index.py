"""A vector index that records its searches."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from storage.records import ANY_MOVIE, MovieFilter
from storage.vectors.arrays import Hits
from storage.vectors.memory import MemoryIndex


class RecordingIndex(MemoryIndex):
    """An index in memory that records how many people each search is for, and its filter.

    Attributes:
        searches: pairs of the number of user vectors and the filter.
    """

    def __init__(self) -> None:
        super().__init__()
        self.searches: list[tuple[int, MovieFilter]] = []

    async def search(
        self,
        version: str,
        user_vectors: NDArray[np.float32],
        top_k: int,
        exclude: Sequence[Collection[int]] = (),
        where: MovieFilter = ANY_MOVIE,
    ) -> list[Hits]:
        """Record the search and do it."""
        self.searches.append((len(user_vectors), where))
        return await super().search(version, user_vectors, top_k, exclude, where)
