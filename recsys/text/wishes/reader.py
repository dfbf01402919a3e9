"""Reads a text once from left to right and collects what its phrases mean."""

from collections.abc import Callable, Collection

from recsys.text.titles import Found, Match, TitleIndex, Unknown
from recsys.text.wishes import words as vocabulary
from recsys.text.wishes.periods import PeriodReader
from recsys.text.wishes.words import Groups, Phrase, phrase_at
from storage.records import Movie

MAX_WORDS = 60
"""A text with more words and signs is not read as a wish."""

_MAX_TITLE_WORDS = 8
"""A title after "like" is searched among at most this many words."""

_MAX_TYPO_SEARCHES = 16
"""Titles after "like" are searched with typos at most this often in a text, because each search compares all titles."""


_BETWEEN_ALTERNATIVES = frozenset(("or", ",", "wants", "prefers"))
"""Words between genres of which any is wanted: "I want a comedy but my wife wants a drama"."""

FILLERS = vocabulary.FILLERS | vocabulary.CONJUNCTIONS | {","}
"""Words and signs without a meaning of their own."""


class WishReader(PeriodReader):
    """A text, and after `read` its meaning.

    Attributes:
        asked: whether the text asks for movies.
        unwanted: excluded genres.
        like: ids of movies to resemble.
        unknown_titles: texts after "like" that match no title.
        leftover: other words without a meaning.
    """

    _skipped = FILLERS

    def __init__(self, text: str, titles: TitleIndex, genres: frozenset[str]) -> None:
        super().__init__(text, titles)
        self._genres = vocabulary.genre_phrases(genres)
        self._wanted: list[tuple[str, ...]] = []
        self._alternatives = False
        self._genre_end = 0
        self._typo_searches = 0
        self.asked = False
        self.unwanted: list[str] = []
        self.like: list[int] = []
        self.unknown_titles: list[str] = []
        self.leftover: list[str] = []

    @property
    def unexplained(self) -> int:
        """The number of words that have no meaning in wishes and are no filler words."""
        return len(self.leftover) + sum(len(title.split()) for title in self.unknown_titles)

    def is_single_genre(self) -> bool:
        """Return whether the text is one word for a genre, with or without an article."""
        words = [word for word in self._words if word not in vocabulary.ARTICLES and word != ","]
        return len(words) == 1 and (words[0],) in self._genres

    def read(self) -> None:
        """Read the whole text; call this once."""
        phrase_readers = self._phrase_readers()
        start = 0
        while start < self.length:
            length = next((length for read in phrase_readers if (length := read(start))), 0)
            if not length:
                length = phrase_at(self._words, start, vocabulary.NO_AGES) or 1
                self._pass_over(start)
                if self._words[start] not in self._skipped:
                    self._add_leftover(start, start + length)
            start += length
        self.explicit |= bool(self._wanted) and not vocabulary.ABOUT.isdisjoint(self._words)

    def wanted_genres(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return (genres of which any is wanted, genres of which all are wanted); one of the two is empty."""
        groups = list(dict.fromkeys(self._wanted))
        if len(groups) > 1 and not self._alternatives:
            return (), tuple(dict.fromkeys(group[0] for group in groups))
        return tuple(dict.fromkeys(genre for group in groups for genre in group)), ()

    def _phrase_readers(self) -> tuple[Callable[[int], int], ...]:
        """Return the methods that read a phrase, the first to try first."""
        return (
            self._read_bound,
            self._read_period,
            self._read_exclusion,
            self._read_like,
            self._read_genre,
            self._read_age,
            self._read_request,
        )

    def _is_after_movies(self, start: int) -> bool:
        """Return whether a word for movies or a genre stands before a position."""
        return super()._is_after_movies(start) or any(
            phrase_at(self._words, start - length, self._genres) == length for length in (1, 2) if length <= start
        )

    def _pass_over(self, start: int) -> None:
        """Note a word that no method reads."""

    # --- phrases ----------------------------------------------------------------------------------------------------

    def _read_exclusion(self, start: int) -> int:
        """Read "no horror or war", "nothing old", "not like Alien"."""
        length = phrase_at(self._words, start, vocabulary.NEGATIONS)
        if not length:
            return 0
        object_start = self._skip(start + length, vocabulary.IN_BETWEEN)
        if end := self._read_unwanted_genres(object_start):
            return self._understood(end - start, explicit=True)
        if age_length := phrase_at(self._words, object_start, vocabulary.OLD):
            end = object_start + age_length
            self._age = vocabulary.OLD[tuple(self._words[object_start:end])] + 1, None
            return self._understood(end - start, explicit=True)
        # Periods and titles cannot be excluded. They are skipped so that they are not read as wanted.
        end = start
        if period := self._period_at(object_start):
            end = object_start + period.length
        elif like_length := phrase_at(self._words, object_start, vocabulary.LIKES):
            title = self._title_at(object_start + like_length)
            end = title[1] if title else object_start + like_length
        self.explicit |= end > start
        return self._add_leftover(start, end)

    def _read_unwanted_genres(self, start: int) -> int:
        """Read "horror", "horror or war"; return the end, or 0 if there is no genre."""
        end = 0
        genre = self._single_genre_at(start)
        while genre:
            names, length = genre
            self.unwanted += [name for name in names if name not in self.unwanted]
            end = start + length
            conjunction = self._skip(end, vocabulary.IN_BETWEEN)
            start = self._skip(conjunction + 1, vocabulary.IN_BETWEEN)
            genre = self._single_genre_at(start) if self._word(conjunction) in vocabulary.CONJUNCTIONS else None
        return end

    def _read_like(self, start: int) -> int:
        """Read "like Alien and Blade Runner", "similar to an unknown title"."""
        length = phrase_at(self._words, start, vocabulary.LIKES)
        if not length:
            return 0
        object_start = start + length
        title = self._title_at(object_start)
        if title is None and (skipped := self._skip(object_start, vocabulary.IN_BETWEEN)) > object_start:
            title = self._title_at(skipped)
        if title:
            end = object_start
            while title:
                movie, end = title
                if movie.movie_id not in self.like:
                    self.like.append(movie.movie_id)
                continues = self._word(end) in {*vocabulary.CONJUNCTIONS, ","}
                title = self._further_title_at(end + 1) if continues else None
            return self._understood(end - start, explicit=True)
        if (
            object_start == self.length
            or self._word(object_start) in self._skipped
            or self._meaningful_phrase_at(object_start)
        ):
            return length
        end = object_start + 1
        while end < self.length and self._word(end) not in ("but", ",") and not self._meaningful_phrase_at(end):
            end += 1
        self.unknown_titles.append(self._source(object_start, end))
        self.explicit = True
        return end - start

    def _further_title_at(self, start: int) -> tuple[Movie, int] | None:
        """Return (movie, end) as `_title_at`; None if it is no more than a phrase: "like Alien, before 1970"."""
        title, bounds = self._title_at(start), (vocabulary.UNTIL, vocabulary.AFTER, vocabulary.SINCE)
        length = max(self._meaningful_phrase_at(start), *(phrase_at(self._words, start, bound) for bound in bounds))
        return None if title is None or title[1] <= start + length else title

    def _read_genre(self, start: int) -> int:
        """Read "comedy", "science fiction", and whether it is an alternative to the genre before: "comedy or war"."""
        length = phrase_at(self._words, start, self._genres)
        if not length:
            return 0
        between = self._words[self._genre_end : start]
        if self._wanted and not _BETWEEN_ALTERNATIVES.isdisjoint(between):
            self._alternatives = True
        self._genre_end = start + length
        self._wanted += self._genres[tuple(self._words[start : self._genre_end])]
        return self._understood(length)

    def _read_age(self, start: int) -> int:
        """Read "old", "black and white", "new"."""
        if phrase_at(self._words, start, vocabulary.NO_AGES):
            return 0
        if length := phrase_at(self._words, start, vocabulary.OLD):
            self._age = None, vocabulary.OLD[tuple(self._words[start : start + length])]
            return self._understood(length)
        length, latest = phrase_at(self._words, start, vocabulary.NEW), self._titles.latest_year
        if not length or latest is None:
            return 0
        self._age = latest + 1 - vocabulary.NEW[tuple(self._words[start : start + length])], None
        return self._understood(length)

    def _read_request(self, start: int) -> int:
        """Read "show me", "something", "movies"."""
        length = phrase_at(self._words, start, vocabulary.REQUESTS)
        self.asked |= length > 0
        return length

    def _add_leftover(self, start: int, end: int) -> int:
        self.leftover += [self._text[first:last] for first, last in self._spans[start:end]]
        return end - start

    # --- looking at words -------------------------------------------------------------------------------------------

    def _single_genre_at(self, start: int) -> tuple[tuple[str, ...], int] | None:
        """Return (names, length) of a phrase that means one genre."""
        length = phrase_at(self._words, start, self._genres)
        groups: Groups = self._genres[tuple(self._words[start : start + length])] if length else ()
        return (groups[0], length) if len(groups) == 1 else None

    def _meaningful_phrase_at(self, start: int) -> int:
        """Return the length of the genre, age, period, negation or bound that begins at a position; 0 for none."""
        tables: tuple[Collection[Phrase], ...] = (
            self._genres,
            vocabulary.OLD,
            vocabulary.NEW,
            vocabulary.NEGATIONS,
            vocabulary.BEFORE,
        )
        period = self._period_at(start)
        return max([*(phrase_at(self._words, start, phrases) for phrases in tables), period.length if period else 0])

    def _title_at(self, start: int) -> tuple[Movie, int] | None:
        """Return (movie, end) of the longest title that begins at a position; an exact match wins over typos."""
        # "Like a comedy" asks for comedies, even if a part of a title is "a comedy".
        genre_start = self._skip(start, vocabulary.IN_BETWEEN)
        genre_length = phrase_at(self._words, genre_start, self._genres)
        first_end = genre_start + genre_length + 1 if genre_length else start + 1
        ends = range(min(self.length, start + _MAX_TITLE_WORDS), first_end - 1, -1)
        for find in (self._titles.find_exact, self._find_with_typos):
            for end in ends:
                last = self._word(end - 1)
                if last == "," or (last in self._skipped and find == self._find_with_typos):
                    continue
                match = find(self._source(start, end))
                if not isinstance(match, Unknown):
                    return (match.movie if isinstance(match, Found) else match.candidates[0]), end
        return None

    def _find_with_typos(self, text: str) -> Match:
        """Find a title as `TitleIndex.find` does; Unknown after `_MAX_TYPO_SEARCHES`."""
        self._typo_searches += 1
        return Unknown(()) if self._typo_searches > _MAX_TYPO_SEARCHES else self._titles.find_without_suggestions(text)
