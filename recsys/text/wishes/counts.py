"""Reads how many movies a wish asks for: "3 horror movies", "top ten westerns", "a couple of thrillers"."""

from collections.abc import Collection, Sequence

from recsys.text.wishes import themes
from recsys.text.wishes.words import Phrase, phrase_at

MIN_COUNT, MAX_COUNT = 2, 20
"""A number of movies lies between these."""

DEFAULT_COUNT = 5
"""The number of movies of "a few westerns"."""

_FIRST_WORDS = frozenset((*themes.COUNTS, *(phrase[0] for phrase in themes.COUPLES | themes.FEW)))
_RANGES = frozenset(("or", "to"))
_MAX_DISTANCE = 5
"""At most so many words stand between the number and the word for movies: "3 really good romantic comedies"."""


def count_at(words: Sequence[str], start: int, genres: Collection[Phrase]) -> tuple[int, int]:
    """Return (number of movies, number of words that say it) at a position; (0, 0) if no number of movies is there.

    A number counts if only words of a request stand before it, and a word for several movies comes after it.

    Args:
        words: normalized words of a text, with "," for signs.
        start: the position.
        genres: the phrases that mean genres.
    """
    if words[start] not in _FIRST_WORDS and not words[start].isdecimal():
        return 0, 0
    count, length = _number_at(words, start)
    if not MIN_COUNT <= count <= MAX_COUNT or not _may_stand_before(words[:start]):
        return 0, 0
    for place in range(start + length, min(len(words), start + length + _MAX_DISTANCE)):
        word = words[place]
        if word in themes.SEVERAL_MOVIES or _is_plural_genre(word, genres):
            return count, length
        if word in themes.AFTER_OTHER_NUMBERS:
            break
    return 0, 0


def _number_at(words: Sequence[str], start: int) -> tuple[int, int]:
    for phrases, count in ((themes.COUPLES, MIN_COUNT), (themes.FEW, DEFAULT_COUNT)):
        if length := phrase_at(words, start, phrases):
            return count, length
    if start + 2 < len(words) and words[start + 1] in _RANGES and (last := _value(words[start + 2])):
        # "Three or four comedies".
        return (last, 3) if _value(words[start]) else (0, 1)
    return _value(words[start]), 1


def _value(word: str) -> int:
    if word.isdecimal() and word.isascii() and not word.startswith("0"):
        return int(word[:3])
    return themes.COUNTS.get(word, 0)


def _may_stand_before(words: Sequence[str]) -> bool:
    if not words:
        return True
    is_request = words[-1] not in themes.BEFORE_OTHER_NUMBERS or tuple(words[-2:]) in themes.BEFORE_COUNTS
    return is_request and themes.REQUEST_WORDS.issuperset(words)


def _is_plural_genre(word: str, genres: Collection[Phrase]) -> bool:
    is_plural = word.endswith("s") and (word,) in genres and (word[:-1],) in genres
    return (is_plural or (word.endswith("ies") and (word,) in genres)) and word not in themes.VICTIMS
