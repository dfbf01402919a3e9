"""Reads a text once from left to right and notes what each phrase says."""

import re
from collections.abc import Collection
from itertools import takewhile

from recsys.text.titles import Found, TitleIndex, Unknown
from recsys.text.wishes import words as known
from recsys.text.wishes.words import Groups, Phrase, phrase_at, plain
from storage.records import Movie

MAX_WORDS = 60

_TITLE_WORDS = 8
"""Words of the longest title that is looked for behind "like"."""

_TOKEN = re.compile(
    r"[\w'`\N{RIGHT SINGLE QUOTATION MARK}]+"
    # A dash between years, not the one in "mid-90s".
    r"|(?:(?<=\d)|(?<=\ds)|(?<=[\ds]\s))[-\N{EN DASH}](?=\s*\d)"
    r"|[&/+,;:.!?()]"
)
_SIGNS = {"&": "and", "+": "and", "/": "or", "-": "to", "\N{EN DASH}": "to"} | dict.fromkeys(",;:.!?()", ",")
_YEAR = re.compile(r"18[7-9]\d|19\d\d|20\d\d")
_DECADE = re.compile(r"(18[7-9]|19\d|20\d|\d)0s")
_PARTS = {"early": (0, 3), "mid": (4, 6), "late": (7, 9)}
_RANGE = frozenset(("to", "until", "till", "through"))
_SKIPPED = known.FILLERS | known.CONJUNCTIONS | {","}

Period = tuple[int, int, int]
"""(first year, last year, words that it takes)."""


class Reader:
    """A text and what it says.

    Attributes:
        length: words and signs of the text.
        understood: how many words say which movies are meant.
        explicit: something was said that titles seldom say.
        asked: the text asks for movies.
        unwanted: genres.
        like: movie ids.
        unknown_titles: what stood behind "like" and is no title.
        leftover: other words that say nothing known.
    """

    def __init__(self, text: str, titles: TitleIndex, genres: frozenset[str]) -> None:
        found = list(_TOKEN.finditer(text))
        self._text = text
        self._spans = [one.span() for one in found]
        self._words = [_SIGNS.get(one[0]) or plain(one[0]) for one in found]
        self._titles = titles
        self._genres = known.genre_phrases(genres)
        self._wanted: list[tuple[str, ...]] = []
        self._alternatives = False
        self._genre_end = 0
        self._periods: list[tuple[int, int]] = []
        self._lowest: list[int] = []
        self._highest: list[int] = []
        self._age: tuple[int | None, int | None] = (None, None)
        self.length = len(found)
        self.understood = 0
        self.explicit = False
        self.asked = False
        self.unwanted: list[str] = []
        self.like: list[int] = []
        self.unknown_titles: list[str] = []
        self.leftover: list[str] = []

    @property
    def unexplained(self) -> int:
        """How many words neither say which movies are meant nor may be passed over."""
        return len(self.leftover) + sum(len(title.split()) for title in self.unknown_titles)

    def is_one_genre(self) -> bool:
        """The text is one word for a genre, at most with "a" or "some"."""
        words = [word for word in self._words if word not in known.ARTICLES and word != ","]
        return len(words) == 1 and (words[0],) in self._genres

    def read(self) -> None:
        """Read the whole text; done once."""
        readers = (
            self._bound,
            self._period,
            self._denied,
            self._resembling,
            self._genre,
            self._old_or_new,
            self._request,
        )
        at = 0
        while at < self.length:
            taken = next((taken for read in readers if (taken := read(at))), 0)
            if not taken:
                taken = phrase_at(self._words, at, known.NO_AGES) or 1
                if self._words[at] not in _SKIPPED:
                    self._leave(at, at + taken)
            at += taken
        self.explicit |= bool(self._wanted) and not known.ABOUT.isdisjoint(self._words)

    def wanted_genres(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """(at least one of these, every one of these)."""
        groups = list(dict.fromkeys(self._wanted))
        if len(groups) > 1 and not self._alternatives:
            return (), tuple(dict.fromkeys(group[0] for group in groups))
        return tuple(dict.fromkeys(genre for group in groups for genre in group)), ()

    def years(self) -> tuple[int | None, int | None]:
        """(first year, last year). Periods add up, bounds narrow, and an age counts where no year is given."""
        if not (self._periods or self._lowest or self._highest):
            return self._age
        lowest, highest = list(self._lowest), list(self._highest)
        if self._periods:
            lowest.append(min(first for first, _ in self._periods))
            highest.append(max(last for _, last in self._periods))
        return max(lowest, default=None), min(highest, default=None)

    def _bound(self, at: int) -> int:
        """Read "before 1980", "since the 90s", "between 1980 and 1989", "from 1995"."""
        for phrases, note in (
            (known.BEFORE, lambda first, _: self._highest.append(first - 1)),
            (known.UNTIL, lambda _, last: self._highest.append(last)),
            (known.AFTER, lambda _, last: self._lowest.append(last + 1)),
            (known.SINCE, lambda first, _: self._lowest.append(first)),
        ):
            taken = phrase_at(self._words, at, phrases)
            if taken and (period := self._period_at(at + taken)):
                first, last, more = period
                note(first, last)
                return self._understood(taken + more, explicit=True)
        if self._word(at) == "between" and (one := self._period_at(at + 1)):
            middle = at + 1 + one[2]
            if self._word(middle) in ("and", "to") and (other := self._period_at(middle + 1)):
                self._periods.append((min(one[0], other[0]), max(one[1], other[1])))
                return self._understood(1 + one[2] + 1 + other[2], explicit=True)
        if self._word(at) == "from" and (period := self._period_at(at + 1)):
            first, last, taken = period
            # "From 1995" is where it begins; "from the 90s" is all that they mean.
            if first == last and self._word(at + 1 + taken) not in _RANGE:
                self._lowest.append(first)
                taken += phrase_at(self._words, at + 1 + taken, known.AND_LATER)
                return self._understood(1 + taken, explicit=True)
        return 0

    def _period(self, at: int) -> int:
        """Read "90s", "1994", "1980-1989", "the eighties and later"."""
        period = self._period_at(at)
        if period is None:
            return 0
        first, last, taken = period
        if self._word(at + taken) in _RANGE and (other := self._period_at(at + taken + 1)):
            self._periods.append((min(first, other[0]), max(last, other[1])))
            return self._understood(taken + 1 + other[2], explicit=True)
        if more := phrase_at(self._words, at + taken, known.AND_LATER):
            self._lowest.append(first)
        elif more := phrase_at(self._words, at + taken, known.AND_EARLIER):
            self._highest.append(last)
        else:
            self._periods.append((first, last))
        # A year alone often belongs to a title: "Blade Runner 2049".
        return self._understood(taken + more, explicit=first < last or more > 0)

    def _denied(self, at: int) -> int:
        """Read "no horror or war", "nothing old", "not like Alien"."""
        taken = phrase_at(self._words, at, known.NEGATIONS)
        if not taken:
            return 0
        start = self._after(at + taken, known.IN_BETWEEN)
        genre = self._single_genre_at(start)
        if genre:
            while genre:
                self.unwanted += [name for name in genre[0] if name not in self.unwanted]
                end = start + genre[1]
                conjunction = self._after(end, known.IN_BETWEEN)
                start = self._after(conjunction + 1, known.IN_BETWEEN)
                genre = self._single_genre_at(start) if self._word(conjunction) in known.CONJUNCTIONS else None
            return self._understood(end - at, explicit=True)
        if old := phrase_at(self._words, start, known.OLD):
            self._age = known.OLD[tuple(self._words[start : start + old])] + 1, None
            return self._understood(start + old - at, explicit=True)
        # What cannot be filtered out must not be taken for what is wished.
        end = at
        if period := self._period_at(start):
            end = start + period[2]
        elif like := phrase_at(self._words, start, known.LIKES):
            title = self._title_at(start + like)
            end = title[1] if title else start + like
        self.explicit |= end > at
        return self._leave(at, end)

    def _resembling(self, at: int) -> int:
        """Read "like Alien and Blade Runner", "similar to something that nobody knows"."""
        taken = phrase_at(self._words, at, known.LIKES)
        if not taken:
            return 0
        start = at + taken
        title = self._title_at(start) or self._title_at(self._after(start, known.IN_BETWEEN))
        if title:
            end = start
            while title:
                if title[0].movie_id not in self.like:
                    self.like.append(title[0].movie_id)
                end = title[1]
                more = self._word(end) in {*known.CONJUNCTIONS, ","}
                title = self._title_at(end + 1) if more else None
            return self._understood(end - at, explicit=True)
        if start == self.length or self._word(start) in _SKIPPED or self._wished_at(start):
            return taken
        end = start + 1
        while end < self.length and self._word(end) not in ("but", ",") and not self._wished_at(end):
            end += 1
        self.unknown_titles.append(self._text[self._spans[start][0] : self._spans[end - 1][1]])
        self.explicit = True
        return end - at

    def _genre(self, at: int) -> int:
        taken = phrase_at(self._words, at, self._genres)
        if not taken:
            return 0
        between = self._words[self._genre_end : at]
        if self._wanted and ("or" in between or "," in between):
            self._alternatives = True
        self._wanted += self._genres[tuple(self._words[at : at + taken])]
        self._genre_end = at + taken
        return self._understood(taken)

    def _old_or_new(self, at: int) -> int:
        if phrase_at(self._words, at, known.NO_AGES):
            return 0
        if taken := phrase_at(self._words, at, known.OLD):
            self._age = None, known.OLD[tuple(self._words[at : at + taken])]
            return self._understood(taken)
        taken, latest = phrase_at(self._words, at, known.NEW), self._titles.latest_year
        if not taken or latest is None:
            return 0
        self._age = latest + 1 - known.NEW[tuple(self._words[at : at + taken])], None
        return self._understood(taken)

    def _request(self, at: int) -> int:
        taken = phrase_at(self._words, at, known.REQUESTS)
        self.asked |= taken > 0
        return taken

    def _understood(self, taken: int, explicit: bool = False) -> int:
        self.understood += taken
        self.explicit |= explicit
        return taken

    def _leave(self, start: int, end: int) -> int:
        self.leftover += [self._text[first:last] for first, last in self._spans[start:end]]
        return end - start

    def _word(self, at: int) -> str:
        return self._words[at] if at < self.length else ""

    def _after(self, at: int, passed_over: Collection[str]) -> int:
        """The first place from there on whose word is none of these."""
        return at + sum(1 for _ in takewhile(passed_over.__contains__, self._words[at:]))

    def _period_at(self, at: int) -> Period | None:
        start = at + (self._word(at) == "the")
        part = _PARTS.get(self._word(start))
        start += part is not None
        word = self._word(start)
        if decade := self._decade(word):
            low, high = part or (0, 9)
            return decade + low, decade + high, start + 1 - at
        if part is None and _YEAR.fullmatch(word):
            return int(word), int(word), start + 1 - at
        return None

    def _decade(self, word: str) -> int | None:
        found = _DECADE.fullmatch(word)
        if found is None:
            return known.DECADES.get(word)
        decade = int(found[1]) * 10
        if decade >= 100:
            return decade
        return 2000 + decade if 2000 + decade <= (self._titles.latest_year or 0) else 1900 + decade

    def _single_genre_at(self, at: int) -> tuple[tuple[str, ...], int] | None:
        """(names, words that it takes) of a phrase that means one genre."""
        taken = phrase_at(self._words, at, self._genres)
        groups: Groups = self._genres[tuple(self._words[at : at + taken])] if taken else ()
        return (groups[0], taken) if len(groups) == 1 else None

    def _wished_at(self, at: int) -> int:
        """How many words a genre, an age, a period or a negation takes that stands there; 0 where there is none."""
        at_all: tuple[Collection[Phrase], ...] = (self._genres, known.OLD, known.NEW, known.NEGATIONS, known.BEFORE)
        period = self._period_at(at)
        return max([*(phrase_at(self._words, at, phrases) for phrases in at_all), period[2] if period else 0])

    def _title_at(self, at: int) -> tuple[Movie, int] | None:
        """The movie of the longest title there, without typos if possible, and where it ends."""
        # "Like a comedy" wants comedies, though there may be a movie with a part called so.
        start = self._after(at, known.IN_BETWEEN)
        genre = phrase_at(self._words, start, self._genres)
        shortest = start + genre + 1 if genre else at + 1
        ends = range(min(self.length, at + _TITLE_WORDS), shortest - 1, -1)
        for find in (self._titles.exactly, self._titles.find):
            for end in ends:
                last = self._word(end - 1)
                if last == "," or (last in _SKIPPED and find == self._titles.find):
                    continue
                match = find(self._text[self._spans[at][0] : self._spans[end - 1][1]])
                if not isinstance(match, Unknown):
                    return (match.movie if isinstance(match, Found) else match.candidates[0]), end
        return None
