"""Reads what a wish says the movies are about, and their mood: "set in Paris", "baseball movies", "something odd"."""

from collections.abc import Mapping

from recsys.text.titles import TitleIndex
from recsys.text.wishes import themes
from recsys.text.wishes import words as vocabulary
from recsys.text.wishes.people import PeopleReader
from recsys.text.wishes.words import phrase_at

_MAX_THEME_WORDS = 4
_MOVIES = frozenset(("movie", "movies", "film", "films"))
_PRAISE = themes.NO_MOODS.difference(phrase[0] for phrase in themes.THEMES)
"""Words before "movie" that say no kind of movie: "an interesting movie"."""

_BEFORE_TOPIC = frozenset(("a", "an", "the", "some", "my", "of", "it", "them", "any"))


class TopicReader(PeopleReader):
    """Reads the themes of a text, besides what `PeopleReader` reads.

    Attributes:
        themes: what the movie is about, and its mood.
    """

    def __init__(
        self, text: str, titles: TitleIndex, genres: frozenset[str], people: Mapping[str, str], common: frozenset[str]
    ) -> None:
        super().__init__(text, titles, genres, people, common)
        self.themes: list[str] = []
        self._theme_end = 0

    def _read_theme_before_genre(self, start: int) -> int:
        """Read a theme that is longer than the genre in it: "vietnam war", "dark comedy", "spaghetti western"."""
        length = phrase_at(self._words, start, themes.THEMES)
        if length <= phrase_at(self._words, start, self._genres) or self._is_name(start, length):
            return 0
        phrase = tuple(self._words[start : start + length])
        is_of_parts = phrase[:-1] in themes.THEMES and phrase[-1:] in self._genres
        if length == 1 or phrase in themes.WEAK_THEMES or is_of_parts:
            return 0
        return self._read_theme(start)

    def _read_theme(self, start: int) -> int:
        """Read a theme of the vocabulary."""
        length = phrase_at(self._words, start, themes.THEMES)
        if not length or length < phrase_at(self._words, start, self._genres):
            return 0
        if tuple(self._words[start : start + length - 1]) in themes.THEMES and (
            (self._word(start + length - 1),) in self._genres
        ):
            length -= 1
        phrase = tuple(self._words[start : start + length])
        end = start + length
        if phrase in self._genres or (phrase in themes.SERIES and not self._is_before_movies(end)):
            return 0
        is_beside_movies = self._is_before_movies(end) or self._is_alone(start, end) or self.asked or bool(self._wanted)
        is_beside_movies |= self._word(end) in {"and", ",", *self._common} and self._is_before_movies(end + 1)
        if phrase in themes.WEAK_THEMES and not is_beside_movies:
            return 0
        if self._says_who(start, end):
            return length
        self._add(self.themes, themes.THEMES[phrase])
        self._wanted += self._genres.get(themes.NARROWER.get(phrase, ()), ())
        self._theme_end = end
        return self._understood(length, explicit=phrase not in themes.WEAK_THEMES)

    def _says_who(self, start: int, end: int) -> bool:
        """Return whether a theme says who the person is: "I'm religious so no devils", "no jump scares, I'm a baby"."""
        article = start > 0 and self._word(start - 1) in vocabulary.ARTICLES
        before = start - 1 - article
        ends = ("so",) if not article else ("", ",", "so")
        return before >= 0 and self._word(before) in ("im", "am") and self._word(end) in ends

    def _read_with(self, start: int) -> int:
        """Read "with Al Pacino", "with dinosaurs"."""
        length = phrase_at(self._words, start, themes.WITH)
        if not length:
            return 0
        if end := self._read_people(start, length, allows_unknown=False):
            return end
        if self._word(start + length - 1) == "with" and self._word(start + length) in ("my", "our"):
            # "With my gf" says who watches.
            return length + 1 + bool(self._end_of_run(start + 2, 1) - start - 2)
        # "Half of Jaws was great" is about a movie, and "like a box of chocolates" is no wish.
        is_wish = (
            self.asked or bool(self._wanted) or start == 0 or phrase_at(self._words, start + length, themes.THEMES)
        )
        return 0 if not is_wish or self._whole_title_at(start + length) else self._read_topic(start, length)

    def _read_about(self, start: int) -> int:
        """Read "about chess", "set in New York"."""
        length = phrase_at(self._words, start, themes.AFTER_ABOUT)
        return self._read_topic(start, length, is_about=True) if length else 0

    def _read_topic(self, start: int, length: int, *, is_about: bool = False) -> int:
        """Read the themes after "about" or "with", those of the vocabulary and others."""
        position, end = start + length, 0
        while position < self.length:
            position = self._skip(position, _BEFORE_TOPIC)
            is_theme = phrase_at(self._words, position, themes.THEMES) or (
                is_about and phrase_at(self._words, position, themes.TOPICS)
            )
            if (self._meaningful_phrase_at(position) and not is_theme) or self._word(position) in themes.PRONOUNS:
                break
            theme_length = phrase_at(self._words, position, themes.THEMES)
            topic_length = max(theme_length, phrase_at(self._words, position, themes.TOPICS) if is_about else 0)
            run_end = max(self._end_of_run(position, _MAX_THEME_WORDS), position + topic_length)
            if run_end == position:
                break
            if theme_length == run_end - position:
                self._add(self.themes, themes.THEMES[tuple(self._words[position:run_end])])
            else:
                self._add(self.themes, self._source(position, run_end).casefold())
            end = run_end
            if self._word(end) not in ("and", "or", ","):
                break
            position = end + 1
        return self._understood(end - start, explicit=True) if end else 0

    def _read_word_before_movies(self, start: int) -> int:
        """Read "baseball movies": any word of the language before a word for movies or a genre."""
        end = self._theme_before_movies(start, self.themes)
        return self._understood(end - start) if end else 0

    def _read_mood(self, start: int) -> int:
        """Read "something whimsical", and the second word of "dark and twisted": any common word that stands alone."""
        word = self._word(start)
        if (
            word not in self._common
            or word in themes.NO_MOODS
            or self._has_capital(start)
            or not self._ends_at(start + 1)
        ):
            return 0
        before = start - 1
        while before > 0 and self._word(before) in themes.DEGREES:
            before -= 1
        is_second = self._word(start - 1) == "and" and self._theme_end == start - 1 > 0
        if not is_second and self._word(before) not in themes.SOMETHING:
            return 0
        self._add(self.themes, word)
        self._theme_end = start + 1
        return self._understood(1, explicit=True)

    def _ends_at(self, position: int) -> bool:
        """Return whether nothing follows, or a sign, or a word that goes on with something else."""
        return position >= self.length or self._word(position) in themes.AFTER_MOODS

    def _theme_before_movies(self, start: int, found: list[str]) -> int:
        """Add the words before a word for movies to the themes; return their end, or 0."""
        end = self._end_of_run(start, 2)
        words = self._words[start:end]
        if self._has_capital(start) and (title := self._whole_title_at(start)) and title[1] > len(words):
            # "They loved Toy Story" is not about toys.
            return 0
        unknown = [word for word in words if word not in self._common]
        if not words or not self._is_before_movies(end, allows_vague=False) or not self._may_be_theme(start, unknown):
            return 0
        if not themes.DENIALS.isdisjoint(words) or (words[-1] in _PRAISE and self._word(end) in _MOVIES):
            return 0
        if any((word,) in themes.THEMES for word in words):
            for word in words:
                self._add(found, themes.THEMES.get((word,), word))
        else:
            self._add(found, " ".join(words))
        return end

    def _may_be_theme(self, start: int, unknown: list[str]) -> bool:
        """Return whether a word of no list may be a theme before "movies": one word, after fillers only."""
        is_first = all(word in self._skipped or (word,) in vocabulary.REQUESTS for word in self._words[:start])
        return not unknown or (len(unknown) == 1 and unknown[0].isalpha() and len(unknown[0]) > 2 and is_first)
