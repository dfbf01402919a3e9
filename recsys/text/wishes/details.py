"""Reads the parts of a wish that details of movies answer: people, themes, running time and the age of a child."""

from collections.abc import Callable, Mapping

from recsys.text.titles import TitleIndex
from recsys.text.wishes import themes
from recsys.text.wishes import words as vocabulary
from recsys.text.wishes.lengths import child_age_at, length_at
from recsys.text.wishes.people import PeopleReader
from recsys.text.wishes.words import Phrase, phrase_at

_MAX_NAME_WORDS = 4
_MAX_THEME_WORDS = 4


class DetailedWishReader(PeopleReader):
    """A text, and after `read` its meaning, details included.

    Attributes:
        themes: what the movie is about, and its mood.
        themes_none: themes to exclude.
        unlike: ids of movies to exclude with their like.
        minutes_from: at least so long.
        minutes_to: at most so long.
        age_to_watch: age in years of the youngest child.
        denied: exclusions that were not understood, as they were written.
        unread_denial: the words from the first denial on of which nothing was understood; empty if there is none.
        is_lasting: whether something is excluded with a verb that means always: "I do not watch horror".
    """

    def __init__(
        self, text: str, titles: TitleIndex, genres: frozenset[str], people: Mapping[str, str], common: frozenset[str]
    ) -> None:
        super().__init__(text, titles, genres, people, common)
        # "Heist" and "mafia" are themes here, because details have them.
        self._genres = {phrase: groups for phrase, groups in self._genres.items() if phrase not in _THEMES_NOT_GENRES}
        self.themes: list[str] = []
        self.themes_none: list[str] = []
        self.unlike: list[int] = []
        self.minutes_from: int | None = None
        self.minutes_to: int | None = None
        self.age_to_watch: int | None = None
        self.denied: list[str] = []
        self.unread_denial = ""
        self.is_lasting = False

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

    def _read_like(self, start: int) -> int:
        """Read "like Alien", but not "I kind of like Alien", which is an opinion."""
        if self._word(start) == "like":
            before = start - 1
            while before >= 0 and self._word(before) in themes.ADVERBS:
                before -= 1
            if self._word(before) in themes.SUBJECTS and before >= 0:
                return 0
        return super()._read_like(start)

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

    # --- exclusions -------------------------------------------------------------------------------------------------

    def _read_any_exclusion(self, start: int) -> int:
        """Read "no zombies", "not Star Wars", "without Jim Carrey", and the exclusions of every wish."""
        listed = max(
            phrase_at(self._words, start, vocabulary.NEGATIONS), phrase_at(self._words, start, themes.NEGATIONS)
        )
        denial = self._denial_at(start)
        length = max(listed, denial[0])
        if not length:
            return 0
        if self._is_harmless(start):
            return max(1, phrase_at(self._words, start, themes.HARMLESS_DENIALS))
        if self._is_denied(start):
            return self._deny(start, start + length)
        first = self._skip(start + length, vocabulary.IN_BETWEEN | themes.AFTER_NEGATION)
        if first >= self.length:
            # "Sick of Star Trek, no more": nothing follows that could be excluded.
            self._note_denial(start)
            return length
        # "Nothing scary" is no wish for scary movies, and "not like Alien" excludes what is like Alien.
        first += phrase_at(self._words, first, vocabulary.LIKES)
        allows_titles = not phrase_at(self._words, start, themes.OPINIONS) and not denial[1]
        end = self._read_unwanted_years(first) or self._read_unwanted(first, allows_titles)
        self.is_lasting |= bool(end) and denial[1]
        return self._understood(end - start, explicit=True) if end else self._deny(start, first)

    def _denial_at(self, start: int) -> tuple[int, bool]:
        """Return (number of words, whether it means always) of "do not ever watch"; (0, False) for no denial."""
        length = phrase_at(self._words, start, themes.DENYING)
        if not length or phrase_at(self._words, start, themes.HARMLESS_DENIALS):
            return 0, False
        end = self._skip(start + length, themes.DENIED_ADVERBS)
        verb = phrase_at(self._words, end, themes.DENIED_VERBS)
        if not verb:
            return 0, False
        always = not themes.ALWAYS.isdisjoint(self._words[start:end])
        return end + verb - start, always or bool(phrase_at(self._words, end, themes.LASTING_VERBS))

    def _pass_over(self, start: int) -> None:
        if self._word(start) in themes.DENIALS and not self._is_harmless(start):
            self._note_denial(start)

    def _note_denial(self, start: int) -> None:
        excluded = self.unwanted or self.people_none or self.themes_none or self.unlike
        if not self.unread_denial and not excluded:
            self.unread_denial = self._source(start, self.length)

    def _is_harmless(self, start: int) -> bool:
        """Return whether a word belongs to a phrase that excludes nothing: "why not", "I don't know"."""
        return any(
            phrase_at(self._words, start - offset, themes.HARMLESS_DENIALS) > offset
            for offset in range(min(start + 1, vocabulary.MAX_PHRASE))
        )

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
        if genre and (length := phrase_at(self._words, start + genre[1], self._genres)):
            # "No romantic comedies" does not exclude every romance.
            self._add(self.themes_none, " ".join(self._words[start : start + genre[1] + length]))
            return start + genre[1] + length
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

    # --- themes -----------------------------------------------------------------------------------------------------

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
        is_beside_movies |= self._word(end) in ("and", ",") and self._is_before_movies(end + 1)
        if phrase in themes.WEAK_THEMES and not is_beside_movies:
            return 0
        self._add(self.themes, themes.THEMES[phrase])
        return self._understood(length, explicit=phrase not in themes.WEAK_THEMES)

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
        unknown = [word for word in words if word not in self._common]
        if not words or not self._is_before_movies(end, allows_vague=False) or not self._may_be_theme(start, unknown):
            return 0
        if not themes.DENIALS.isdisjoint(words):
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

    # --- likes ------------------------------------------------------------------------------------------------------

    def _read_more_likes(self, start: int) -> int:
        """Read "feels like Amadeus", "another Silence of the Lambs"; only whole titles count."""
        length = phrase_at(self._words, start, themes.LIKES)
        if start and self._word(start - 1) in themes.SUBJECTS | themes.DOUBTS:
            return 0
        if not length or not (movies := self._whole_title_at(start + length)):
            return 0
        self._add_like(movies[0][0])
        return self._understood(length + movies[1], explicit=True)

    def _add_like(self, movie_id: int) -> None:
        if movie_id not in self.like:
            self.like.append(movie_id)


_THEMES_NOT_GENRES: frozenset[Phrase] = vocabulary.phrase_list("heist, heists")
_BEFORE_TOPIC = frozenset(("a", "an", "the", "some", "my", "of", "it", "them", "any"))
_LAST = frozenset(("no", "or", "nor", "and"))
