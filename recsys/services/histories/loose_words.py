"""The words of a title, with numbers and abbreviations as all services write them."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from recsys.text.title_keys import normalize_title

_FIRST_PART = re.compile(r"\b(?:part|vol(?:ume)?|episode|chapter|pt) (?:one|i)\b")
_PART_NAME = re.compile(r"\b(?:part|vol(?:ume)?|episode|chapter|pt) (?=\d)")
_FILLERS = frozenset(("a", "an", "the", "and", "et", "und", "presents"))
"""Articles and words for "and", by which services differ within titles too."""

_FOREIGN_ARTICLES = frozenset(("la", "le", "les", "el", "los", "las", "il", "lo", "der", "das"))
"""Articles that services translate or leave out in long titles. "Die" is missing because it is a word of English."""

_LETTERS_WITHOUT_ARTICLE = 8
"""Articles of other languages count in a shorter title: "Les Boys" is not "The Boys"."""

_ABBREVIATIONS = {
    "st": "saint",
    "mt": "mount",
    "dr": "doctor",
    "mr": "mister",
    "sgt": "sergeant",
    "vs": "versus",
    "jr": "junior",
    "sr": "senior",
}
_NUMBERS = {
    # Smaller numbers are digits in a normalized title.
    word: value
    for words, values in (
        (("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"), range(13, 20)),
        (("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"), range(20, 100, 10)),
    )
    for word, value in zip(words, values, strict=True)
}
_COUNT = re.compile(r"[1-9][0-9]?")
_POWERS = {"hundred": 100, "thousand": 1_000}
_NUMBER_WORDS = frozenset((*_NUMBERS, *_POWERS))


@lru_cache(maxsize=1_024)
def title_words(text: str, year: int | None) -> tuple[str, ...]:
    """Return the words of a title without articles and words for "and". Numbers are digits.

    Args:
        text: the title.
        year: of the movie, if only movies of this year are compared. Then numbers that are the year, or nearly so, are
            left out, and so are articles of other languages.
    """
    plain = _PART_NAME.sub("", _FIRST_PART.sub("1", normalize_title(text)))
    words = _with_digits([_ABBREVIATIONS.get(word, word) for word in plain.split() if word not in _FILLERS])
    if year is None:
        return words
    without_articles = tuple(word for word in words if word not in _FOREIGN_ARTICLES)
    if sum(map(len, without_articles)) >= _LETTERS_WITHOUT_ARTICLE:
        words = without_articles
    years = (str(year - 1), str(year), str(year + 1))
    return tuple(word for word in words if word not in years) or words


def digits_of(words: Iterable[str]) -> str:
    """Return all digits of some words."""
    return "".join(letter for word in words for letter in word if letter.isdecimal())


def _with_digits(words: Sequence[str]) -> tuple[str, ...]:
    """Write numbers in words as digits: "one hundred one" becomes "101"."""
    if _NUMBER_WORDS.isdisjoint(words):
        return tuple(words)
    written: list[str] = []
    room = 0  # A smaller number is added to the last one.
    for word in words:
        value = _NUMBERS.get(word) or _count(word)
        if word in _POWERS:
            before = _count(written.pop()) if written and _count(written[-1]) else 1
            written.append(str(before * _POWERS[word]))
            room = _POWERS[word]
        elif 0 < value < room:
            written[-1] = str(int(written[-1]) + value)
            room = 10 if value % 10 == 0 else 0
        else:
            written.append(str(_NUMBERS.get(word, word)))
            room = 10 if word in _NUMBERS and value % 10 == 0 else 0
    return tuple(written)


def _count(word: str) -> int:
    """Return a number below 100 in digits, or 1 for "one"; 0 for any other word."""
    return 1 if word == "one" else int(word) if _COUNT.fullmatch(word) else 0
