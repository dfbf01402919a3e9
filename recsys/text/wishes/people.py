"""Reads the people of a wish: "with Al Pacino", "by Hitchcock", "jim carey movie"."""

from collections.abc import Mapping
from operator import itemgetter

from rapidfuzz import fuzz

from recsys.text.scores import scored
from recsys.text.titles import Found, TitleIndex, Unknown
from recsys.text.wishes import themes
from recsys.text.wishes import words as vocabulary
from recsys.text.wishes.lengths import child_age_at, length_at
from recsys.text.wishes.reader import FILLERS, WishReader
from recsys.text.wishes.words import phrase_at

MIN_NAME_LIKENESS = 88
"""A name with typing errors is that of a person if `rapidfuzz.fuzz.ratio` is at least this, 0..100."""

_MAX_NAME_WORDS = 4
_MAX_NAME_SEARCHES = 3
_MAX_TITLE_WORDS = 8
_LONGEST_COMMON_WORD = 3


class PeopleReader(WishReader):
    """Reads the people of a text, besides what `WishReader` reads.

    Attributes:
        people: names of people by whom or with whom the movie is made.
        are_alternatives: whether one of these people is enough: "Spielberg or Lucas".
        people_none: names of people to exclude.
    """

    _skipped = FILLERS | themes.FILLERS | themes.MOVIE_WORDS

    def __init__(
        self, text: str, titles: TitleIndex, genres: frozenset[str], people: Mapping[str, str], common: frozenset[str]
    ) -> None:
        super().__init__(text, titles, genres)
        self._people = people
        self._common = common
        self._name_searches = 0
        self._name_end = 0
        self.people: list[str] = []
        self.are_alternatives = False
        self.people_none: list[str] = []

    # --- people -----------------------------------------------------------------------------------------------------

    def _read_by(self, start: int) -> int:
        """Read "by Hitchcock", "starring Tom Hanks and Meg Ryan"; unknown names are as they were written."""
        length = phrase_at(self._words, start, themes.BY)
        return self._read_people(start, length, allows_unknown=True) if length else 0

    def _read_people(self, start: int, length: int, *, allows_unknown: bool) -> int:
        position, end = start + length + (self._word(start + length) == "the"), 0
        while position < self.length:
            name = self._name_at(position, allows_surname=True)
            if name is None and not end:
                name = self._unknown_name_at(position, allows_unknown=allows_unknown)
            elif name is None and self._is_surname(position):
                name = self._source(position, position + 1), 1
            if name is None:
                break
            end = self._add_person(name[0], position, name[1])
            if self._word(end) not in ("and", "or", ","):
                break
            position = end + 1
        return self._understood(end - start, explicit=True) if end else 0

    def _read_whole_name(self, start: int) -> int:
        """Read "Al Pacino" anywhere."""
        name = self._name_at(start, allows_surname=False)
        if name is None:
            return 0
        self._add_person(name[0], start, name[1])
        return self._understood(name[1], explicit=True)

    def _read_surname(self, start: int) -> int:
        """Read "Hitchcock" alone, if it is no word, or beside a word for movies; and names with typing errors."""
        word = self._word(start)
        if word in self._skipped or word in themes.NOT_NAMES:
            return 0
        if len(word) > _LONGEST_COMMON_WORD and (name := self._people.get(word)):
            is_word = word in self._common and not self._is_before_movies(start + 1)
            if is_word and self._surname_after_person(start, allows_unknown=False) is None:
                return 0
            self._add_person(name, start, 1)
            return self._understood(1, explicit=True)
        misspelled = self._misspelled_name_at(start) or self._surname_after_person(start, allows_unknown=True)
        if misspelled is None:
            return 0
        self._add_person(misspelled[0], start, misspelled[1])
        return self._understood(misspelled[1], explicit=True)

    def _add_person(self, name: str, start: int, length: int) -> int:
        """Add a person who is named at a position, and whether they are an alternative; return the end of the name."""
        self.are_alternatives |= bool(self.people) and "or" in self._words[self._name_end : start]
        self._add(self.people, name)
        self._name_end = start + length
        return self._name_end

    def _surname_after_person(self, start: int, *, allows_unknown: bool) -> tuple[str, int] | None:
        """Return (name, 1) of the second word of "Spielberg or Lucas", if it is no word that means something else.

        Of several people with this surname, the one in the most and best known movies is meant.
        """
        word, before = self._word(start), self._words[self._name_end : start]
        is_joined = bool(self.people or self.people_none) and before in (["or"], ["and"], [",", "or"])
        is_last = start + 1 == self.length or self._word(start + 1) in FILLERS
        if not is_joined or not is_last or not word.isalpha() or len(word) <= _LONGEST_COMMON_WORD:
            return None
        if self._meaningful_phrase_at(start):
            return None
        name = self._people.get(word) or (None if word in self._common else self._best_known(word))
        if name is None and allows_unknown and word not in self._common:
            name = self._source(start, start + 1).title()
        return None if name is None else (name, 1)

    def _best_known(self, surname: str) -> str | None:
        """Return the first of the people with a surname, who are in the order in which they are known."""
        return next((name for key, name in self._people.items() if key.endswith(f" {surname}")), None)

    def _name_at(self, start: int, *, allows_surname: bool) -> tuple[str, int] | None:
        """Return (name, number of words) of the longest name of the catalogue that begins at a position."""
        for length in range(min(_MAX_NAME_WORDS, self.length - start), 0, -1):
            if length == 1 and (not allows_surname or self._word(start) in self._skipped):
                return None
            key = " ".join(self._words[start : start + length])
            is_common = self._word(start) in self._common and not self._has_capital(start)
            if length == 1 and (
                is_common or phrase_at(self._words, start, self._genres) or self._word(start) in themes.NOT_NAMES
            ):
                return None
            if name := self._people.get(key):
                return name, length
        return None

    def _unknown_name_at(self, start: int, *, allows_unknown: bool) -> tuple[str, int] | None:
        """Return (name, number of words) of a name that the catalogue does not have.

        After "by", any words are a name. After "with", two words in capitals are.
        """
        misspelled = self._misspelled_name_at(start)
        if misspelled:
            return misspelled
        end = self._end_of_run(start, _MAX_NAME_WORDS)
        if end == start or self._whole_title_at(start):
            return None
        source = self._source(start, end)
        has_capitals = all(part[:1].isupper() for part in source.split())
        if allows_unknown or (has_capitals and end - start >= 2):
            return source, end - start
        return None

    def _is_surname(self, position: int) -> bool:
        """Return whether a word with a capital may be the name of a person after another one: "Bogart and Xyzzy"."""
        word = self._word(position)
        is_name = position < self.length and self._has_capital(position) and word not in self._common
        return is_name and word not in self._skipped and not self._meaningful_phrase_at(position)

    def _misspelled_name_at(self, start: int) -> tuple[str, int] | None:
        """Return (name, number of words) of the person whose whole name is meant with typing errors."""
        end = self._end_of_run(start, _MAX_NAME_WORDS)
        if end - start < 2 or self._name_searches >= _MAX_NAME_SEARCHES:
            return None
        for stop in range(min(end, start + 3), start + 1, -1):
            words = self._words[start:stop]
            if all(word in self._common for word in words):
                continue
            self._name_searches += 1
            names = scored(" ".join(words), self._people, fuzz.ratio, cutoff=MIN_NAME_LIKENESS, limit=1)
            name, _ = max(names, key=itemgetter(1), default=("", 0.0))
            if name[:1] == words[0][:1] and len(name.split()) == len(words):
                return self._people[name], stop - start
        return None

    # --- looking at words -------------------------------------------------------------------------------------------

    def _whole_title_at(self, start: int) -> tuple[tuple[int, ...], int] | None:
        """Return (ids, number of words) of the longest title at a position that has a word that is no filler."""
        for end in range(min(self.length, start + _MAX_TITLE_WORDS), start, -1):
            words = self._words[start:end]
            if words[-1] == "," or all(self._is_vocabulary(word) for word in words):
                continue
            match = self._titles.find_exact(self._source(start, end))
            if isinstance(match, Unknown):
                continue
            movies = (match.movie,) if isinstance(match, Found) else match.candidates
            return tuple(movie.movie_id for movie in movies), end - start
        return None

    def _is_vocabulary(self, word: str) -> bool:
        return (
            word in self._skipped
            or word in themes.MOVIE_WORDS
            or (word,) in self._genres
            or (word,) in vocabulary.NEGATIONS
            or (word,) in themes.NEGATIONS
        )

    def _meaningful_phrase_at(self, start: int) -> int:
        """Return the length of the phrase with a meaning of its own that begins at a position; 0 for none."""
        if start >= self.length:
            return 0
        first = self._spans[start][0]
        if length := length_at(self._text, first):
            return self._tokens_until(start, length.end)
        if age := child_age_at(self._text, first):
            return self._tokens_until(start, age.end)
        return super()._meaningful_phrase_at(start)

    def _tokens_until(self, start: int, end: int) -> int:
        """Return the number of tokens from `start` that begin before a letter of the text."""
        return max(1, sum(1 for first, _ in self._spans[start:] if first < end))

    def _end_of_run(self, start: int, longest: int) -> int:
        """Return the end of the words without a meaning of their own that begin at a position."""
        end = start
        while (
            end < min(self.length, start + longest)
            and self._word(end) not in self._skipped
            and not (self._word(end) in themes.MOVIE_WORDS and end > start)
            and not self._meaningful_phrase_at(end)
        ):
            end += 1
        return end

    def _is_before_movies(self, position: int, *, allows_vague: bool = True) -> bool:
        word = self._word(position)
        is_movie_word = word in themes.MOVIE_WORDS or (allows_vague and word in themes.VAGUE_MOVIE_WORDS)
        return is_movie_word or bool(phrase_at(self._words, position, self._genres))

    def _is_alone(self, start: int, end: int) -> bool:
        """Return whether the text has no other words than fillers and themes."""
        others = (*self._words[:start], *self._words[end:])
        return all(word in self._skipped or (word,) in themes.THEMES for word in others)

    def _is_name(self, start: int, length: int) -> bool:
        name = self._name_at(start, allows_surname=False)
        return name is not None and name[1] >= length

    def _has_capital(self, position: int) -> bool:
        return self._source(position, position + 1)[:1].isupper()

    @staticmethod
    def _add(values: list[str], value: str) -> None:
        if value not in values:
            values.append(value)
