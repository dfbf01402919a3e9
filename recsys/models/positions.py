"""The positions of movies by their ids."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

DICT_MOVIES = 100_000
"""Up to so many movies, their positions are in a dictionary, which takes 100 bytes a movie."""


def positions_of(movie_ids: NDArray[np.int64]) -> Mapping[int, int]:
    """Return movie id -> position.

    Args:
        movie_ids: (m,) int64, ascending.
    """
    if len(movie_ids) > DICT_MOVIES:
        return SortedPositions(movie_ids)
    return {movie_id: position for position, movie_id in enumerate(movie_ids.tolist())}


class SortedPositions(Mapping[int, int]):
    """The positions of ascending numbers, without a copy of them."""

    def __init__(self, numbers: NDArray[np.int64]) -> None:
        # A memory view returns Python's numbers, several times faster than an array.
        self._numbers = numbers.data

    def __getitem__(self, number: int) -> int:
        position = bisect_left(self._numbers, number)
        if position == len(self._numbers) or self._numbers[position] != number:
            raise KeyError(number)
        return position

    def __iter__(self) -> Iterator[int]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)
