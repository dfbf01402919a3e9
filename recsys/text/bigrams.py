"""Finds the texts that may be like another one, without looking at every text: an index of pairs of letters."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

_END = "\n"
"""Stands before and after each text, so that the first and the last letter are in two pairs. No text contains it."""

_PAIRS_PER_ERROR = 3
"""One typing error changes at most this many pairs: two letters that are swapped are in three."""


_ARRAYS = ("lengths", "pairs", "owners", "ends", "sizes")


class BigramIndex:
    """An inverted index from pairs of letters to texts, without repetitions within a text.

    A text of 20 letters takes some 80 bytes beside the text itself.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        """Index texts that are not empty and have no line breaks."""
        self._texts: Sequence[str] = list(texts)
        self._lengths = np.fromiter(map(len, self._texts), np.int32, len(self._texts))
        pairs, owners = _pairs_of(self._texts)
        self._pairs, kinds = np.unique(pairs, return_inverse=True)
        entries = np.unique(kinds.astype(np.int64) * max(1, len(self._texts)) + owners)
        self._owners = (entries % max(1, len(self._texts))).astype(np.int32)
        self._ends = np.cumsum(np.bincount(entries // max(1, len(self._texts)), minlength=len(self._pairs)))
        self._sizes = np.bincount(self._owners, minlength=len(self._texts)).astype(np.int32)

    @classmethod
    def of_arrays(cls, texts: Sequence[str], arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return the index of texts in the arrays that the method `arrays` returns."""
        index = cls(())
        index._texts = texts
        for name in _ARRAYS:
            setattr(index, f"_{name}", arrays[name])
        return index

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the index as arrays, without the texts."""
        return {name: getattr(self, f"_{name}") for name in _ARRAYS}

    def within(self, text: str, errors: int) -> list[str]:
        """Return all texts that can be made from a text with so many typing errors, and others.

        A typing error is a letter too many, too few or another one, or two letters that are swapped. Texts that share
        too few pairs with it cannot be made so (Ukkonen, "Approximate string-matching with q-grams", 1992).
        """
        if not self._texts:
            return []
        is_near = np.abs(self._lengths - len(text)) <= errors
        pairs = np.unique(_pairs_of([text])[0])
        shared_from = len(pairs) - _PAIRS_PER_ERROR * errors
        if shared_from > 0:
            is_near &= self._shared(pairs) >= shared_from
        return [self._texts[position] for position in np.flatnonzero(is_near).tolist()]

    def most_alike(self, text: str, count: int) -> list[str]:
        """Return the texts that have most pairs in common with a text, in the order of the index.

        Texts are compared by Dice's coefficient, twice the number of common pairs by the number of pairs of both.

        Args:
            text: not empty.
            count: how many texts; fewer are returned if there are fewer.
        """
        if len(self._texts) <= count:
            return list(self._texts)
        pairs = np.unique(_pairs_of([text])[0])
        likeness = self._shared(pairs) / (self._sizes + len(pairs))
        best = np.sort(np.argpartition(-likeness, count - 1)[:count])
        return [self._texts[position] for position in best.tolist()]

    def _shared(self, pairs: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return how many of some different pairs each text has, (n,) int64."""
        places = np.searchsorted(self._pairs, pairs)
        owners = [np.zeros(0, np.int32)]
        for place, pair in zip(places.tolist(), pairs.tolist(), strict=True):
            if place < len(self._pairs) and self._pairs[place] == pair:
                owners.append(self._owners[self._ends[place - 1] if place else 0 : self._ends[place]])
        return np.bincount(np.concatenate(owners), minlength=len(self._texts))


def _pairs_of(texts: list[str]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return (pair (e,) int64, position of the text that it is in (e,) int64) of all texts one after the other."""
    written = _END + _END.join(texts) + _END
    letters = np.frombuffer(written.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    owners = np.cumsum(letters == ord(_END))[:-1] - 1
    return letters[:-1] << 21 | letters[1:], owners
