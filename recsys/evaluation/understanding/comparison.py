"""Whether a meaning is right, and which of its ratings are wrong."""

import re
from collections.abc import Sequence
from typing import Any

from recsys.evaluation.understanding.corpus import STORED, CorpusText, Described

_ALIKE = ("people", "people_not", "themes", "themes_not", "not_possible")
"""Conditions whose texts need not be spelled alike."""

_SETS = ("not", "like")
"""Conditions whose order does not count."""


def is_right(text: CorpusText, read: Described) -> bool:
    """Return whether a described meaning equals one of the right meanings of a text.

    Order does not count, and these differences do not count either:

    - A name, theme or word is alike if the words of one contain those of the other; a plural "s" is ignored.
    - A number of movies counts only where it is expected.
    - More may be excluded by "unlike" than expected, such as all parts of a series.
    - More movies may be asked about than expected. An unclear text whose movies are asked about is a question as well.
    - The movie on the card may be named or left out.
    """
    return any(_is_same(expected, read, text.card) for expected in text.means)


def wrong_ratings(text: CorpusText, read: Described) -> tuple[str, ...]:
    """Return the labels of the movies that would be stored as rated, seen or unseen without being so.

    A movie is right if any of the right meanings stores exactly the same.
    """
    right = {stored for expected in text.means for stored in _stored(expected)}
    return tuple(label for key, label, stars in _stored(read) if (key, label, stars) not in right)


def _stored(meaning: Described) -> list[tuple[str, str, float | None]]:
    """Return (key, label, stars) of every movie that is stored without a question."""
    rated = meaning.get("rate", {}).items()
    marks = ((key, label, None) for key in STORED if key != "rate" for label in meaning.get(key, ()))
    return [*(("rate", label, float(stars)) for label, stars in rated), *marks]


def _is_same(expected: Described, read: Described, card: str | None) -> bool:
    if "unclear" in expected:
        # What an unclear text may mean is not asked for here, and a denial that is named does no harm.
        return "unclear" in read and expected["unclear"] in (True, read["unclear"])
    if "ask" in expected or not expected.keys().isdisjoint(STORED):
        return _is_same_opinion(expected, read)
    (kind,) = expected
    if kind not in read:
        return False
    wanted, got = expected[kind], read[kind]
    if kind in ("wish", "refine", "prefer"):
        return _is_same_wish(wanted, got)
    if kind == "about":
        named = None if got["movie"] == card else got["movie"]
        return bool(got["topic"] == wanted["topic"] and named == wanted["movie"])
    if kind == "answer" and isinstance(wanted, dict) and isinstance(wanted.get("age"), list):
        first, last = wanted["age"]
        return isinstance(got, dict) and first <= got.get("age", 0) <= last
    return bool(wanted == got)


def _is_same_opinion(expected: Described, read: Described) -> bool:
    asked, got = set(expected.get("ask", ())), set(read.get("ask", ()))
    return set(_stored(expected)) == set(_stored(read)) and asked <= got and bool(asked) == bool(got)


def _is_same_wish(expected: Described, read: Described) -> bool:
    if _genres(expected) != _genres(read):
        return False
    compared = {"genres", "all_genres", "unlike", *_SETS, *_ALIKE}
    excluded, got = set(expected.get("unlike", ())), set(read.get("unlike", ()))
    return (
        excluded <= got
        and bool(excluded) == bool(got)
        and all(set(expected.get(key, ())) == set(read.get(key, ())) for key in _SETS)
        and all(_are_alike(expected.get(key, ()), read.get(key, ())) for key in _ALIKE)
        and _without(expected, compared) == _without(read, compared if "cards" in expected else {*compared, "cards"})
    )


def _genres(conditions: Described) -> tuple[frozenset[str], frozenset[str]]:
    """Return (genres of which any is wanted, genres of which all are wanted); a single genre is in the first set."""
    any_of, all_of = frozenset(conditions.get("genres", ())), frozenset(conditions.get("all_genres", ()))
    return (all_of, any_of) if len(all_of) == 1 and not any_of else (any_of, all_of)


def _without(conditions: Described, keys: set[str]) -> dict[str, Any]:
    return {key: value for key, value in conditions.items() if key not in keys}


def _are_alike(expected: Sequence[str], read: Sequence[str]) -> bool:
    """Return whether each text has one that is alike in the other list."""
    wanted, got = [_words(text) for text in expected], [_words(text) for text in read]
    return all(any(_contain(words, others) for others in got) for words in wanted) and all(
        any(_contain(words, others) for others in wanted) for words in got
    )


def _contain(words: frozenset[str], others: frozenset[str]) -> bool:
    return bool(words and others) and (words <= others or others <= words)


def _words(text: str) -> frozenset[str]:
    return frozenset(word.removesuffix("s") for word in re.findall(r"\w+", text.casefold()))
