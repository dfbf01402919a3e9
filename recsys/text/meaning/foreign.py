"""Finds out whether a text is in a language that the bot does not read, and in which.

A text in another script is recognized by its letters, one in Latin letters by frequent words. Libraries for this need
models of 100 MB in memory, and are not better at texts of three words.
"""

import tomllib
import unicodedata
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from recsys.text.meaning.language import Language

_FEW_WORDS = 2
"""Of so few words, more must be foreign than English."""

_ENOUGH_WORDS = 2
"""Of more words, so many must be foreign, and at least as many as are English."""

_SPECIAL_LETTERS_COUNT = 0.5
"""A letter that a language has and English has not counts for the language as much as half a word."""


def foreign_language(text: str, language: Language, *, is_sure: bool = False) -> str | None:
    """Return the ISO 639-1 code of the language of a text; empty if it is unknown, None if the text may be English.

    Args:
        text: what a person wrote.
        language: English.
        is_sure: whether one or two foreign words are too few.
    """
    letters = [letter for letter in text.casefold() if letter.isalpha()]
    scripts = Counter(_script(letter) for letter in letters)
    latin = scripts.pop("LATIN", 0)
    if scripts and sum(scripts.values()) > latin:
        return _of_script(scripts, letters)
    return _of_words(text, letters, language, is_sure)


def _of_script(scripts: Counter[str], letters: list[str]) -> str:
    tables = _tables()
    if scripts["HIRAGANA"] or scripts["KATAKANA"]:
        return "ja"
    for code, special in tables["script_letters"].items():
        if not set(special).isdisjoint(letters):
            return code
    return tables["scripts"].get(scripts.most_common(1)[0][0], "")


def _of_words(text: str, letters: list[str], language: Language, is_sure: bool) -> str | None:
    """Return the language of a text in Latin letters, if more of its words are foreign than English."""
    tables = _tables()
    words = [word.strip('.,;:!?\u00bf\u00a1"()').casefold() for word in text.split()]
    words = [word for word in words if word]
    scores = {code: float(sum(word in listed for word in words)) for code, listed in _words().items()}
    hits = max(scores.values())
    present = set(letters)
    for code, special in tables["letters"].items():
        scores[code] += _SPECIAL_LETTERS_COUNT * len(present.intersection(special))
    best = max(scores, key=lambda code: scores[code])
    english = sum(word in language.known_words for word in words)
    if english == len(words):
        return None
    if len(words) <= _FEW_WORDS:
        hits = max(sum(word in listed and len(word) > 2 for word in words) for listed in _words().values())
        return best if not is_sure and hits > english else None
    return best if hits and scores[best] >= _ENOUGH_WORDS and hits >= english else None


def _script(letter: str) -> str:
    return unicodedata.name(letter, "").split(" ")[0].split("-")[0]


@lru_cache(maxsize=1)
def _tables() -> Mapping[str, Mapping[str, str]]:
    path = Path(__file__).parent / "languages" / "foreign.toml"
    tables: Mapping[str, Mapping[str, str]] = tomllib.loads(path.read_text(encoding="utf-8"))
    return tables


@lru_cache(maxsize=1)
def _words() -> Mapping[str, frozenset[str]]:
    """Return language -> its frequent words."""
    return {code: frozenset(listed.split()) for code, listed in _tables()["words"].items()}
