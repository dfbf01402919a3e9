"""Compares titles that services write differently: two ways to write one title have a key in common."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import OSA

from recsys.services.histories.loose_words import digits_of, title_words

_IN_PARENTHESES = re.compile(r"\(([^()]*)\)")
_NAMES = re.compile(r"(?:^|,)\s*a\.?k\.?a\.?\s|,\s+(?!(?:the|an?)\s*(?:,|$))", re.IGNORECASE)
_LATER_ARTICLE = re.compile(r"^(.+), (the|an?)$", re.IGNORECASE)
_LEADING_ARTICLE = re.compile(r"(the|an?)\s+\S", re.IGNORECASE)
_SEPARATORS = re.compile(r":\s*|\s*[\N{EN DASH}\N{EM DASH}]\s*|\s+-\s+|,?\s+or:?\s+(?=[A-Z(])")
_OWNER = re.compile(
    r"(?!(?:The|A|An)\s)(?:(?:[A-Z][\w.-]*\s+){1,3}[A-Z][\w.-]*|Disney|Marvel)"
    r"['\N{RIGHT SINGLE QUOTATION MARK}]s\s+(?=\S)"
)
"""The author or the studio before a title: "Wes Craven's New Nightmare". Any other single word belongs to the title."""

_PRESENTER = re.compile(r"[^:]*\bpresents:?\s+(?=\S+\s)", re.IGNORECASE)
_DESCRIPTION = re.compile(
    r"(?:an?|the)\s(?:\w+\s)?(?:comedy|documentary|musical)|(?:the\s)?(?:true\s)?(?:story|tale|portrait) of\b.*",
    re.IGNORECASE,
)
"""A subtitle that says what a film is. Other subtitles are those of other parts of a series."""

_DOUBLED = re.compile(r"(.)\1")
_SHORTEST_PART = 8
"""A part of a title that is a single word counts if it has this many letters."""

_SHORTEST_BEGINNING = 5
"""In the year of the movie the beginning of a title counts if it has this many letters: "Mongol"."""

_LETTERS_OF_TWO_WORDS = 10
"""Two words mean the movie of a longer title if they have this many letters: "Opus" is not "Mr. Holland's Opus"."""

_SEVERAL_WORDS = 3
"""So many words mean the movie of a longer title, whatever letters they have."""

_LETTERS_PER_ERROR = 12
"""In the year of the movie a key of this many letters may have a wrong letter."""

_LETTERS_PER_ERROR_WITHOUT_YEAR = 20
_MAX_ERRORS = 2

_LETTERS_WITHOUT_ARTICLE = 8
"""Without a year, several words of this many letters may have an article in front or not: "Unforgiven" may not."""

_WORDS_OF_A_BEGINNING = 5
"""Without a year, so many words mean the movie of a title with more words before or after them."""


@dataclass(frozen=True, slots=True)
class TitleKeys:
    """The keys of a title: its words without spaces, articles and words for "and". Numerals are digits.

    Attributes:
        texts: the title and the forms of it that the keys are made of, to look for similar titles.
        names: pairs of the article in front, empty if there is none, and a key that means the movie in any year.
        bare: those of these keys that mean the movie with an article in front or without it.
        aliases: keys of forms of the title that mean the movie in any year if they are a whole title elsewhere.
        sorted_words: all words of a long title in the order of the alphabet; empty for a short one.
        whole: keys of the whole title or another name of it, which mean the movie in its year.
        parts: keys of the beginning and the end of the title at a colon or a dash, and of the title without its
            numbers. In the year of the movie they mean a longer or shorter form of its title.
        words: the words of the title, in their order.
    """

    texts: tuple[str, ...]
    names: frozenset[tuple[str, str]]
    bare: frozenset[str]
    aliases: frozenset[str]
    sorted_words: tuple[str, ...]
    whole: frozenset[str]
    parts: frozenset[str]
    words: tuple[str, ...]

    @classmethod
    def of(cls, title: str, year: int | None) -> "TitleKeys":
        """Return the keys of a title. In the year of the movie, a number that is about this year is left out."""
        name = _LATER_ARTICLE.sub(r"\2 \1", " ".join(_IN_PARENTHESES.sub(" ", title).split()))
        presented = _PRESENTER.sub("", name)
        own = _OWNER.sub("", presented, count=1)
        ends = [match.span() for match in _SEPARATORS.finditer(own)]
        parts = [part for start, end in ends for part in (own[:start], own[end:])]
        others = [text.strip() for names in _IN_PARENTHESES.findall(title) for text in _NAMES.split(names)]
        in_parentheses = [text for text in others if " " in text]
        names = [name, presented]
        if _is_long(title_words(own, None)):
            names.append(own)
        # Of "Puppet Master 5: The Final Chapter" the beginning is enough.
        names += [
            own[:start]
            for start, _ in ends
            if len(words := title_words(own[:start], None)) > 1 and words[-1].isdecimal()
        ]
        whole = {_key(title_words(text, year)) for text in (*names, own, *in_parentheses)}
        of_parts = {_key(words) for part in parts if _is_specific(words := title_words(part, year))}
        of_parts |= {
            _key(words)
            for start, _ in ends
            if len(_key(words := title_words(own[:start], year))) >= _SHORTEST_BEGINNING
        }
        if parts:
            of_parts.add(_key([word for word in title_words(own, year) if not word.isdecimal()]))
        all_words = title_words(own, None)
        return cls(
            tuple(filter(None, dict.fromkeys((*names, own, *parts, *in_parentheses)))),
            frozenset((_article(text), _key(title_words(text, None))) for text in names),
            frozenset(_key(title_words(text, None)) for text in names if _may_lack_article(text)),
            frozenset(_aliases(own, ends, in_parentheses, year)),
            tuple(sorted(all_words)) if len(all_words) > _SEVERAL_WORDS else (),
            frozenset(whole - {""}),
            frozenset(of_parts - whole - {""}),
            title_words(own, year),
        )

    def is_same(self, other: "TitleKeys") -> bool:
        """Return whether both are the same title, with the same article: "The Fear" is not "Fear"."""
        return not self.names.isdisjoint(other.names)

    def is_like(self, other: "TitleKeys") -> bool:
        """Return whether both are titles of one movie, if no other movie has such a title.

        One of them may lack the article, unless it is short, a long title may be misspelt, a form of one may be the
        whole other one, and the words of a long title may have another order.
        """
        return (
            _is_form_of(self, other)
            or _is_form_of(other, self)
            or _is_longer(self.words, other.words, _WORDS_OF_A_BEGINNING)
            or _is_longer(other.words, self.words, _WORDS_OF_A_BEGINNING)
            or (self.sorted_words != () and self.sorted_words == other.sorted_words)
            or any(
                (article == another_article or (not (article and another_article) and key in self.bare | other.bare))
                and (key == another or _is_misspelt(key, another, _LETTERS_PER_ERROR_WITHOUT_YEAR))
                for article, key in self.names
                for another_article, another in other.names
            )
        )

    def is_like_in_its_year(self, other: "TitleKeys") -> bool:
        """Return whether both are titles of one movie, if the years are the same."""
        return (
            not self.whole.isdisjoint(other.whole | other.parts)
            or not self.parts.isdisjoint(other.whole)
            or any(_is_misspelt(key, another, _LETTERS_PER_ERROR) for key in self.whole for another in other.whole)
            or _is_longer(self.words, other.words, 2)
            or _is_longer(other.words, self.words, 2)
        )


def _aliases(
    title: str, ends: Sequence[tuple[int, int]], in_parentheses: Sequence[str], year: int | None
) -> Iterator[str]:
    """Yield keys that mean the movie in any year, if another title consists of nothing else.

    They are the last part of a title with a number or with several words, the first part before "or" or a description,
    the title without a number that has a subtitle after it, and other names of several words.
    """
    for start, end in ends:
        first, last = title_words(title[:start], None), title_words(title[end:], None)
        if _DESCRIPTION.fullmatch(title[end:]) and _is_specific(first):
            yield _key(first)
        if len(last) >= _SEVERAL_WORDS or (len(last) > 1 and last[-1].isdecimal()):
            yield _key(last)
        if title[start:end].strip(" ,:").casefold() == "or" and _is_specific(first):
            yield _key(first)
        if ((len(first) > 2 and first[-1].isdecimal()) or first[-1:] == (str(year),)) and _is_specific(last):
            yield _key((*first[:-1], *last))
    for text in in_parentheses:
        if len(words := title_words(text, None)) >= _SEVERAL_WORDS:
            yield _key(words)


def _is_form_of(title: TitleKeys, other: TitleKeys) -> bool:
    """Return whether a whole title is a form of the other one that means its movie in any year."""
    return any(key in other.aliases for _, key in title.names)


def _is_longer(words: Sequence[str], others: Sequence[str], at_least: int) -> bool:
    """Return whether the first words are others with more words before or after them, and the same numbers.

    Args:
        words: of a title.
        others: of another title.
        at_least: how many words the others must be.
    """
    count = len(others)
    if len(words) <= count or count < at_least or not _is_long(others):
        return False
    return others in (words[:count], words[-count:]) and digits_of(words) == digits_of(others)


def _article(text: str) -> str:
    article = _LEADING_ARTICLE.match(text)
    return "" if article is None else article[1].casefold()


def _may_lack_article(text: str) -> bool:
    words = text.removeprefix(text[: len(_article(text))]).split()
    return len(words) > 1 and sum(map(len, words)) >= _LETTERS_WITHOUT_ARTICLE


def _key(words: Sequence[str]) -> str:
    return "".join(words)


def _is_specific(words: Sequence[str]) -> bool:
    return len(words) > 1 or len(_key(words)) >= _SHORTEST_PART


def _is_long(words: Sequence[str]) -> bool:
    return len(words) >= _SEVERAL_WORDS or (len(words) > 1 and len(_key(words)) >= _LETTERS_OF_TWO_WORDS)


def _is_misspelt(key: str, other: str, letters_per_error: int) -> bool:
    """Return whether two keys differ by at most two letters, and all digits are the same."""
    allowed = min(_MAX_ERRORS, min(len(key), len(other)) // letters_per_error)
    if _DOUBLED.sub(r"\1", key) == _DOUBLED.sub(r"\1", other) and min(len(key), len(other)) >= _SHORTEST_PART:
        allowed = max(allowed, 1)
    is_near = allowed > 0 and OSA.distance(key, other, score_cutoff=allowed) <= allowed
    return is_near and digits_of(key) == digits_of(other)
