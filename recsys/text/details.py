"""Finds movies by the people who made them, by words of their titles and descriptions, and by their series."""

import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Self

from recsys.text.search_terms import query_terms, subjects_of, terms_of, terms_of_subject
from recsys.text.wishes.themes import COUNTRIES
from recsys.text.wishes.words import normalize
from storage.records import Movie

_WORD = re.compile(r"[\w'`\N{RIGHT SINGLE QUOTATION MARK}]+")
_SENTENCE_END = re.compile(r"[.!?;]\s")
_PART_OF_SERIES = re.compile(r"\s*(?::.*|\b(?:part|chapter|episode|vol)?\.?\s*(?:\d{1,2}|[ivx]{1,4}))$", re.IGNORECASE)
"""The end of a title that distinguishes the parts of a series."""

_RARE_FORM = 5
"""A form of a word is rare if all its forms together are in more than this many times as many sentences."""


@dataclass(frozen=True, slots=True, eq=False)
class DetailIndex:
    """The people, words and series of a catalogue.

    Attributes:
        people: normalized name -> ids of the movies by or with this person.
        terms: term, as `terms_of` returns it -> positions in `movie_of_sentence`.
        movie_of_sentence: the movie of each sentence of a description. Each title, tag and keyword counts as one.
        series: the common part of titles -> ids of the movies with such a title, if there are several.
        countries: ISO 3166-1 code -> ids of the movies that were made in this country.
        names_with: word of a normalized name -> the names that have it.
    """

    people: Mapping[str, tuple[int, ...]]
    terms: Mapping[str, Sequence[int]]
    movie_of_sentence: Sequence[int]
    series: Mapping[str, frozenset[int]]
    countries: Mapping[str, frozenset[int]]
    names_with: Mapping[str, Sequence[str]]

    @classmethod
    def build(cls, movies: Iterable[Movie]) -> Self:
        """Index the movies of a catalogue."""
        people: dict[str, set[int]] = {}
        terms: defaultdict[str, array[int]] = defaultdict(partial(array, "I"))
        movie_of_sentence: list[int] = []
        series: dict[str, set[int]] = {}
        countries: dict[str, set[int]] = {}
        for movie in movies:
            for name in (*movie.directors, *movie.actors):
                people.setdefault(_plain_name(name), set()).add(movie.movie_id)
            sentences = (movie.title, *(_SENTENCE_END.split(movie.description) if movie.description else ()))
            for found in (*map(terms_of, sentences), *map(terms_of_subject, subjects_of(movie))):
                position = len(movie_of_sentence)
                for term in set(found):
                    terms[term].append(position)
                movie_of_sentence.append(movie.movie_id)
            series.setdefault(_series_title(movie), set()).add(movie.movie_id)
            for code in () if movie.net is None else movie.net.countries:
                countries.setdefault(code, set()).add(movie.movie_id)
        names_with: dict[str, list[str]] = {}
        for name in people:
            for word in dict.fromkeys(name.split()):
                names_with.setdefault(word, []).append(name)
        return cls(
            {name: tuple(ids) for name, ids in people.items()},
            dict(terms),
            movie_of_sentence,
            {title: frozenset(ids) for title, ids in series.items() if len(ids) > 1},
            {code: frozenset(ids) for code, ids in countries.items()},
            names_with,
        )

    def of_person(self, name: str) -> frozenset[int]:
        """Return the ids of the movies by or with a person; empty if the catalogue does not know this name."""
        return frozenset(self.people.get(_plain_name(name), ()))

    def named(self, text: str) -> dict[str, frozenset[int]]:
        """Return normalized name -> ids of the movies by or with this person, for names that a text may mean.

        These are the people with this whole name; if there are none, those whose names end with the last word and have
        the others.
        """
        words = [normalize(word) for word in _WORD.findall(text)]
        name = " ".join(words)
        if name in self.people:
            return {name: frozenset(self.people[name])}
        alike = self.names_with.get(words[-1], ()) if words else ()
        return {
            person: frozenset(self.people[person])
            for person in alike
            if (parts := person.split())[-1] == words[-1] and set(parts).issuperset(words)
        }

    def of_country(self, theme: str) -> frozenset[int]:
        """Return the ids of the movies of the country that a theme names, such as "french"; empty if none is known."""
        return self.countries.get(COUNTRIES.get(theme, ""), frozenset())

    def of_theme(self, theme: str) -> frozenset[int]:
        """Return the ids of the movies that have every word of a theme in one sentence, if need be in another form."""
        terms = query_terms(theme)
        return self._with_all(terms[::2]) or self._with_all(terms[1::2])

    def with_any_word(self, theme: str) -> frozenset[int]:
        """Return the ids of the movies that have a word of a theme in any form."""
        sentences = (self.terms.get(term, ()) for term in query_terms(theme))
        return frozenset(self.movie_of_sentence[sentence] for found in sentences for sentence in found)

    def searched_terms(self, theme: str) -> list[str]:
        """Return the terms by which full-text search finds a theme: its words and their stems.

        A rare form of a word, such as "travelling", is left out, so that the movies with other forms are not behind.
        """
        terms = query_terms(theme)
        pairs = zip(terms[::2], terms[1::2], strict=True)
        return [term for word, stem in pairs for term in ((stem,) if self._is_rare_form(word, stem) else (word, stem))]

    def mentioning(self, text: str) -> frozenset[int]:
        """Return the ids of the movies that have every word of a text in the title, a name or the description."""
        found = []
        for written in _WORD.findall(text):
            name_part, terms = normalize(written), terms_of(written)
            if not terms:
                continue
            movie_ids = {self.movie_of_sentence[sentence] for sentence in self.terms.get(terms[0], ())}
            for name in self.names_with.get(name_part, ()):
                movie_ids.update(self.people[name])
            found.append(movie_ids)
        return frozenset(set.intersection(*found)) if found else frozenset()

    def of_series(self, movie: Movie) -> frozenset[int]:
        """Return the ids of a movie and of the other parts of its series, as far as their titles show it."""
        return self.series.get(_series_title(movie), frozenset()) | {movie.movie_id}

    def _is_rare_form(self, word: str, stem: str) -> bool:
        return _RARE_FORM * len(self.terms.get(word, ())) < len(self.terms.get(stem, ()))

    def _with_all(self, terms: Sequence[str]) -> frozenset[int]:
        """Return the ids of the movies that have all terms in one sentence; none if there are no terms."""
        sentences = [set(self.terms.get(term, ())) for term in terms]
        return frozenset(self.movie_of_sentence[sentence] for sentence in set.intersection(*sentences or [set()]))


def _series_title(movie: Movie) -> str:
    return _PART_OF_SERIES.sub("", movie.title).casefold() or movie.title.casefold()


def _plain_name(name: str) -> str:
    return " ".join(normalize(word) for word in _WORD.findall(name))
