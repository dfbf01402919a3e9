"""Corrects typing errors in words that are no titles and no names: "comdy" becomes "comedy"."""

import re
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from recsys.text.meaning.catalogue import ReaderCatalogue
from recsys.text.meaning.language import Language
from recsys.text.wishes.themes import FILLERS, MOVIE_WORDS, THEMES
from recsys.text.wishes.words import genre_phrases, normalize

SHORTEST_WORD = 5
"""A shorter word may be too many other words."""

LONG_WORD = 8
"""A word with at least this many letters may have two typing errors, a shorter one may have one."""

MAX_CORRECTIONS = 6
"""At most this many words of a text are corrected, because each is compared with all words."""

_WORD = re.compile(r"[\w'`\N{RIGHT SINGLE QUOTATION MARK}]+")
_ENDINGS = ("s", "es", "ed", "d", "ing", "ly", "er", "y", "ish", "ness")


def corrected(text: str, catalogue: ReaderCatalogue, language: Language) -> str:
    """Return a text with the typing errors corrected in words that are clearly meant.

    A word is corrected if it occurs in no list, no title and no name, and exactly one word of the language is near.
    The first letter must be right. Words with a capital inside the text are names.

    Args:
        text: what a person wrote.
        catalogue: its titles and names are not corrected.
        language: of the text.
    """
    words = _vocabulary(language, catalogue.genres)
    parts: list[str] = []
    end = count = 0
    for match in _WORD.finditer(text):
        written = match[0]
        word = normalize(written)
        may_be_name = not written.islower() and match.start() > 0
        if len(word) < SHORTEST_WORD or not word.isalpha() or may_be_name or count >= MAX_CORRECTIONS:
            continue
        if _is_known(word, words, catalogue):
            continue
        count += 1
        meant = _nearest(word, words)
        if meant is not None:
            parts += [text[end : match.start()], meant]
            end = match.end()
    return "".join([*parts, text[end:]])


def _nearest(word: str, words: frozenset[str]) -> str | None:
    """Return the only word that is nearest to a word with typing errors; None if none or several are."""
    limit = 2 if len(word) >= LONG_WORD else 1
    found = process.extract(word, words, scorer=OSA.distance, score_cutoff=limit, limit=None)
    near = [(distance, other) for other, distance, _ in found if other[0] == word[0] and len(other) > 3]
    if len(word) == SHORTEST_WORD:
        # "Vegan" is no "Vegas": a letter that is put in place of another is no typing error of a short word.
        near = [near_word for near_word in near if not _replaces_letter(word, near_word[1])]
    if not near:
        return None
    least = min(distance for distance, _ in near)
    nearest = {other for distance, other in near if distance == least}
    return nearest.pop() if len(nearest) == 1 else None


def _replaces_letter(word: str, other: str) -> bool:
    return len(word) == len(other) and sorted(word) != sorted(other)


def _is_known(word: str, words: frozenset[str], catalogue: ReaderCatalogue) -> bool:
    stems = [word, *(word.removesuffix(ending) for ending in _ENDINGS)]
    return any(
        stem in catalogue.words
        or stem in catalogue.title_words
        or stem in catalogue.first_names
        or stem in catalogue.people
        or stem in words
        for stem in stems
    )


@lru_cache(maxsize=8)
def _vocabulary(language: Language, genres: frozenset[str]) -> frozenset[str]:
    """Return the words of which typing errors are corrected: those of talk, of wishes, of genres and of themes."""
    listed = language.known_words | FILLERS | MOVIE_WORDS
    of_phrases = {word for phrases in (genre_phrases(genres), THEMES) for phrase in phrases for word in phrase}
    return frozenset(word for word in listed | of_phrases if word.isalpha())
