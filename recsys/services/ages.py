"""Which movies suit which age: by their certificates, and where none is known, by their genres."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

from storage.records import Movie

ADULT_AGE = 18
"""From this age on, in years, every movie is suitable."""

UNDER_18_AGE = 13
"""People who answered "under 18" are taken for this old, in years, the lowest age at which Telegram may be used."""

FAMILY_AGE = 12
"""For a child of at most this age, movies without a certificate are chosen only if they are for families."""

FAMILY_GENRES = frozenset(("Children's", "Children", "Kids", "Family"))
"""The names that data sets give to genres for families."""

ANIMATED_GENRES = frozenset(("Animation", "Animated"))
"""The names of a genre that is for families where a data set has none of FAMILY_GENRES.

Where it has one, animated movies without it may be for adults.
"""

UNSUITABLE_GENRES = frozenset(("Adult", "Crime", "Erotic", "Film-Noir", "Horror", "Noir", "Thriller", "War"))
"""Movies of these genres without a certificate are not chosen for anybody under 18."""

_LOWEST_AGES: Mapping[str, int] = {
    # Motion Picture Association. R admits people under 17 with a parent only.
    "G": 0,
    "PG": 8,
    "GP": 8,
    "PG-13": 13,
    "R": 17,
    "NC-17": 18,
    "X": 18,
    # TV Parental Guidelines.
    "TV-Y": 0,
    "TV-G": 0,
    "TV-Y7": 7,
    "TV-PG": 8,
    "TV-14": 14,
    "TV-MA": 17,
    # British Board of Film Classification. PG should not unsettle a child of about eight.
    "U": 0,
    "12A": 12,
    "15": 15,
    "18": 18,
    "R18": 18,
    # Australian Classification Board.
    "M": 15,
    "MA15+": 15,
    "R18+": 18,
}
"""Certificate -> lowest age in years. "Approved", "Passed" and "Not Rated" say nothing about an age."""

_NUMBER = re.compile(r"(?:FSK|K)?[\s-]*(\d{1,2})\+?")
"""A certificate that consists of an age, as in most countries: "12", "16+", "FSK 6"."""


def lowest_age(certificate: str | None) -> int | None:
    """Return the lowest age, in years, for which a certificate allows a movie; None if it is unknown."""
    if certificate is None:
        return None
    label = certificate.strip().upper()
    number = _NUMBER.fullmatch(label)
    if label in _LOWEST_AGES:
        return _LOWEST_AGES[label]
    return int(number[1]) if number is not None else None


@dataclass(frozen=True, slots=True, eq=False)
class Suitability:
    """The movies of a catalogue by the ages that they suit.

    Attributes:
        lowest: movie id -> lowest age in years, of the movies whose certificate says it.
        family: ids of the other movies for families.
        others: ids of the other movies that have no genre of UNSUITABLE_GENRES.
    """

    lowest: Mapping[int, int]
    family: frozenset[int]
    others: frozenset[int]

    @classmethod
    def build(cls, movies: Iterable[Movie]) -> Self:
        """Sort the movies of a catalogue."""
        movies = list(movies)
        has_family_genres = any(not FAMILY_GENRES.isdisjoint(movie.genres) for movie in movies)
        family_genres = FAMILY_GENRES if has_family_genres else ANIMATED_GENRES
        lowest: dict[int, int] = {}
        family: set[int] = set()
        others: set[int] = set()
        for movie in movies:
            age = lowest_age(movie.certificate)
            if age is not None:
                lowest[movie.movie_id] = age
            elif UNSUITABLE_GENRES.isdisjoint(movie.genres):
                (others if family_genres.isdisjoint(movie.genres) else family).add(movie.movie_id)
        return cls(lowest, frozenset(family), frozenset(others))

    def suitable(self, age: int, *, widely: bool = False) -> frozenset[int]:
        """Return the movies that suit an age: by certificate, and without one those for families.

        Args:
            age: in years.
            widely: whether movies of other harmless genres without a certificate suit, too. If nothing else suits, they
                do in any case.
        """
        allowed = {movie_id for movie_id, lowest in self.lowest.items() if lowest <= age} | self.family
        return frozenset(allowed | self.others if widely or not allowed else allowed)
