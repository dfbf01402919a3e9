"""The form in which titles are compared: without case, accents, punctuation and articles."""

import re
from functools import lru_cache

from recsys.text.accents import without_accents
from storage.records import Movie

# Only a pattern that starts at the beginning of a line searches a text in linear time.
_LATER_ARTICLE = re.compile(
    r"^(.+), (the|an?|les?|la|l'|une?|il|lo|i|gli|uno|una|der|die|das|eine?|el|los|las|os?|de[nt]?|het)(?!\w)",
    re.MULTILINE,
)
_OTHER_TITLES = re.compile(r"\(([^()]*)\)")
_ALSO_KNOWN_AS = re.compile(r"(?:^|,)\s*a\.?k\.?a\.?\s", re.IGNORECASE)
_PARTS = re.compile(r":\s|\s-\s")
_INITIALS = re.compile(r"\b(\w)[.*](?=\w\b)")
_WORD = re.compile(r"\w+")
_NO_APOSTROPHES = str.maketrans(dict.fromkeys("'`\N{RIGHT SINGLE QUOTATION MARK}"))
_SPELLED_OUT = str.maketrans(
    {"\N{SUPERSCRIPT TWO}": " 2", "\N{SUPERSCRIPT THREE}": " 3", "æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d"}
)
"""Digits and letters that have no accent to remove, and that people and services write as others."""

_PART_NUMBER = re.compile(r"\bpart (?=\d)")
_NUMBERS = {
    # "i", "x" and "one" are missing because they are words more often than numbers.
    word: str(value)
    for words in (
        ("ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"),
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    )
    for value, word in enumerate(words, start=2)
}


def label_key(movie: Movie) -> str:
    """Return the normalized label of a movie. A title that was just normalized saves most of the time."""
    title = normalize_title(movie.title)
    if movie.year is None or " " not in title:
        return normalize_title(movie.label)
    return _PART_NUMBER.sub("", f"{title} {movie.year}")


def title_keys(title: str) -> tuple[set[str], set[str]]:
    """Return the normalized names of a title, those in parentheses included, and their parts at colons and dashes."""
    names = [title.strip()]
    if "(" in title:
        names = [_OTHER_TITLES.sub("", title).strip()]
        for in_parentheses in _OTHER_TITLES.findall(title):
            names += _ALSO_KNOWN_AS.split(in_parentheses)
    titles = {normalize_title(name) for name in {title, *names}}
    parts = {normalize_title(part) for name in names for part in _PARTS.split(name) if part != name}
    return titles - {""}, parts - titles - {""}


@lru_cache(maxsize=256)
def normalize_title(text: str) -> str:
    """Return lower case without accents, punctuation and the leading English article.

    Numerals become digits: "II", "two" and "part 2" are 2.
    """
    plain = text.strip().casefold()
    if not plain.isascii():
        plain = plain.translate(_SPELLED_OUT)
    if "," in plain:
        plain = _LATER_ARTICLE.sub(r"\2 \1", plain)
    plain = without_accents(plain)
    if "." in plain or "*" in plain:
        plain = _INITIALS.sub(r"\1", plain)
    plain = plain.replace("&", " and ").translate(_NO_APOSTROPHES)
    words = [_NUMBERS.get(word, word) for word in _WORD.findall(plain)]
    if len(words) > 1 and words[0] in ("the", "a", "an"):
        del words[0]
    joined = " ".join(words)
    return _PART_NUMBER.sub("", joined) if "part " in joined else joined
