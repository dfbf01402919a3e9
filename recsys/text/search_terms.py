"""Words in one form for full-text search, the same for the texts of movies and for what people ask for.

A text for search engines consists of terms, each of which search engines take for one word:

- words without accents, apostrophes and the "s" of a plural: "Vampire's" becomes "vampire", and "II" becomes "2";
- words that are joined by hyphens, as one word besides: "feel-good" is not about feeling and good;
- the stem of each of them, marked with STEM_MARK: "travelling" finds "travel". A movie with the word itself has both
  terms, so it comes before those with another form of the word;
- the words of people's names, marked with NAME_MARK: "rock music" does not find Chris Rock.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import Stemmer

from recsys.text.wishes.words import normalize
from storage.records import Movie

STEM_MARK, NAME_MARK = "stem0", "name0"
"""The beginnings of terms that are not words. Search engines do not split words at a digit, and no word begins so."""

_WORD = re.compile(r"[^\W_]+(?:['`\N{RIGHT SINGLE QUOTATION MARK}][^\W_]+)*")
_COMPOUND = re.compile(rf"{_WORD.pattern}(?:-{_WORD.pattern})*")
_STOP_WORDS = frozenset((Path(__file__).parent / "stop_words" / "en.txt").read_text(encoding="utf-8").split())
_STEMMER = Stemmer.Stemmer("english")

_NUMERALS = {"ii": "2", "iii": "3", "iv": "4", "vi": "6", "vii": "7", "viii": "8", "ix": "9"}
"""Roman numerals that are no words: "World War II"."""

_SHORTEST_PLURAL = 4
"""A shorter word is not taken for a plural: "gas"."""

_OWN_STEMS = {"anime": "anime"}
"""Words that the stemmer takes for forms of others: "anime" has nothing to do with animals."""

_KEPT_WORDS = 100_000


def terms_of(text: str) -> list[str]:
    """Return the terms of a text: each word that has a meaning of its own, followed by its stem."""
    return [term for word in _written_words(text) for term in _terms(word)]


@lru_cache(maxsize=_KEPT_WORDS)
def terms_of_subject(subject: str) -> tuple[str, ...]:
    """Return the `terms_of` a tag or keyword, which many movies have."""
    return tuple(terms_of(subject))


def query_terms(theme: str) -> list[str]:
    """Return the terms by which a theme is searched, as `terms_of`, but words that hyphens join as one word alone."""
    return [term for compound in _COMPOUND.findall(theme) for term in _terms(compound)]


def nearest_terms(text: str) -> list[str]:
    """Return the terms of a text and of the names that its words may be, each once."""
    names = (NAME_MARK + _plain(word) for word in _WORD.findall(text) if _terms(word))
    return list(dict.fromkeys((*query_terms(text), *names)))


def search_text(movie: Movie) -> str:
    """Return the text by which a movie is found, terms separated by spaces: of its title, plot, subjects and people."""
    people = dict.fromkeys((*movie.directors, *movie.actors))
    names = (NAME_MARK + _plain(word) for name in people for word in _WORD.findall(name))
    texts = terms_of(f"{movie.title}\n{movie.description or ''}")
    subjects = (term for subject in subjects_of(movie) for term in terms_of_subject(subject))
    return " ".join((*texts, *subjects, *names))


def subjects_of(movie: Movie) -> tuple[str, ...]:
    """Return what a movie is about in a few words each: the tags of its data set, and the keywords from TMDB."""
    keywords = () if movie.net is None else movie.net.keywords
    return tuple(dict.fromkeys((*(tag.name for tag in movie.tags), *keywords)))


def _written_words(text: str) -> Iterator[str]:
    for compound in _COMPOUND.findall(text):
        if "-" in compound:
            yield from _WORD.findall(compound)
        yield compound


@lru_cache(maxsize=_KEPT_WORDS)
def _terms(written: str) -> tuple[str, ...]:
    """Return the form in which a word is compared and its stem; nothing if the word has no meaning of its own."""
    word = _plain(written)
    if not word or word in _STOP_WORDS:
        return ()
    if word in _NUMERALS:
        return (_NUMERALS[word], STEM_MARK + _NUMERALS[word])
    is_plural = len(word) >= _SHORTEST_PLURAL and word.endswith("s") and not word.endswith("ss")
    return (word[:-1] if is_plural else word, STEM_MARK + (_OWN_STEMS.get(word) or _STEMMER.stemWord(word)))


def _plain(written: str) -> str:
    """Return a word in lower case with nothing but letters and digits, without accents."""
    plain = normalize(written)
    return plain if plain.isalnum() else "".join(filter(str.isalnum, plain))
