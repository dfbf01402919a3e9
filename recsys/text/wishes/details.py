"""Reads the parts of a wish that details of movies answer: people, themes, running time and the age of a child."""

from collections.abc import Callable, Mapping

from rapidfuzz import fuzz, process

from recsys.text.titles import Found, TitleIndex, Unknown
from recsys.text.wishes import themes
from recsys.text.wishes import words as vocabulary
from recsys.text.wishes.lengths import child_age_at, length_at
from recsys.text.wishes.reader import FILLERS, WishReader
from recsys.text.wishes.words import Phrase, phrase_at

MIN_NAME_LIKENESS = 88
"""A name with typing errors is that of a person if `rapidfuzz.fuzz.ratio` is at least this, 0..100."""

_MAX_NAME_WORDS = 4
_MAX_THEME_WORDS = 4
_MAX_NAME_SEARCHES = 3
_LONGEST_COMMON_WORD = 3


class DetailedWishReader(WishReader):
    """A text, and after `read` its meaning, details included.

    Attributes:
        people: names of people by whom or with whom the movie is made.
        people_none: names of people to exclude.
        themes: what the movie is about, and its mood.
        themes_none: themes to exclude.
        unlike: ids of movies to exclude with their like.
        minutes_from: at least so long.
        minutes_to: at most so long.
        age_to_watch: age in years of the youngest child.
        denied: exclusions that were not understood, as they were written.
    """

    _skipped = FILLERS | themes.FILLERS | themes.MOVIE_WORDS

    def __init__(
        self, text: str, titles: TitleIndex, genres: frozenset[str], people: Mapping[str, str], common: frozenset[str]
    ) -> None:
        super().__init__(text, titles, genres)
        self._people = people
        self._common = common
        self._name_searches = 0
        # "Heist" and "mafia" are themes here, because details have them.
        self._genres = {phrase: groups for phrase, groups in self._genres.items() if phrase not in _THEMES_NOT_GENRES}
        self.people: list[str] = []
        self.people_none: list[str] = []
        self.themes: list[str] = []
        self.themes_none: list[str] = []
        self.unlike: list[int] = []
        self.minutes_from: int | None = None
        self.minutes_to: int | None = None
        self.age_to_watch: int | None = None
        self.denied: list[str] = []

    @property
    def has_details(self) -> bool:
        """Whether the text names a detail."""
        return bool(
            self.people
            or self.people_none
            or self.themes
            or self.themes_none
            or self.unlike
            or self.minutes_from
            or self.minutes_to
            or self.age_to_watch
        )

    def _phrase_readers(self) -> tuple[Callable[[int], int], ...]:
        return (
            self._read_length,
            self._read_child_age,
            self._read_more_likes,
            self._read_theme_before_genre,
            self._read_bound,
            self._read_period,
            self._read_any_exclusion,
            self._read_like,
            self._read_by,
            self._read_with,
            self._read_about,
            self._read_whole_name,
            self._read_theme,
            self._read_genre,
            self._read_age,
            self._read_request,
            self._read_surname,
            self._read_word_before_movies,
        )

    # --- running time and age ---------------------------------------------------------------------------------------

    def _read_length(self, start: int) -> int:
        """Read "under 90 minutes"."""
        length = length_at(self._text, self._spans[start][0])
        if length is None:
            return 0
        if length.minutes_from is not None:
            self.minutes_from = length.minutes_from
        if length.minutes_to is not None:
            self.minutes_to = min(length.minutes_to, self.minutes_to or length.minutes_to)
        return self._understood(self._tokens_until(start, length.end), explicit=True)

    def _read_child_age(self, start: int) -> int:
        """Read "6 year old", "kids aged 7 and 9"."""
        age = child_age_at(self._text, self._spans[start][0])
        if age is None:
            return 0
        self.age_to_watch = min(age.years, self.age_to_watch or age.years)
        return self._understood(self._tokens_until(start, age.end), explicit=True)

    def _tokens_until(self, start: int, end: int) -> int:
        """Return the number of tokens from `start` that begin before a letter of the text."""
        return max(1, sum(1 for first, _ in self._spans[start:] if first < end))

    # --- exclusions -------------------------------------------------------------------------------------------------

    def _read_any_exclusion(self, start: int) -> int:
        """Read "no zombies", "not Star Wars", "without Jim Carrey", and the exclusions of every wish."""
        length = max(
            phrase_at(self._words, start, vocabulary.NEGATIONS), phrase_at(self._words, start, themes.NEGATIONS)
        )
        if not length:
            return 0
        if self._is_denied(start):
            return self._deny(start, start + length)
        first = self._skip(start + length, vocabulary.IN_BETWEEN | themes.AFTER_NEGATION)
        # "Nothing scary" is no wish for scary movies, and "not like Alien" excludes what is like Alien.
        first += phrase_at(self._words, first, vocabulary.LIKES)
        allows_titles = not phrase_at(self._words, start, themes.OPINIONS)
        end = self._read_unwanted_years(first) or self._read_unwanted(first, allows_titles)
        return self._understood(end - start, explicit=True) if end else self._deny(start, first)

    def _is_denied(self, start: int) -> bool:
        """Return whether a word such as "hate" is denied: "I do not hate", "nobody hates"."""
        if not phrase_at(self._words, start, themes.HATES):
            return False
        return any(
            phrase_at(self._words, start - length, themes.DENIERS) == length for length in (1, 2) if length <= start
        )

    def _read_unwanted_years(self, start: int) -> int:
        """Read "old" or "before 1970" after a word that excludes it; return the end, or 0."""
        if length := phrase_at(self._words, start, vocabulary.OLD):
            self._age = vocabulary.OLD[tuple(self._words[start : start + length])] + 1, None
            return start + length
        length = phrase_at(self._words, start, vocabulary.BEFORE)
        if length and (period := self._period_at(start + length)):
            self._lowest.append(period.first)
            return start + length + period.length
        length = phrase_at(self._words, start, vocabulary.AFTER)
        if length and (period := self._period_at(start + length)):
            self._highest.append(period.last)
            return start + length + period.length
        return 0

    def _read_unwanted(self, start: int, allows_titles: bool) -> int:
        """Read the list of what is excluded; return its end, or 0 if nothing of it is understood."""
        end = 0
        position = start
        while position < self.length:
            item_end = self._read_unwanted_item(position, allows_titles)
            if not item_end:
                break
            end = item_end
            conjunction = self._skip(end, vocabulary.IN_BETWEEN | themes.MOVIE_WORDS)
            word = self._word(conjunction)
            if word not in vocabulary.CONJUNCTIONS and not (word == "," and self._word(conjunction + 1) in _LAST):
                break
            position = self._skip(conjunction + 1, vocabulary.IN_BETWEEN | vocabulary.CONJUNCTIONS)
        return end

    def _read_unwanted_item(self, start: int, allows_titles: bool) -> int:
        """Read one genre, person, theme or title that is excluded; return its end, or 0."""
        theme_length = phrase_at(self._words, start, themes.THEMES)
        genre = self._single_genre_at(start)
        if genre and genre[1] >= theme_length:
            self.unwanted += [name for name in genre[0] if name not in self.unwanted]
            return start + genre[1]
        if mixed := phrase_at(self._words, start, self._genres):
            # No filter excludes a mix of genres without excluding each of them.
            self._add(self.themes_none, " ".join(self._words[start : start + mixed]))
            return start + mixed
        preposition = max(phrase_at(self._words, start, themes.BY), phrase_at(self._words, start, themes.WITH))
        name_start = start + preposition
        name = self._name_at(name_start, allows_surname=True)
        if name and preposition + name[1] > theme_length:
            self._add(self.people_none, name[0])
            return name_start + name[1]
        movies = self._whole_title_at(start)
        if movies and movies[1] == 1 and self._word(start) in self._common and not self._has_capital(start):
            self._add(self.themes_none, self._word(start))
            return start + 1
        if allows_titles and movies:
            self.unlike += [movie_id for movie_id in movies[0] if movie_id not in self.unlike]
            return start + movies[1]
        if theme_length:
            self._add(self.themes_none, themes.THEMES[tuple(self._words[start : start + theme_length])])
            return start + theme_length
        if preposition and phrase_at(self._words, start, themes.BY):
            end = self._end_of_run(name_start, _MAX_NAME_WORDS)
            if end > name_start:
                self._add(self.people_none, self._source(name_start, end))
                return end
        return self._theme_before_movies(start, self.themes_none)

    def _deny(self, start: int, first: int) -> int:
        """Note an exclusion that was not understood."""
        end = min(self.length, first + 1)
        while end < self.length and self._word(end) not in ("but", ",", "and") and not self._meaningful_phrase_at(end):
            end += 1
        if end > first:
            self.denied.append(self._source(first, end))
        return self._add_leftover(start, end)

    # --- people -----------------------------------------------------------------------------------------------------

    def _read_by(self, start: int) -> int:
        """Read "by Hitchcock", "starring Tom Hanks and Meg Ryan"; unknown names are as they were written."""
        length = phrase_at(self._words, start, themes.BY)
        return self._read_people(start, length, allows_unknown=True) if length else 0

    def _read_with(self, start: int) -> int:
        """Read "with Al Pacino", "with dinosaurs"."""
        length = phrase_at(self._words, start, themes.WITH)
        if not length:
            return 0
        if end := self._read_people(start, length, allows_unknown=False):
            return end
        # "Half of Jaws was great" is about a movie, and "like a box of chocolates" is no wish.
        is_wish = (
            self.asked or bool(self._wanted) or start == 0 or phrase_at(self._words, start + length, themes.THEMES)
        )
        return 0 if not is_wish or self._whole_title_at(start + length) else self._read_topic(start, length)

    def _read_people(self, start: int, length: int, *, allows_unknown: bool) -> int:
        position, end = start + length + (self._word(start + length) == "the"), 0
        while position < self.length:
            name = self._name_at(position, allows_surname=True)
            if name is None and not end:
                name = self._unknown_name_at(position, allows_unknown=allows_unknown)
            if name is None:
                break
            self._add(self.people, name[0])
            end = position + name[1]
            if self._word(end) not in ("and", "or", ","):
                break
            position = end + 1
        return self._understood(end - start, explicit=True) if end else 0

    def _read_whole_name(self, start: int) -> int:
        """Read "Al Pacino" anywhere."""
        name = self._name_at(start, allows_surname=False)
        if name is None:
            return 0
        self._add(self.people, name[0])
        return self._understood(name[1], explicit=True)

    def _read_surname(self, start: int) -> int:
        """Read "Hitchcock" alone, if it is no word, or beside a word for movies."""
        name = self._people.get(self._word(start))
        if name is None or self._word(start) in self._skipped or len(self._word(start)) <= _LONGEST_COMMON_WORD:
            name = self._misspelled_name_at(start)
            if name is None or self._word(start) in self._skipped:
                return 0
            self._add(self.people, name[0])
            return self._understood(name[1], explicit=True)
        if self._word(start) in self._common and not self._is_before_movies(start + 1):
            return 0
        self._add(self.people, name)
        return self._understood(1, explicit=True)

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
            found = process.extractOne(
                " ".join(words), self._people.keys(), scorer=fuzz.ratio, score_cutoff=MIN_NAME_LIKENESS
            )
            if found and found[0][0] == words[0][0] and len(found[0].split()) == len(words):
                return self._people[found[0]], stop - start
        return None

    # --- themes -----------------------------------------------------------------------------------------------------

    def _read_theme_before_genre(self, start: int) -> int:
        """Read a theme that is longer than the genre in it: "vietnam war", "dark comedy", "spaghetti western"."""
        length = phrase_at(self._words, start, themes.THEMES)
        if length <= phrase_at(self._words, start, self._genres) or self._is_name(start, length):
            return 0
        phrase = tuple(self._words[start : start + length])
        if length == 1 or phrase in themes.WEAK_THEMES:
            return 0
        return self._read_theme(start)

    def _read_theme(self, start: int) -> int:
        """Read a theme of the vocabulary."""
        length = phrase_at(self._words, start, themes.THEMES)
        if not length:
            return 0
        phrase = tuple(self._words[start : start + length])
        end = start + length
        if phrase in self._genres:
            return 0
        is_beside_movies = self._is_before_movies(end) or self._is_alone(start, end) or self.asked or bool(self._wanted)
        if phrase in themes.WEAK_THEMES and not is_beside_movies:
            return 0
        self._add(self.themes, themes.THEMES[phrase])
        return self._understood(length, explicit=phrase not in themes.WEAK_THEMES)

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
            if self._meaningful_phrase_at(position) and not is_theme:
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

    def _theme_before_movies(self, start: int, found: list[str]) -> int:
        """Add the words before a word for movies to the themes; return their end, or 0."""
        end = self._end_of_run(start, 2)
        words = self._words[start:end]
        if (
            not words
            or not self._is_before_movies(end, allows_vague=False)
            or not all(word in self._common for word in words)
        ):
            return 0
        if any((word,) in themes.THEMES for word in words):
            for word in words:
                self._add(found, themes.THEMES.get((word,), word))
        else:
            self._add(found, " ".join(words))
        return end

    # --- likes ------------------------------------------------------------------------------------------------------

    def _read_more_likes(self, start: int) -> int:
        """Read "feels like Amadeus", "another Silence of the Lambs"; only whole titles count."""
        length = phrase_at(self._words, start, themes.LIKES)
        if not length or not (movies := self._whole_title_at(start + length, any_words=False)):
            return 0
        self._add_like(movies[0][0])
        return self._understood(length + movies[1], explicit=True)

    def _add_like(self, movie_id: int) -> None:
        if movie_id not in self.like:
            self.like.append(movie_id)

    # --- looking at words -------------------------------------------------------------------------------------------

    def _whole_title_at(self, start: int, *, any_words: bool = False) -> tuple[tuple[int, ...], int] | None:
        """Return (ids, number of words) of the longest title that begins at a position and has a word that is no filler."""
        for end in range(min(self.length, start + 8), start, -1):
            words = self._words[start:end]
            if words[-1] == "," or (not any_words and all(self._is_vocabulary(word) for word in words)):
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


_THEMES_NOT_GENRES: frozenset[Phrase] = vocabulary.phrase_list("heist, heists")
_BEFORE_TOPIC = frozenset(("a", "an", "the", "some", "my", "of", "it", "them", "any"))
_LAST = frozenset(("no", "or", "nor", "and"))
