"""Compares titles that services write differently: two ways to write one title have a key in common."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from recsys.text.titles import normalize_title

_IN_PARENTHESES = re.compile(r"\(([^()]*)\)")
_NAMES = re.compile(r"(?:^|,)\s*a\.?k\.?a\.?\s|,\s+(?!(?:the|an?)\s*(?:,|$))", re.IGNORECASE)
_LATER_ARTICLE = re.compile(r"^(.+), (the|an?)$", re.IGNORECASE)
_LEADING_ARTICLE = re.compile(r"(the|an?)\s+\S", re.IGNORECASE)
_SEPARATORS = re.compile(r":\s*|\s*[\N{EN DASH}\N{EM DASH}]\s*|\s+-\s+|,?\s+or:?\s+(?=[A-Z(])")
_OWNER = re.compile(
    r"(?!(?:The|A|An)\s)(?:[A-Z][\w.-]*\s+){1,3}[A-Z][\w.-]*['\N{RIGHT SINGLE QUOTATION MARK}]s\s+(?=\S)"
)
"""The author or the studio before a title: "Wes Craven's New Nightmare". A single word belongs to the title."""

_PRESENTER = re.compile(r"[^:]*\bpresents:?\s+(?=\S+\s)", re.IGNORECASE)
_PART_NAME = re.compile(r"\b(?:part|vol(?:ume)?|episode|chapter|pt) (?=\d)")
_FILLERS = frozenset(("a", "an", "the", "and", "et", "und", "presents"))
"""Articles and words for "and", by which services differ within titles too."""

_NUMBERS = {
    word: str(value)
    for value, word in enumerate(
        ("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"), start=13
    )
}
_WORDS_WITHOUT_OWNER = 3
"""Without a year, a title without its author counts if it has this many words: "Opus" is not "Mr. Holland's Opus"."""

_SHORTEST_PART = 8
"""A part of a title that is a single word counts if it has this many letters."""

_LETTERS_PER_ERROR = 12
"""In the year of the movie a key of this many letters may have a wrong letter."""

_LETTERS_PER_ERROR_WITHOUT_YEAR = 20
_MAX_ERRORS = 2

_LETTERS_WITHOUT_ARTICLE = 8
"""Without a year, a key of this many letters may have an article in front or not. A shorter title is another title."""


@dataclass(frozen=True, slots=True)
class TitleKeys:
    """The keys of a title: its words without spaces, articles and words for "and". Numerals are digits.

    Attributes:
        texts: the title and the forms of it that the keys are made of, to look for similar titles.
        names: pairs of the article in front, empty if there is none, and a key that means the movie in any year.
        whole: keys of the whole title or another name of it, which mean the movie in its year.
        parts: keys of the beginning and the end of the title at a colon or a dash, and of the title without its
            numbers. In the year of the movie they mean a longer or shorter form of its title.
    """

    texts: tuple[str, ...]
    names: frozenset[tuple[str, str]]
    whole: frozenset[str]
    parts: frozenset[str]

    @classmethod
    def of(cls, title: str, year: int | None) -> "TitleKeys":
        """Return the keys of a title. Numbers that are the year of the movie are left out."""
        name = _LATER_ARTICLE.sub(r"\2 \1", " ".join(_IN_PARENTHESES.sub(" ", title).split()))
        presented = _PRESENTER.sub("", name)
        own = _OWNER.sub("", presented, count=1)
        ends = [match.span() for match in _SEPARATORS.finditer(own)]
        parts = [part for start, end in ends for part in (own[:start], own[end:])]
        others = [text.strip() for names in _IN_PARENTHESES.findall(title) for text in _NAMES.split(names)]
        in_parentheses = [text for text in others if " " in text]
        names = [name, presented]
        if len(own.split()) >= _WORDS_WITHOUT_OWNER:
            names.append(own)
        # Of "Puppet Master 5: The Final Chapter" the beginning is enough.
        names += [own[:start] for start, _ in ends if "".join(_words(own[:start], year)[-1:]).isdecimal()]
        whole = {_key(_words(text, year)) for text in (*names, own, *in_parentheses)}
        of_parts = {_key(words) for part in parts if _is_specific(words := _words(part, year))}
        if parts:
            of_parts.add(_key([word for word in _words(own, year) if not word.isdecimal()]))
        return cls(
            tuple(filter(None, dict.fromkeys((*names, own, *parts, *in_parentheses)))),
            frozenset((_article(text), _key(_words(text, year))) for text in names),
            frozenset(whole - {""}),
            frozenset(of_parts - whole - {""}),
        )

    def is_same(self, other: "TitleKeys") -> bool:
        """Return whether both are the same title, with the same article: "The Fear" is not "Fear"."""
        return not self.names.isdisjoint(other.names)

    def is_like(self, other: "TitleKeys") -> bool:
        """Return whether both are titles of one movie, if no other movie has such a title.

        One of them may lack the article, unless it is short, and a long title may be misspelt.
        """
        return any(
            (article == another_article or (not (article and another_article) and len(key) >= _LETTERS_WITHOUT_ARTICLE))
            and (key == another or _is_misspelt(key, another, _LETTERS_PER_ERROR_WITHOUT_YEAR))
            for article, key in self.names
            for another_article, another in other.names
        )

    def is_like_in_its_year(self, other: "TitleKeys") -> bool:
        """Return whether both are titles of one movie, if the years are the same."""
        return (
            not self.whole.isdisjoint(other.whole | other.parts)
            or not self.parts.isdisjoint(other.whole)
            or any(_is_misspelt(key, another, _LETTERS_PER_ERROR) for key in self.whole for another in other.whole)
        )


def _words(text: str, year: int | None) -> list[str]:
    normalized = _PART_NAME.sub("", " ".join(_NUMBERS.get(word, word) for word in normalize_title(text).split()))
    words = [word for word in normalized.split() if word not in _FILLERS]
    without_year = [word for word in words if word != str(year)]
    return without_year or words


def _article(text: str) -> str:
    article = _LEADING_ARTICLE.match(text)
    return "" if article is None else article[1].casefold()


def _key(words: Sequence[str]) -> str:
    return "".join(words)


def _is_specific(words: Sequence[str]) -> bool:
    return len(words) > 1 or len(_key(words)) >= _SHORTEST_PART


def _is_misspelt(key: str, other: str, letters_per_error: int) -> bool:
    """Return whether two keys differ by at most two letters, and all digits are the same."""
    allowed = min(_MAX_ERRORS, min(len(key), len(other)) // letters_per_error)
    is_near = allowed > 0 and OSA.distance(key, other, score_cutoff=allowed) <= allowed
    return is_near and _digits(key) == _digits(other)


def _digits(key: str) -> str:
    return "".join(letter for letter in key if letter.isdecimal())
