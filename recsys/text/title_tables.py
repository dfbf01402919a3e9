"""The tables of a title index: which movies have a normalized title, and the pairs of letters of the titles."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from recsys.text.bigrams import BigramIndex
from recsys.text.tables import Arrays, TextTable, arrays_of_table, named, part_of
from recsys.text.title_keys import label_key, normalize_title, title_keys
from storage.records import Movie

_LAST_LETTER = "\U0010ffff"
"""Comes after every letter in the order of texts."""

_SHORTEST_OTHER_TITLE = 5
"""A shorter single word that is a title in another language is often a word of English: "Bus"."""

_TABLES = ("labels", "titles", "parts", "words", "in_other_languages")


class Words(Protocol):
    """A mapping from words to the movies with them, which also finds words by their beginnings."""

    def get(self, word: str, default: Sequence[int], /) -> Sequence[int]:
        """Return the movies with a word."""
        ...

    def beginning_with(self, text: str) -> Iterator[Sequence[int]]:
        """Yield the movies with each word that begins with a text."""
        ...


class WordTable(dict[str, Sequence[int]]):
    """The words of a small catalogue, which do not change any more after the first search."""

    def __init__(self) -> None:
        super().__init__()
        self._sorted: list[str] = []

    def beginning_with(self, text: str) -> Iterator[Sequence[int]]:
        """See `Words.beginning_with`."""
        if len(self._sorted) < len(self):
            self._sorted = sorted(self)
        first, end = bisect_left(self._sorted, text), bisect_left(self._sorted, text + _LAST_LETTER)
        return (self[word] for word in self._sorted[first:end])


@dataclass(frozen=True, slots=True, eq=False)
class TitleTables:
    """The tables in which a title index looks texts up. Movies are positions, ascending in each table.

    Attributes:
        labels: normalized title with its year -> movies.
        titles: normalized title -> movies. Names in parentheses are titles, too.
        parts: normalized part of a title, at a colon or a dash -> movies.
        words: word of a title -> movies.
        in_other_languages: normalized title in another language that is no title or part -> movies.
        years: year of each movie, 0 if it is unknown.
        alike_titles: pairs of letters of the titles.
        alike_parts: pairs of letters of the parts.
    """

    labels: Mapping[str, Sequence[int]]
    titles: Mapping[str, Sequence[int]]
    parts: Mapping[str, Sequence[int]]
    words: Words
    in_other_languages: Mapping[str, Sequence[int]]
    years: Sequence[int]
    alike_titles: BigramIndex
    alike_parts: BigramIndex

    @property
    def by_key(self) -> tuple[Mapping[str, Sequence[int]], ...]:
        """The tables of whole keys, in the order in which they are searched."""
        return self.labels, self.titles, self.parts, self.in_other_languages

    @property
    def with_pairs(self) -> tuple[tuple[Mapping[str, Sequence[int]], BigramIndex], ...]:
        """The tables in which similar keys are searched, with the pairs of letters of their keys."""
        return (self.titles, self.alike_titles), (self.parts, self.alike_parts)

    @classmethod
    def build(cls, movies: Sequence[Movie]) -> Self:
        """Index the titles of movies."""
        labels: dict[str, list[int]] = {}
        titles: dict[str, list[int]] = {}
        parts: dict[str, list[int]] = {}
        words: dict[str, list[int]] = {}
        for position, movie in enumerate(movies):
            own_titles, own_parts = title_keys(movie.title)
            labels.setdefault(label_key(movie), []).append(position)
            for table, keys in ((titles, own_titles), (parts, own_parts)):
                for key in keys:
                    table.setdefault(key, []).append(position)
            for word in {word for title in own_titles for word in title.split()}:
                words.setdefault(word, []).append(position)
        others: dict[str, list[int]] = {}
        for position, movie in enumerate(movies):
            for key in {normalize_title(title) for _, title in (() if movie.net is None else movie.net.titles)}:
                is_word = key.isascii() and " " not in key and len(key) < _SHORTEST_OTHER_TITLE
                if key and not is_word and key not in titles and key not in parts:
                    others.setdefault(key, []).append(position)
        word_table = WordTable()
        word_table.update(words)
        years = [movie.year or 0 for movie in movies]
        return cls(labels, titles, parts, word_table, others, years, BigramIndex(titles), BigramIndex(parts))

    @classmethod
    def of_arrays(cls, arrays: Arrays) -> Self:
        """Return the tables in the arrays that the method `arrays` returns."""
        tables = {name: TextTable(part_of(arrays, name)) for name in _TABLES}
        return cls(
            **tables,
            years=arrays["years"].data,
            alike_titles=BigramIndex.of_arrays(tables["titles"].texts, part_of(arrays, "alike_titles")),
            alike_parts=BigramIndex.of_arrays(tables["parts"].texts, part_of(arrays, "alike_parts")),
        )

    def arrays(self) -> dict[str, NDArray[Any]]:
        """Return the tables as arrays, which `of_arrays` takes."""
        arrays: dict[str, NDArray[Any]] = {"years": np.array(self.years, np.int32)}
        for name in _TABLES:
            arrays |= named(name, arrays_of_table(getattr(self, name)))
        return {
            **arrays,
            **named("alike_titles", self.alike_titles.arrays()),
            **named("alike_parts", self.alike_parts.arrays()),
        }
