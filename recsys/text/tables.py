"""Tables of texts as arrays, which can be mapped from a file, so that all processes share them.

Finding a text takes some ten microseconds, a hundred times as long as in a dictionary.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[Any]]


class TextColumn(Sequence[str]):
    """A sequence of texts in one array of bytes."""

    def __init__(self, arrays: Arrays) -> None:
        """Take what `arrays_of_texts` returns."""
        self._written, self._ends = arrays["written"].data, arrays["ends"].data

    @overload
    def __getitem__(self, place: int) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: int | slice) -> str | list[str]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        return str(self.bytes_of(range(len(self))[place]), "utf-8", "surrogatepass")

    def __len__(self) -> int:
        return len(self._ends)

    def bytes_of(self, place: int) -> bytes:
        """Return the text at a place, which is not negative, in UTF-8."""
        return bytes(self._written[self._ends[place - 1] if place else 0 : self._ends[place]])


class TextTable(Mapping[str, Sequence[int]]):
    """A mapping from texts to ascending numbers.

    Attributes:
        texts: the texts in the order of the table.
    """

    def __init__(self, arrays: Arrays) -> None:
        """Take what `arrays_of_table` returns."""
        self.texts = TextColumn(part_of(arrays, "texts"))
        self._by_order = arrays["by_order"].data
        self._numbers, self._ends = arrays["numbers"].data, arrays["number_ends"].data

    def __getitem__(self, text: str) -> Sequence[int]:
        written = text.encode("utf-8", "surrogatepass")
        rank = bisect_left(self._by_order, written, key=self.texts.bytes_of)
        place = self._by_order[rank] if rank < len(self._by_order) else None
        if place is None or self.texts.bytes_of(place) != written:
            raise KeyError(text)
        return self._numbers_at(place)

    def __iter__(self) -> Iterator[str]:
        return iter(self.texts)

    def __len__(self) -> int:
        return len(self.texts)

    def beginning_with(self, text: str) -> Iterator[Sequence[int]]:
        """Yield the numbers of each text that begins with another one, in the order of the texts."""
        written = text.encode("utf-8", "surrogatepass")
        for rank in range(bisect_left(self._by_order, written, key=self.texts.bytes_of), len(self._by_order)):
            place = self._by_order[rank]
            if not self.texts.bytes_of(place).startswith(written):
                return
            yield self._numbers_at(place)

    def _numbers_at(self, place: int) -> Sequence[int]:
        return self._numbers[self._ends[place - 1] if place else 0 : self._ends[place]]


def arrays_of_texts(texts: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a `TextColumn`."""
    written = [text.encode("utf-8", "surrogatepass") for text in texts]
    ends = np.cumsum(np.fromiter(map(len, written), np.int64, len(written)))
    return {"written": np.frombuffer(b"".join(written), np.uint8), "ends": ends}


def arrays_of_table(table: Mapping[str, Sequence[int]]) -> dict[str, NDArray[Any]]:
    """Return the arrays of a `TextTable`."""
    texts, numbers = list(table), list(table.values())
    # The order of texts is that of their code points, as in UTF-8.
    by_order = sorted(range(len(texts)), key=texts.__getitem__)
    ends = np.cumsum(np.fromiter(map(len, numbers), np.int64, len(numbers)))
    total = int(ends[-1]) if len(ends) else 0
    return {
        **named("texts", arrays_of_texts(texts)),
        "by_order": np.array(by_order, np.int32),
        "numbers": np.fromiter((number for of_text in numbers for number in of_text), np.int32, total),
        "number_ends": ends,
    }


def named(name: str, arrays: Arrays) -> dict[str, NDArray[Any]]:
    """Return the arrays of a part under the name of the part."""
    return {f"{name}.{own}": array for own, array in arrays.items()}


def part_of(arrays: Arrays, name: str) -> dict[str, NDArray[Any]]:
    """Return the arrays that `named` has given a name."""
    start = f"{name}."
    return {own.removeprefix(start): array for own, array in arrays.items() if own.startswith(start)}
