"""Which movies are parts of one series, as far as their titles show it: "Jaws", "Jaws 2", "Jaws 3-D".

Movies of a series are ordered by their years, because people watch them in the order in which they came out. A movie
belongs to a series in four cases. Each needs a genre in common with the parts before it.

- Its title has a number at its end or before a colon, and a title without this number, or with a lower one, exists.
- Its title is the common part alone, or has it before a colon, and a second or third part exists: "Die Hard: With a
  Vengeance" after "Die Hard 2".
- Its title is the plural of the common part, and a second or third part exists: "Aliens".
- Its title has two or more words before a colon, and another title begins with the same: "Ace Ventura: Pet Detective".
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

from storage.records import Movie

_ROMAN = {
    numeral: value
    for value, numeral in enumerate(["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii"], start=1)
}

_NUMBER = r"(?P<number>\d{1,2}|[ivx]{1,4})(?:-D| 1/2)?"
_NUMBERED = re.compile(
    rf"(?P<stem>.+?):?,? (?:(?P<word>part|chapter|episode|volume|vol\.?) )?{_NUMBER}(?:\s*[:(-] ?.*)?", re.IGNORECASE
)
_OTHER_TITLES = re.compile(r"\s*\([^()]*\)\s*$")
_NO_LETTERS = re.compile(r"[^\w]+")
_POWERS = str.maketrans({"²": " 2", "³": " 3"})

MAX_NUMBER = 12
"""Higher numbers are no parts: "Apollo 13"."""

PROOF_NUMBERS = (2, 3)
"""A series has one of these parts, or two numbers after a word such as "Episode". "Henry V" is no part of one."""

MAX_GAP_YEARS = 30
"""A movie that is older than the second part by more years is not the first part, but has the same title."""

MIN_PREFIX_WORDS = 2
"""With fewer words before a colon, titles may have nothing to do with each other: "Dracula: Dead and Loving It"."""


class _Part(NamedTuple):
    """What a title says about the part of a series that the movie is.

    Attributes:
        stem: the common part of the titles of the series.
        number: the number of the part; None if the title has none.
        has_word: whether a word such as "Part" precedes the number.
        has_subtitle: whether the stem ends at a colon, without a number.
    """

    stem: str
    number: int | None = None
    has_word: bool = False
    has_subtitle: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SeriesIndex:
    """The parts of the series of a catalogue.

    Attributes:
        earlier: movie id -> ids of the earlier parts, the first part first; without movies that have none.
    """

    earlier: Mapping[int, tuple[int, ...]]

    @classmethod
    def build(cls, movies: Iterable[Movie]) -> Self:
        """Find the series of a catalogue. A movie without a year is no part of one."""
        by_stem: dict[str, list[tuple[Movie, _Part]]] = {}
        for movie in movies:
            part = _part_of(movie.title)
            if part.stem and movie.year is not None:
                by_stem.setdefault(part.stem, []).append((movie, part))
        earlier: dict[int, tuple[int, ...]] = {}
        for stem, titles in by_stem.items():
            plurals = [(movie, part) for movie, part in by_stem.get(f"{stem}s", ()) if part == _Part(f"{stem}s")]
            parts = _series(stem, titles, [movie for movie, _ in plurals]) if len(titles) > 1 else []
            for place, movie in enumerate(parts):
                before = [part for part in parts[:place] if not set(part.genres).isdisjoint(movie.genres)]
                if before:
                    earlier[movie.movie_id] = tuple(part.movie_id for part in before)
        return cls(earlier)

    def first_missing(self, movie_id: int, seen: Collection[int]) -> int | None:
        """Return the first earlier part that is not among those seen; None if there is none."""
        return next((part for part in self.earlier.get(movie_id, ()) if part not in seen), None)

    def in_order(self, movie_ids: Sequence[int]) -> list[int]:
        """Return the same movies, with the earlier parts of a series directly before the first later part."""
        ordered: dict[int, None] = {}
        listed = frozenset(movie_ids)
        for movie_id in movie_ids:
            for part in (*self.earlier.get(movie_id, ()), movie_id):
                if part in listed:
                    ordered.setdefault(part)
        return list(ordered)


def _part_of(title: str) -> _Part:
    plain = _OTHER_TITLES.sub("", title.translate(_POWERS)).strip()
    numbered = _NUMBERED.fullmatch(plain)
    if numbered is not None:
        written = numbered["number"].lower()
        number = int(written) if written.isdecimal() else _ROMAN.get(written)
        # "Malcolm X" and "American History X" have no tenth part. "I" alone is a word.
        is_part = number is not None and 1 <= number <= MAX_NUMBER and (number > 1 or numbered["word"] is not None)
        if is_part:
            return _Part(_stem(numbered["stem"]), number, numbered["word"] is not None)
    before, colon, _ = plain.partition(":")
    return _Part(_stem(before), has_subtitle=bool(colon))


def _stem(text: str) -> str:
    words = _NO_LETTERS.sub(" ", text).casefold().split()
    return " ".join(words[1:] if words[:1] in (["the"], ["a"], ["an"]) and len(words) > 1 else words)


def _series(stem: str, titles: Sequence[tuple[Movie, _Part]], plurals: Sequence[Movie]) -> list[Movie]:
    """Return the parts of a series, by their years; none if the titles are no series.

    Args:
        stem: the beginning that the titles have in common.
        titles: the movies of the stem, each with what its title says about its part.
        plurals: the movies whose titles are the plural of the stem: "Aliens" for "Alien".
    """
    numbered = [(movie, part) for movie, part in titles if part.number is not None]
    subtitled = [movie for movie, part in titles if part.has_subtitle]
    numbers_with_word = {part.number for _, part in numbered if part.has_word}
    is_proven = len(numbers_with_word) > 1 or any(part.number in PROOF_NUMBERS for _, part in numbered)
    if is_proven:
        originals = _originals(titles, numbered)
        sequels = [movie for movie in plurals for original in originals if (movie.year or 0) > (original.year or 0)]
        parts = [*originals, *(movie for movie, _ in numbered), *subtitled, *sequels]
    elif len(stem.split()) >= MIN_PREFIX_WORDS:
        parts = subtitled
    else:
        parts = []
    numbers = {movie.movie_id: part.number or 0 for movie, part in titles}
    return sorted(parts, key=lambda movie: (movie.year or 0, numbers.get(movie.movie_id, 0), movie.movie_id))


def _originals(titles: Sequence[tuple[Movie, _Part]], numbered: Sequence[tuple[Movie, _Part]]) -> list[Movie]:
    """Return the movie that the second part follows: of remakes, the last one before it."""
    second = min(movie.year or 0 for movie, _ in numbered)
    plain = [movie for movie, part in titles if part.number is None and not part.has_subtitle]
    before = [movie for movie in plain if second - MAX_GAP_YEARS <= (movie.year or 0) <= second]
    return [max(before, key=lambda movie: movie.year or 0)] if before else []
