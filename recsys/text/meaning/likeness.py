"""Titles that are really alike, for "did you mean"."""

import re

from rapidfuzz import fuzz

from recsys.text.accents import without_accents
from recsys.text.meaning.catalogue import ReaderCatalogue
from recsys.text.meaning.language import Language
from recsys.text.titles import Ambiguous, Found
from storage.records import Movie

MIN_LIKENESS = 80
"""A title is alike if `rapidfuzz.fuzz.ratio` of the text and the title, or a part of it, is at least this, 0..100.

"gost" and "Ghost" have 89, "Interstellar" and "Interiors" 76, "barbie" and "Barb Wire" 67.
"""

MAX_WORDS = 8
"""A text with more words is no title."""

_WORD = re.compile(r"\w+")
_ARTICLES = ("the ", "a ", "an ")


def alike_titles(text: str, catalogue: ReaderCatalogue, language: Language) -> tuple[int, ...]:
    """Return the ids of movies with titles that are alike, the likeliest first. Adult titles are never among them.

    Args:
        text: what a person wrote.
        catalogue: the catalogue.
        language: of the text.
    """
    words = text.split()
    if not 0 < len(words) <= MAX_WORDS or all(word.casefold() in language.known_words for word in words):
        return ()
    match = catalogue.titles.find(text)
    movies: tuple[Movie, ...]
    if isinstance(match, Found):
        movies = (match.movie,)
    elif isinstance(match, Ambiguous):
        movies = match.candidates
    else:
        movies = tuple(movie for movie in match.suggestions if is_alike(text, movie.title))
    return tuple(movie.movie_id for movie in movies if not is_adult(movie.title, language))


def is_adult(title: str, language: Language) -> bool:
    """Return whether a title has a word of adult movies."""
    return not language.word_list("adult").isdisjoint(_WORD.findall(title.casefold()))


def is_alike(text: str, title: str) -> bool:
    """Return whether a text is like a title, or like a part of it."""
    written = _plain(text)
    return any(fuzz.ratio(written, _plain(part)) >= MIN_LIKENESS for part in (title, *title.split(": ")))


def _plain(text: str) -> str:
    plain = without_accents(text.casefold()).strip()
    return next((plain.removeprefix(article) for article in _ARTICLES if plain.startswith(article)), plain)
