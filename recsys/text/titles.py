"""Title search: from what a person types to the movie that is meant.

For example "termintor 2" finds Terminator 2: Judgment Day (1991).
"""

import heapq
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from operator import itemgetter

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA

from recsys.text.accents import without_accents
from recsys.text.bigrams import BigramIndex
from recsys.text.scores import scored
from storage.records import Movie

MAX_CANDIDATES = 5
"""An ambiguous title lists at most this many movies."""

MAX_SUGGESTIONS = 3
"""For an unknown title, at most this many movies with similar titles are suggested."""

YEAR_TOLERANCE = 1
"""A typed year may differ by this many years, because festivals and cinemas often show a movie in different years."""

# Only a pattern that starts at the beginning of a line searches a text in linear time.
_LATER_ARTICLE = re.compile(
    r"^(.+), (the|an?|les?|la|l'|une?|il|lo|i|gli|uno|una|der|die|das|eine?|el|los|las|os?|de[nt]?|het)(?!\w)",
    re.MULTILINE,
)
_YEAR = re.compile(r"(.*\S)\s*(?:\((\d{4})\)|[\s,](\d{4}))")
_OTHER_TITLES = re.compile(r"\(([^()]*)\)")
_ALSO_KNOWN_AS = re.compile(r"(?:^|,)\s*a\.?k\.?a\.?\s", re.IGNORECASE)
_PARTS = re.compile(r":\s|\s-\s")
_INITIALS = re.compile(r"\b(\w)[.*](?=\w\b)")
_WORD = re.compile(r"\w+")
_NO_APOSTROPHES = str.maketrans(dict.fromkeys("'`\N{RIGHT SINGLE QUOTATION MARK}"))
_SPELLED_OUT = str.maketrans(
    {"\N{SUPERSCRIPT TWO}": " 2", "\N{SUPERSCRIPT THREE}": " 3", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"}
)
"""Digits and letters that have no accent to remove, and that people and services write as others."""

_PART_NUMBER = re.compile(r"\bpart (?=\d)")
_NUMBERS = {
    # "i", "x" and "one" are missing because they are words more often than numbers.
    word: str(value)
    for words in (
        ("ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"),
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    )
    for value, word in enumerate(words, start=2)
}
_COMMON_WORDS = frozenset(("and", "for", "from", "les", "los", "movie", "film", "the", "you", "with"))
_LONG_WORD = 5
"""A single word of at least this many letters is specific enough to search titles by."""

_SHORTEST_BEGINNING = 3
"""A search takes at least this many letters for the beginning of a word."""

_COMPARED_LETTERS = 100
"""Suggestions for a longer text are those for its first letters."""

_COMPARED_TITLES = 5_000
"""Suggestions are chosen among this many titles, those with most pairs of letters in common with the text."""

_LAST_LETTER = "\U0010ffff"
"""Comes after every letter in the order of texts."""

_SHORTEST_OTHER_TITLE = 5
"""A shorter single word that is a title in another language is often a word of English: "Bus"."""

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
        latest_year: the year of the newest movie; None if no movie has a year.
    """

    def __init__(self, movies: Iterable[Movie]) -> None:
        self._movies = sorted(movies, key=lambda movie: (-movie.rating_count, movie.movie_id))
        self.latest_year = max((movie.year for movie in self._movies if movie.year is not None), default=None)
        self._positions = {movie.movie_id: position for position, movie in enumerate(self._movies)}
        self._labels: dict[str, list[int]] = {}
        self._titles: dict[str, list[int]] = {}
        self._parts: dict[str, list[int]] = {}
        self._words: dict[str, list[int]] = {}
        for position, movie in enumerate(self._movies):
            titles, parts = _keys(movie.title)
            self._labels.setdefault(_label_key(movie), []).append(position)
            for table, keys in ((self._titles, titles), (self._parts, parts)):
                for key in keys:
                    table.setdefault(key, []).append(position)
            for word in {word for title in titles for word in title.split()}:
                self._words.setdefault(word, []).append(position)
        self._sorted_words = sorted(self._words)
        self._in_other_languages = self._other_titles()
        self._alike_titles, self._alike_parts = BigramIndex(self._titles), BigramIndex(self._parts)

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
        position = self._positions.get(int(number)) if is_id else None
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
        tables = ((self._titles, self._alike_titles), (self._parts, self._alike_parts)) if key else ()
        positions = {
            position for table, index in tables for found in index.most_alike(key, count) for position in table[found]
        }
        return [self._movies[position] for position in positions]

    def _match(self, positions: list[int]) -> Found | Ambiguous:
        movies = tuple(self._movies[position] for position in positions[:MAX_CANDIDATES])
        return Found(movies[0]) if len(movies) == 1 else Ambiguous(movies)

    def _find_key(self, key: str, year: int | None) -> list[int]:
        """Return the movies with this label; if there are none, those with this title, or else with this part of it.

        Titles in other languages come last, because many of them are those of other movies in English.
        """
        tables = (self._labels, self._titles, self._parts, self._in_other_languages)
        matches = (self._filter_year(table.get(key, ()), year) for table in tables)
        return next((positions for positions in matches if positions), [])

    def _other_titles(self) -> dict[str, list[int]]:
        """Return the normalized titles in other languages that are no titles of the catalogue -> movies."""
        others: dict[str, list[int]] = {}
        for position, movie in enumerate(self._movies):
            titles = () if movie.net is None else movie.net.titles
            for key in {normalize_title(title) for _, title in titles}:
                is_word = key.isascii() and " " not in key and len(key) < _SHORTEST_OTHER_TITLE
                if key and not is_word and key not in self._titles and key not in self._parts:
                    others.setdefault(key, []).append(position)
        return others

    def _find_with_typos(self, key: str, year: int | None) -> list[int]:
        """Return the movies with the fewest typing errors in a title, or else in a part of it, if they are allowed."""
        numbers, allowed = _numbers(key), _allowed_errors(key)
        if not allowed:
            return []
        for table, index in ((self._titles, self._alike_titles), (self._parts, self._alike_parts)):
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
        words = sorted((self._words.get(word, []) for word in set(key.split())), key=len)
        return set(words[0]).intersection(*words[1:]) if words else set()

    def _with_beginning(self, key: str) -> set[int]:
        """Return the movies whose titles have every word of the key, of the last one at least the beginning."""
        *words, last = key.split() or [""]
        if len(last) < _SHORTEST_BEGINNING:
            return set()
        first = bisect_left(self._sorted_words, last)
        end = bisect_left(self._sorted_words, last + _LAST_LETTER)
        begun = set[int]().union(*(self._words[word] for word in self._sorted_words[first:end]))
        return begun.intersection(*(self._words.get(word, ()) for word in words))

    def _suggest(self, key: str) -> tuple[Movie, ...]:
        positions = dict.fromkeys(sorted(self._with_words(key)))
        for table, index in ((self._titles, self._alike_titles), (self._parts, self._alike_parts)):
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
        years = {position: self._movies[position].year for position in positions}
        gaps = {
            position: YEAR_TOLERANCE if movie_year is None else abs(movie_year - year)
            for position, movie_year in years.items()
        }
        smallest = min(gaps.values(), default=0)
        return [position for position in positions if gaps[position] == smallest <= YEAR_TOLERANCE]


def _label_key(movie: Movie) -> str:
    """Return the normalized label of a movie. A title that was just normalized saves most of the time."""
    title = normalize_title(movie.title)
    if movie.year is None or " " not in title:
        return normalize_title(movie.label)
    return _PART_NUMBER.sub("", f"{title} {movie.year}")


def _keys(title: str) -> tuple[set[str], set[str]]:
    """Return the normalized names of a title, those in parentheses included, and their parts at colons and dashes."""
    names = [title.strip()]
    if "(" in title:
        names = [_OTHER_TITLES.sub("", title).strip()]
        for in_parentheses in _OTHER_TITLES.findall(title):
            names += _ALSO_KNOWN_AS.split(in_parentheses)
    titles = {normalize_title(name) for name in {title, *names}}
    parts = {normalize_title(part) for name in names for part in _PARTS.split(name) if part != name}
    return titles - {""}, parts - titles - {""}


@lru_cache(maxsize=256)
def normalize_title(text: str) -> str:
    """Return lower case without accents, punctuation and the leading English article.

    Numerals become digits: "II", "two" and "part 2" are 2.
    """
    plain = text.strip().casefold()
    if not plain.isascii():
        plain = plain.translate(_SPELLED_OUT)
    if "," in plain:
        plain = _LATER_ARTICLE.sub(r"\2 \1", plain)
    plain = without_accents(plain)
    if "." in plain or "*" in plain:
        plain = _INITIALS.sub(r"\1", plain)
    plain = plain.replace("&", " and ").translate(_NO_APOSTROPHES)
    words = [_NUMBERS.get(word, word) for word in _WORD.findall(plain)]
    if len(words) > 1 and words[0] in ("the", "a", "an"):
        del words[0]
    joined = " ".join(words)
    return _PART_NUMBER.sub("", joined) if "part " in joined else joined


def _split_year(text: str) -> tuple[str, int | None]:
    """Split the year off: "Alien (1979)" and "Alien 1979" become ("Alien", 1979)."""
    match = _YEAR.fullmatch(text.strip())
    return (text, None) if match is None else (match[1], int(match[2] or match[3]))


def _numbers(key: str) -> list[str]:
    return sorted(word for word in key.split() if word.isdecimal())


def _allowed_errors(key: str) -> int:
    """Return how many typing errors are allowed. In a short word, one error makes another word."""
    return sum(len(key) >= length for length in (5, 8, 13))
