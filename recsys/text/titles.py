"""Title search: from what a person types to the movie that is meant.

For example "termintor 2" finds Terminator 2: Judgment Day (1991).
"""

import heapq
import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import Self

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from recsys.text.scores import scored
from recsys.text.title_keys import normalize_title
from recsys.text.title_tables import TitleTables
from storage.records import Movie

MAX_CANDIDATES = 5
"""An ambiguous title lists at most this many movies."""

MAX_SUGGESTIONS = 3
"""For an unknown title, at most this many movies with similar titles are suggested."""

YEAR_TOLERANCE = 1
"""A typed year may differ by this many years, because festivals and cinemas often show a movie in different years."""

_YEAR = re.compile(r"(.*\S)\s*(?:\((\d{4})\)|[\s,](\d{4}))")
_COMMON_WORDS = frozenset(("and", "for", "from", "les", "los", "movie", "film", "the", "you", "with"))
_LONG_WORD = 5
"""A single word of at least this many letters is specific enough to search titles by."""

_SHORTEST_BEGINNING = 3
"""A search takes at least this many letters for the beginning of a word."""

_COMPARED_LETTERS = 100
"""Suggestions for a longer text are those for its first letters."""

_COMPARED_TITLES = 5_000
"""Suggestions are chosen among this many titles, those with most pairs of letters in common with the text."""

_LOOKED_UP_SHARE = 16
"""Numbers are looked up in a sequence that has more than so many times as many."""

_MAX_ID_DIGITS = 18
"""A longer number is no movie id."""


@dataclass(frozen=True, slots=True)
class Found:
    """The text means one movie."""

    movie: Movie


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The text fits several movies.

    Attributes:
        candidates: 2 to MAX_CANDIDATES of them, the most popular first.
    """

    candidates: tuple[Movie, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """The text fits no movie.

    Attributes:
        suggestions: up to MAX_SUGGESTIONS movies with similar titles, the most similar first.
    """

    suggestions: tuple[Movie, ...]


Match = Found | Ambiguous | Unknown


class TitleIndex:
    """An index of a catalogue's titles, searched by what people type.

    Positions number the movies by descending popularity, so ascending positions list the most popular movie first.

    Attributes:
        positions: movie id -> position.
    """

    def __init__(self, movies: Iterable[Movie]) -> None:
        self._movies: Sequence[Movie] = sorted(movies, key=lambda movie: (-movie.rating_count, movie.movie_id))
        self.positions: Mapping[int, int] = {movie.movie_id: place for place, movie in enumerate(self._movies)}
        self._tables = TitleTables.build(self._movies)

    @classmethod
    def of_tables(cls, movies: Sequence[Movie], positions: Mapping[int, int], tables: TitleTables) -> Self:
        """Return the index of movies whose tables exist already.

        Args:
            movies: by descending popularity, equals by ascending id.
            positions: movie id -> position in `movies`.
            tables: of these movies.
        """
        index = cls(())
        index._movies, index.positions, index._tables = movies, positions, tables
        return index

    @cached_property
    def latest_year(self) -> int | None:
        """The year of the newest movie; None if no movie has a year."""
        return max(self._tables.years, default=0) or None

    def find(self, text: str) -> Match:
        """Find the movie that a title means. Case, accents, punctuation, articles and small typos do not matter.

        "Matrix, The", "the matrix" and "The Matrix (1999)" are the same. A year at the end chooses among movies with
        the same title; without it the result is Ambiguous. The text is compared in this order:

        1. with whole titles,
        2. with parts of titles ("Terminator 2"),
        3. with both, allowing typos. Numbers must agree: "Toy Story 3" is not Toy Story 2.
        4. with the words of titles ("lebowski").
        """
        match = self.find_without_suggestions(text)
        if isinstance(match, Unknown) and (key := normalize_title(_split_year(text)[0])):
            return Unknown(self._suggest(key[:_COMPARED_LETTERS]))
        return match

    def find_without_suggestions(self, text: str) -> Match:
        """Do what `find` does, but faster, because an `Unknown` gets no suggestions."""
        positions = self._find_key(normalize_title(text), None)
        if positions:
            return self._match(positions)
        title, year = _split_year(text)
        key = normalize_title(title)
        for find in (self._find_key, self._find_with_typos, self._find_by_words):
            positions = find(key, year)
            if positions:
                return self._match(positions)
        return Unknown(())

    def search(self, text: str) -> list[Movie]:
        """Return all movies that have every word of a text in their title, the most popular first.

        Those with exactly this title come before the others. If no title has all words, the last one may be the
        beginning of a word, or else typos are allowed as in `find`. A year at the end chooses among the movies.
        """
        key, (title, year) = normalize_title(text), _split_year(text)
        title_key = normalize_title(title)
        exact = self._find_key(key, None) or self._find_key(title_key, year)
        positions = [*exact, *sorted(self._with_words(key))]
        positions += self._filter_year(self._with_words(title_key), year)
        positions = positions or sorted(self._with_beginning(key)) or self._find_with_typos(title_key, year)
        return [self._movies[position] for position in dict.fromkeys(positions)]

    def find_exact(self, text: str) -> Match:
        """Find a whole title or a whole part of a title, without typos. Any other text is Unknown."""
        title, year = _split_year(text)
        positions = self._find_key(normalize_title(text), None) or self._find_key(normalize_title(title), year)
        return self._match(positions) if positions else Unknown(())

    def find_or_id(self, text: str) -> Match:
        """Do `find`, but a whole number may also be a movie id: "2858". "id:2858" is only an id.

        If a number is the id of one movie and the title of another, the result is Ambiguous.
        """
        text = text.strip()
        number = text.removeprefix("id:")
        is_id = number.isdecimal() and len(number) <= _MAX_ID_DIGITS
        position = self.positions.get(int(number)) if is_id else None
        if text.startswith("id:"):
            return Unknown(()) if position is None else Found(self._movies[position])
        if position is None:
            return self.find(text)
        return self._match(sorted({position, *self._find_key(normalize_title(text), None)}))

    def alike(self, text: str, count: int) -> list[Movie]:
        """Return movies whose titles, or parts of them, have most pairs of letters in common with a text, in no order.

        Args:
            text: a title without its year.
            count: how many titles and how many parts of titles are taken.
        """
        key = normalize_title(text)[:_COMPARED_LETTERS]
        positions = {
            position
            for table, index in (self._tables.with_pairs if key else ())
            for found in index.most_alike(key, count)
            for position in table[found]
        }
        return [self._movies[position] for position in positions]

    def _match(self, positions: list[int]) -> Found | Ambiguous:
        movies = tuple(self._movies[position] for position in positions[:MAX_CANDIDATES])
        return Found(movies[0]) if len(movies) == 1 else Ambiguous(movies)

    def _find_key(self, key: str, year: int | None) -> list[int]:
        """Return the movies with this label; if there are none, those with this title, or else with this part of it.

        Titles in other languages come last, because many of them are those of other movies in English.
        """
        matches = (self._filter_year(table.get(key, ()), year) for table in self._tables.by_key)
        return next((positions for positions in matches if positions), [])

    def _find_with_typos(self, key: str, year: int | None) -> list[int]:
        """Return the movies with the fewest typing errors in a title, or else in a part of it, if they are allowed."""
        numbers, allowed = _numbers(key), _allowed_errors(key)
        if not allowed:
            return []
        for table, index in self._tables.with_pairs:
            by_errors: dict[int, set[int]] = {}
            for matched, errors in scored(key, index.within(key, allowed), OSA.distance, cutoff=allowed):
                if _numbers(matched) == numbers:
                    by_errors.setdefault(int(errors), set()).update(self._filter_year(table[matched], year))
            for errors in sorted(by_errors):
                if by_errors[errors]:
                    return sorted(by_errors[errors])
        return []

    def _find_by_words(self, key: str, year: int | None) -> list[int]:
        """Return the movies whose titles have every word of the key, if the words are specific enough.

        "lebowski" is; "love" and "beat" are not.
        """
        specific = [word for word in key.split() if word not in _COMMON_WORDS and len(word) > 1]
        if len(specific) < 2 and not any(len(word) >= _LONG_WORD for word in specific):
            return []
        return self._filter_year(self._with_words(key), year)

    def _with_words(self, key: str) -> set[int]:
        words = sorted((self._tables.words.get(word, ()) for word in set(key.split())), key=len)
        return _common(words) if words else set()

    def _with_beginning(self, key: str) -> set[int]:
        """Return the movies whose titles have every word of the key, of the last one at least the beginning."""
        *words, last = key.split() or [""]
        if len(last) < _SHORTEST_BEGINNING:
            return set()
        begun = set[int]().union(*self._tables.words.beginning_with(last))
        return begun.intersection(*(self._tables.words.get(word, ()) for word in words))

    def _suggest(self, key: str) -> tuple[Movie, ...]:
        positions = dict.fromkeys(sorted(self._with_words(key)))
        for table, index in self._tables.with_pairs:
            alike = scored(key, index.most_alike(key, _COMPARED_TITLES), fuzz.ratio, limit=MAX_SUGGESTIONS)
            for matched, _ in heapq.nlargest(MAX_SUGGESTIONS, alike, key=itemgetter(1)):
                positions.update(dict.fromkeys(table[matched]))
        return tuple(self._movies[position] for position in positions)[:MAX_SUGGESTIONS]

    def _filter_year(self, positions: Iterable[int], year: int | None) -> list[int]:
        """Return the movies of a year; if there are none, those of the years next to it or of unknown year.

        Without a year, return all positions, ascending.
        """
        positions = sorted(set(positions))
        if year is None:
            return positions
        years = {position: self._tables.years[position] for position in positions}
        gaps = {
            position: abs(movie_year - year) if movie_year else YEAR_TOLERANCE for position, movie_year in years.items()
        }
        smallest = min(gaps.values(), default=0)
        return [position for position in positions if gaps[position] == smallest <= YEAR_TOLERANCE]


def _common(ascending: Sequence[Sequence[int]]) -> set[int]:
    """Return the numbers that all sequences have. Few numbers are looked up in a long sequence."""
    numbers = set(ascending[0])
    for others in ascending[1:]:
        if _LOOKED_UP_SHARE * len(numbers) > len(others):
            numbers.intersection_update(others)
        else:
            places = ((number, bisect_left(others, number)) for number in numbers)
            numbers = {number for number, place in places if place < len(others) and others[place] == number}
    return numbers


def _split_year(text: str) -> tuple[str, int | None]:
    """Split the year off: "Alien (1979)" and "Alien 1979" become ("Alien", 1979)."""
    match = _YEAR.fullmatch(text.strip())
    return (text, None) if match is None else (match[1], int(match[2] or match[3]))


def _numbers(key: str) -> list[str]:
    return sorted(word for word in key.split() if word.isdecimal())


def _allowed_errors(key: str) -> int:
    """Return how many typing errors are allowed. In a short word, one error makes another word."""
    return sum(len(key) >= length for length in (5, 8, 13))
