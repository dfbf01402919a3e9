"""The words of a wish, and the years that they name."""

import re
from collections.abc import Collection
from itertools import takewhile
from typing import NamedTuple

from recsys.text.titles import TitleIndex
from recsys.text.wishes import words as vocabulary
from recsys.text.wishes.words import normalize, phrase_at

_TOKEN = re.compile(
    r"[\w'`\N{RIGHT SINGLE QUOTATION MARK}]+"
    # A dash between years, not the one in "mid-90s".
    r"|(?:(?<=\d)|(?<=\ds)|(?<=[\ds]\s))[-\N{EN DASH}](?=\s*\d)"
    # The point after an initial is no sign: "Michael J. Fox".
    r"|(?<!\b[A-Za-z])\.|[&/+,;:!?()]"
)
_SIGNS = {"&": "and", "+": "and", "/": "or", "-": "to", "\N{EN DASH}": "to"} | dict.fromkeys(",;:.!?()", ",")
_YEAR = re.compile(r"18[7-9]\d|19\d\d|20\d\d")
_DECADE = re.compile(r"(18[7-9]|19\d|20\d|\d)0s")
_DECADE_PARTS = {"early": (0, 3), "mid": (4, 6), "late": (7, 9)}
_RANGE = frozenset(("to", "until", "till", "through"))


class Period(NamedTuple):
    """Years in a text.

    Attributes:
        first: the first year.
        last: the last year.
        length: the number of words that name the period.
    """

    first: int
    last: int
    length: int


_MOVIES = frozenset(("film", "films", "movie", "movies", "one", "ones", "something", "anything"))


class PeriodReader:
    """Reads the years of a text.

    Positions and lengths count words and signs. The methods that read a phrase at a position return its length, or 0
    if there is no such phrase.

    Attributes:
        length: the number of words and signs in the text.
        understood: the number of words that say which movies are meant.
        explicit: whether a phrase occurs that is rare in titles.
    """

    def __init__(self, text: str, titles: TitleIndex) -> None:
        tokens = list(_TOKEN.finditer(text))
        self._text = text
        self._spans = [token.span() for token in tokens]
        self._words = [_SIGNS.get(token[0]) or normalize(token[0]) for token in tokens]
        self._titles = titles
        self._periods: list[tuple[int, int]] = []
        self._lowest: list[int] = []
        self._highest: list[int] = []
        self._age: tuple[int | None, int | None] = (None, None)
        self.length = len(tokens)
        self.understood = 0
        self.explicit = False

    def years(self) -> tuple[int | None, int | None]:
        """Return (first year, last year).

        The result covers all periods, within the bounds. A word for an age counts only if no year is given.
        """
        if not (self._periods or self._lowest or self._highest):
            return self._age
        lowest, highest = list(self._lowest), list(self._highest)
        if self._periods:
            lowest.append(min(first for first, _ in self._periods))
            highest.append(max(last for _, last in self._periods))
        return max(lowest, default=None), min(highest, default=None)

    def _read_bound(self, start: int) -> int:
        """Read "before 1980", "since the 90s", "between 1980 and 1989", "from 1995"."""
        for phrases, add_bound in (
            (vocabulary.BEFORE, lambda first, _: self._highest.append(first - 1)),
            (vocabulary.UNTIL, lambda _, last: self._highest.append(last)),
            (vocabulary.AFTER, lambda _, last: self._lowest.append(last + 1)),
            (vocabulary.SINCE, lambda first, _: self._lowest.append(first)),
        ):
            length = phrase_at(self._words, start, phrases)
            if length and (period := self._period_at(start + length)):
                add_bound(period.first, period.last)
                return self._understood(length + period.length, explicit=True)
        return self._read_between(start) or self._read_from(start)

    def _read_between(self, start: int) -> int:
        """Read "between 1980 and 1989"."""
        if self._word(start) != "between" or (period := self._period_at(start + 1)) is None:
            return 0
        middle = start + 1 + period.length
        other = self._period_at(middle + 1) if self._word(middle) in ("and", "to") else None
        if other is None:
            return 0
        self._add_range(period, other)
        return self._understood(1 + period.length + 1 + other.length, explicit=True)

    def _read_from(self, start: int) -> int:
        """Read "from 1995", which is a lower bound; "from the 90s" and "films from 1995" are periods."""
        if self._word(start) != "from" or (period := self._period_at(start + 1)) is None:
            return 0
        end = start + 1 + period.length
        if period.first < period.last or self._word(end) in _RANGE:
            return 0
        later = phrase_at(self._words, end, vocabulary.AND_LATER)
        if not later and self._is_after_movies(start):
            return 0
        self._lowest.append(period.first)
        end += later
        return self._understood(end - start, explicit=True)

    def _is_after_movies(self, start: int) -> bool:
        """Return whether a word for movies stands before a position."""
        return self._word(start - 1) in _MOVIES if start else False

    def _read_period(self, start: int) -> int:
        """Read "90s", "1994", "1980-1989", "the eighties and later"."""
        period = self._period_at(start)
        if period is None:
            return 0
        end = start + period.length
        if self._word(end) in _RANGE and (other := self._period_at(end + 1)):
            self._add_range(period, other)
            return self._understood(period.length + 1 + other.length, explicit=True)
        if extension := phrase_at(self._words, end, vocabulary.AND_LATER):
            self._lowest.append(period.first)
        elif extension := phrase_at(self._words, end, vocabulary.AND_EARLIER):
            self._highest.append(period.last)
        else:
            self._periods.append((period.first, period.last))
        # A single year is often a part of a title: "Blade Runner 2049".
        is_explicit = period.first < period.last or extension > 0
        return self._understood(period.length + extension, explicit=is_explicit)

    # --- bookkeeping ------------------------------------------------------------------------------------------------

    def _understood(self, length: int, explicit: bool = False) -> int:
        self.understood += length
        self.explicit |= explicit
        return length

    def _add_range(self, period: Period, other: Period) -> None:
        self._periods.append((min(period.first, other.first), max(period.last, other.last)))

    # --- looking at words -------------------------------------------------------------------------------------------

    def _word(self, position: int) -> str:
        return self._words[position] if position < self.length else ""

    def _source(self, start: int, end: int) -> str:
        """Return the words from `start` up to `end` as they were written."""
        return self._text[self._spans[start][0] : self._spans[end - 1][1]]

    def _skip(self, start: int, skipped: Collection[str]) -> int:
        """Return the first position from `start` on whose word is not in `skipped`."""
        return start + sum(1 for _ in takewhile(skipped.__contains__, self._words[start:]))

    def _period_at(self, start: int) -> Period | None:
        """Return the decade, the part of a decade, or the year that begins at a position."""
        position = start + (self._word(start) == "the")
        part = _DECADE_PARTS.get(self._word(position))
        position += part is not None
        word = self._word(position)
        length = position + 1 - start
        if decade := self._decade(word):
            first, last = part or (0, 9)
            return Period(decade + first, decade + last, length)
        if part is None and _YEAR.fullmatch(word):
            return Period(int(word), int(word), length)
        return None

    def _decade(self, word: str) -> int | None:
        """Return the first year of a decade; None if the word is no decade.

        "20s" are the 2020s if the catalogue has movies of them, else the 1920s.
        """
        match = _DECADE.fullmatch(word)
        if match is None:
            return vocabulary.DECADES.get(word)
        decade = int(match[1]) * 10
        if decade >= 100:
            return decade
        return 2000 + decade if 2000 + decade <= (self._titles.latest_year or 0) else 1900 + decade
