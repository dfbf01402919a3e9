"""Reads what a wish says beside its conditions: how many movies, what is tolerated, and exceptions to exclusions."""

from collections.abc import Mapping

from recsys.text.titles import TitleIndex
from recsys.text.wishes import themes
from recsys.text.wishes.counts import count_at
from recsys.text.wishes.topics import TopicReader
from recsys.text.wishes.words import Phrase, phrase_at

_MAX_THEME_WORDS = 4
_MAX_DIGITS = 3
_FIRST_WORDS = frozenset(phrase[0] for phrase in themes.TOLERANCES | themes.EXCEPTIONS | themes.UNSAID | themes.NOBODY)


class AsideReader(TopicReader):
    """Reads these parts of a text, besides what `TopicReader` reads.

    Attributes:
        cards: how many movies the text asks for; 1 if it does not say.
        tolerates: whether the text says that something may be in a movie.
        themes_none: themes to exclude.
        unlike: ids of movies to exclude with their like.
        excepted: exceptions to exclusions, as they were written.
        denied: exclusions that were not understood, as they were written.
    """

    def __init__(
        self, text: str, titles: TitleIndex, genres: frozenset[str], people: Mapping[str, str], common: frozenset[str]
    ) -> None:
        super().__init__(text, titles, genres, people, common)
        self.cards = 1
        self.tolerates = False
        self.themes_none: list[str] = []
        self.unlike: list[int] = []
        self.excepted: list[str] = []
        self.denied: list[str] = []

    def _read_count(self, start: int) -> int:
        """Read the number of "3 horror movies"."""
        count, length = count_at(self._words, start, self._genres)
        if length:
            self.cards, self.asked = count, True
        return length

    def _read_company(self, start: int) -> int:
        """Pass over "4 people", who watch the movie."""
        word = self._word(start)
        is_number = (word.isdecimal() and len(word) < _MAX_DIGITS) or word in themes.COUNTS
        is_company = is_number and (
            self._word(start + 1) in themes.COMPANY or self._words[start + 1 : start + 3] == ["of", "us"]
        )
        return (2 if self._word(start + 1) != "of" else 3) if is_company else 0

    def _read_tolerance(self, start: int) -> int:
        """Pass over "I don't mind subtitles", which neither asks for them nor excludes them."""
        length = self._aside_at(start, themes.TOLERANCES)
        end = self._end_of_clause(start + length) if length else 0
        if end <= start + length or self._word(start + length) in themes.ANYTHING:
            return 0
        self.tolerates = True
        return end - start

    def _read_refusal(self, start: int) -> int:
        """Pass over the "no" of "no, the 80s"."""
        is_refusal = start == 0 and self._word(0) in themes.REFUSALS and self._word(1) == ","
        return 2 if is_refusal and self._word(2) in themes.AFTER_REFUSALS else 0

    def _read_exception(self, start: int) -> int:
        """Pass over "except Grease" after an exclusion. The exception is neither asked for nor excluded."""
        length = self._aside_at(start, themes.EXCEPTIONS)
        if not length or self._asks_for_kind():
            return 0
        if not (self.unwanted or self.people_none or self.themes_none or self.unlike or self._age[0]):
            return 0
        end = self._end_of_clause(start + length)
        self.excepted.append(self._source(start, end))
        for place in range(start, end):
            if place == start or self._word(place) not in self._skipped:
                self._add_leftover(place, place + 1)
        return end - start

    def _read_nobody(self, start: int) -> int:
        """Read "where nobody dies", which excludes what happens to nobody."""
        length = self._aside_at(start, themes.NOBODY)
        if not length:
            return 0
        first = self._skip(start + length, themes.INSIDE_HARM)
        end = min(self._end_of_clause(first), first + _MAX_THEME_WORDS)
        if end == first or self._whole_title_at(first):
            return 0
        self._add(self.themes_none, self._source(first, end).casefold())
        return self._understood(end - start, explicit=True)

    def _read_unsaid(self, start: int) -> int:
        """Read "it's not that I hate horror", which excludes nothing."""
        length = self._aside_at(start, themes.UNSAID)
        if not length:
            return 0
        end = self._end_of_clause(start + length)
        self.denied.append(self._source(start, end))
        self._add_leftover(start, start + 1)
        return end - start

    def _aside_at(self, start: int, phrases: frozenset[Phrase]) -> int:
        """Return the number of words of the longest of the phrases at a position; 0 for none."""
        return phrase_at(self._words, start, phrases) if self._words[start] in _FIRST_WORDS else 0

    def _asks_for_kind(self) -> bool:
        return bool(self._wanted or self.people or self.themes or self.like)

    def _end_of_clause(self, start: int) -> int:
        """Return the position of the sign or word at which a clause ends."""
        end = start
        while end < self.length and self._word(end) not in themes.TOLERATED_ENDS:
            if self._word(end) == "and" and self._word(end + 1) in themes.REQUEST_STARTS:
                break
            end += 1
        return end
