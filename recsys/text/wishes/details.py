"""Reads the parts of a wish that details of movies answer: people, themes, running time and the age of a child."""

from collections.abc import Callable, Mapping

from recsys.text.titles import TitleIndex
from recsys.text.wishes import themes
from recsys.text.wishes import words as vocabulary
from recsys.text.wishes.asides import AsideReader
from recsys.text.wishes.content import harm_at
from recsys.text.wishes.lengths import NOT_LONG_MINUTES, child_age_at, length_at
from recsys.text.wishes.words import Phrase, phrase_at

_MAX_NAME_WORDS = 4
_MAX_SAME = 6
_MAX_VERB_DISTANCE = 3


class DetailedWishReader(AsideReader):
    """A text, and after `read` its meaning, details included.

    Attributes:
        minutes_from: at least so long.
        minutes_to: at most so long.
        age_to_watch: age in years of the youngest child.
        unread_denial: the words from the first denial on of which nothing was understood; empty if there is none.
        is_lasting: whether something is excluded with a verb that means always: "I do not watch horror".
    """

    def __init__(
        self, text: str, titles: TitleIndex, genres: frozenset[str], people: Mapping[str, str], common: frozenset[str]
    ) -> None:
        super().__init__(text, titles, genres, people, common)
        # "Heist" and "anime" are themes here, because details have them.
        self._genres = {phrase: groups for phrase, groups in self._genres.items() if phrase not in _THEMES_NOT_GENRES}
        self.minutes_from: int | None = None
        self.minutes_to: int | None = None
        self.age_to_watch: int | None = None
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
            self._read_refusal,
            self._read_tolerance,
            self._read_aside,
            self._read_unsaid,
            self._read_nobody,
            self._read_exception,
            self._read_length,
            self._read_child_age,
            self._read_count,
            self._read_company,
            self._read_more_likes,
            self._read_theme_before_genre,
            self._read_bound,
            self._read_period,
            self._read_overdose,
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
            self._read_mood,
        )

    def _read_like(self, start: int) -> int:
        """Read "like Alien", but not "I kind of like Alien", which is an opinion, nor "like two hours at most"."""
        if self._word(start) == "like":
            if start + 1 < self.length and length_at(self._text, self._spans[start + 1][0]):
                return 1
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

    def _read_aside(self, start: int) -> int:
        """Pass over "no worries", and "I wouldn't say no to", which asks for what follows."""
        if length := phrase_at(self._words, start, themes.ORIGINS):
            return length + max(1, phrase_at(self._words, start + length, themes.THEMES))
        return phrase_at(self._words, start, themes.ASIDES)

    def _read_overdose(self, start: int) -> int:
        """Read "too much horror", and "watched so much horror, something else please": both exclude it."""
        length = phrase_at(self._words, start, themes.OVERDOSES)
        if not length and not themes.WATCHED.isdisjoint(self._words[max(start - _MAX_VERB_DISTANCE, 0) : start]):
            asks_for_change = any(phrase_at(self._words, place, themes.CHANGES) for place in range(self.length))
            length = phrase_at(self._words, start, themes.REPEATED) if asks_for_change else 0
        if not length or (start and self._word(start - 1) in themes.DENIALS):
            return 0
        end = self._read_unwanted(self._skip(start + length, vocabulary.IN_BETWEEN), allows_titles=False)
        return self._understood(end - start, explicit=True) if end else 0

    def _read_any_exclusion(self, start: int) -> int:
        """Read "no zombies", "not Star Wars", "without Jim Carrey", and the exclusions of every wish."""
        if absent := phrase_at(self._words, start, themes.NONEXISTENT):
            return self._deny(start, start + absent)
        listed = max(
            phrase_at(self._words, start, vocabulary.NEGATIONS), phrase_at(self._words, start, themes.NEGATIONS)
        )
        if self._word(start) == "enough" and start and self._word(start - 1) != ",":
            # "Scary enough" excludes nothing.
            listed = 0 if listed == 1 else listed
        denial = self._denial_at(start)
        length = max(listed, denial[0])
        if not length:
            return 0
        is_longer = length > phrase_at(self._words, start, themes.HARMLESS_DENIALS) > 0
        if self._is_harmless(start) and not is_longer:
            return max(1, phrase_at(self._words, start, themes.HARMLESS_DENIALS))
        if self._is_denied(start):
            return self._deny(start, start + length)
        first = self._skip(start + length, vocabulary.IN_BETWEEN | themes.AFTER_NEGATION)
        if first >= self.length or self._word(first) in themes.PRONOUNS:
            # "Sick of Star Trek, no more", "I had enough of it": nothing follows that could be excluded.
            self._note_denial(start)
            return min(first + 1, self.length) - start
        if limit := length_at(self._text, self._spans[first][0]):
            # "Not a three hour movie."
            longest = limit.minutes_from or min(limit.minutes_to or NOT_LONG_MINUTES, NOT_LONG_MINUTES)
            self.minutes_to = min(longest, self.minutes_to or longest)
            return self._understood(self._tokens_until(first, limit.end) + first - start, explicit=True)
        if self._word(first) == "long":
            self.minutes_to = min(NOT_LONG_MINUTES, self.minutes_to or NOT_LONG_MINUTES)
            return self._understood(first + 1 - start, explicit=True)
        if self._word(start + length - 1) == "too" and self._is_wanted_at(first):
            # "Scary but not too scary."
            return first + 1 - start
        # "Nothing scary" is no wish for scary movies, and "not like Alien" excludes what is like Alien.
        first += phrase_at(self._words, first, vocabulary.LIKES)
        allows_titles = not phrase_at(self._words, start, themes.OPINIONS) and not denial[1]
        if period := self._period_at(first):
            # No filter leaves out years in the middle: "no 90s".
            end = first + period.length
            self.denied.append(self._source(first, end))
            return self._add_leftover(start, end)
        end = self._read_unwanted_years(first) or self._read_unwanted(first, allows_titles)
        self.is_lasting |= bool(end) and denial[1]
        return self._understood(end - start, explicit=True) if end else self._deny(start, first)

    def _is_wanted_at(self, start: int) -> bool:
        """Return whether a genre that the text asked for stands at a position."""
        genre = self._single_genre_at(start)
        return genre is not None and genre[0] in self._wanted

    def _denial_at(self, start: int) -> tuple[int, bool]:
        """Return (number of words, whether it means always) of "do not ever watch"; (0, False) for no denial."""
        length = phrase_at(self._words, start, themes.DENYING)
        if not length:
            return 0, False
        end = self._skip(start + length, themes.DENIED_ADVERBS)
        verb = phrase_at(self._words, end, themes.DENIED_VERBS)
        if not verb or end + verb - start <= phrase_at(self._words, start, themes.HARMLESS_DENIALS):
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
        length = phrase_at(self._words, start, vocabulary.BEFORE)
        if length and (period := self._period_at(start + length)):
            self._lowest.append(period.first)
            return start + length + period.length
        length = phrase_at(self._words, start, vocabulary.AFTER)
        if length and (period := self._period_at(start + length)):
            self._highest.append(period.last)
            return start + length + period.length
        length = phrase_at(self._words, start, vocabulary.OLD)
        if not length or phrase_at(self._words, start, vocabulary.NO_AGES):
            return 0
        self._age = vocabulary.OLD[tuple(self._words[start : start + length])] + 1, None
        return start + length

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
        """Read one harm, genre, person, theme or title that is excluded; return its end, or 0."""
        first, last, end = harm_at(self._words, start)
        if end:
            self._add(self.themes_none, self._source(first, last).casefold())
            return end
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
            # "No Jim Carrey comedies" asks for no comedies.
            self._name_end = end = name_start + name[1]
            return end + phrase_at(self._words, end, self._genres)
        surname = self._surname_after_person(start, allows_unknown=False)
        if surname is not None:
            self._add(self.people_none, surname[0])
            self._name_end = start + 1
            return start + 1
        movies = self._whole_title_at(start)
        title_length = movies[1] if movies else 0
        has_capital = self._has_capital(start)
        is_word = title_length == 1 and self._word(start) in self._common and not has_capital
        is_before_genre = bool(phrase_at(self._words, start + 1, self._genres))
        if is_word and not is_before_genre and (allows_titles or theme_length):
            self._add(self.themes_none, self._word(start))
            return start + 1
        is_theme = theme_length > 0 and tuple(self._words[start : start + theme_length]) not in themes.SERIES
        is_title = not is_theme or theme_length < title_length or has_capital
        if allows_titles and movies and is_title and not (is_word and is_before_genre):
            self.unlike += [movie_id for movie_id in movies[0] if movie_id not in self.unlike]
            return start + title_length
        if movies and not allows_titles and has_capital and title_length >= theme_length:
            # "I hated Brazil" is an opinion of a movie.
            return 0
        if theme_length:
            self._add(self.themes_none, themes.THEMES[tuple(self._words[start : start + theme_length])])
            return start + theme_length
        if preposition and phrase_at(self._words, start, themes.BY):
            end = self._end_of_run(name_start, _MAX_NAME_WORDS)
            if end > name_start:
                self._add(self.people_none, self._source(name_start, end))
                return end
        return self._read_unwanted_words(start)

    def _read_unwanted_words(self, start: int) -> int:
        """Read "superhero movies", and "body horror", which does not exclude every horror."""
        words: list[str] = []
        end = self._theme_before_movies(start, words)
        genre = phrase_at(self._words, end, self._genres) if end else 0
        if genre and all(word in themes.DENIED_ADVERBS for word in self._words[start:end]):
            # "Not a big horror fan."
            return self._read_unwanted_item(end, allows_titles=False)
        if genre:
            words = [" ".join(self._words[start : end + genre])]
        for theme in words:
            self._add(self.themes_none, theme)
        return end + genre

    def _deny(self, start: int, first: int) -> int:
        """Note an exclusion that was not understood."""
        end = min(self.length, first + 1)
        while end < self.length and self._word(end) not in ("but", ",", "and") and not self._meaningful_phrase_at(end):
            end += 1
        if end > first:
            self.denied.append(self._source(first, end))
        return self._add_leftover(start, end)

    # --- likes ------------------------------------------------------------------------------------------------------

    def _read_more_likes(self, start: int) -> int:
        """Read "feels like Amadeus", "another Silence of the Lambs"; only whole titles count."""
        length = phrase_at(self._words, start, themes.LIKES) or self._same_as(start)
        if start and self._word(start - 1) in themes.SUBJECTS | themes.DOUBTS:
            return 0
        if not length or not (movies := self._whole_title_at(start + length)):
            return 0
        end = start + length
        while movies:
            self._add_like(movies[0][0])
            end += movies[1]
            # "A mix of Alien and The Thing".
            continues = self._word(end) == "and"
            movies = self._whole_title_at(end + 1) if continues else None
            end += movies is not None
        return self._understood(end - start, explicit=True)

    def _same_as(self, start: int) -> int:
        """Return the number of words of "the same sense of humour as"; 0 if no such phrase begins at a position."""
        if self._word(start) != "same" or "as" not in (words := self._words[start + 1 : start + _MAX_SAME]):
            return 0
        return words.index("as") + 2

    def _add_like(self, movie_id: int) -> None:
        if movie_id not in self.like:
            self.like.append(movie_id)


_THEMES_NOT_GENRES: frozenset[Phrase] = vocabulary.phrase_list("heist, heists, anime")
_LAST = frozenset(("no", "or", "nor", "and"))
