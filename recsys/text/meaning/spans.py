"""Titles in a text: finds the places at which whole titles stand."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from recsys.text.meaning.catalogue import ReaderCatalogue
from recsys.text.meaning.language import Language
from recsys.text.meaning.likeness import is_adult, is_alike
from recsys.text.meaning.tokens import Kind, Token, tokenize
from recsys.text.titles import Found, Unknown
from recsys.text.wishes.themes import FILLERS, MOVIE_WORDS, THEMES, WHOLE_THEMES
from recsys.text.wishes.words import NEW, OLD, genre_phrases, phrase_at

MAX_TITLE_TOKENS = 14
"""The longest title that is looked for has this many words and signs."""

_FIRST_YEAR = 1870
_DIGIT_AT_END = re.compile(r"[^\W\d]\W+[1-5]$")
_MAX_NAME_WORDS = 4
# A text of so many words may be a title of which only some words are spelled as in the catalogue.
_MIN_WHOLE, _MAX_WHOLE = 3, 7
_ARTICLES = ("the", "a", "an")
_INDEFINITE = ("a", "an", "any", "some")
_KINDS = WHOLE_THEMES | frozenset((*OLD, *NEW))
# "Part II" is a part of titles, and no title.
_PART_WORDS = frozenset(("part", "the", "ii", "iii", "iv", "v", "vi", *map(str, range(1, 10))))
_THEME_WORDS = frozenset(phrase[0] for phrase in THEMES if len(phrase) == 1)
_ARTICLES_BEFORE = ("the ", "a ", "an ")

MAX_TOKENS = 80
"""Titles are looked for among the first tokens of a text, this many."""


@dataclass(frozen=True, slots=True)
class TitleSpan:
    """A place at which a title stands.

    Attributes:
        start: the position of its first token.
        end: the position after its last token.
        text: the title as it was written.
        movie_ids: the movies that it may mean, the likeliest first.
        is_strong: whether it has a word that is no word of talk. "The Good, the Bad and the Ugly" has none.
        is_typo: whether it differs from the title of the catalogue.
        is_certain: whether it means one movie beyond doubt.
        has_word: whether it is more than a number.
        is_theme: whether the words also say what a movie is about: "road trip".
        is_common_word: whether it is a single word that is common in descriptions: "The Hidden".
        is_everyday: whether it is another name, or written like everyday words: common ones without capitals, a first
            name, or one word with an exclamation mark. "money talks", "dave" and "scream!" may be no titles
            if nothing else is said.
        is_well_known: whether most people have heard of the likeliest movie.
        is_of_common_words: whether its words are common, and not nearly everybody knows the movie.
    """

    start: int
    end: int
    text: str
    movie_ids: tuple[int, ...]
    is_strong: bool
    is_certain: bool
    is_typo: bool = False
    is_common_word: bool = False
    has_word: bool = True
    is_theme: bool = False
    is_everyday: bool = False
    is_well_known: bool = False
    is_of_common_words: bool = False

    @property
    def ends_with_digit(self) -> bool:
        """Whether it ends with a number of one digit, which may be a rating: "Rocky 3"."""
        return _DIGIT_AT_END.search(self.text) is not None

    @property
    def may_be_talk(self) -> bool:
        """Whether the words may say something else: they are common words, or have doubtful typing errors."""
        return not self.is_certain and (not self.is_strong or self.is_typo or self.is_common_word)


class TitleFinder:
    """Finds titles in one text.

    Attributes:
        tokens: the tokens of the text.
    """

    def __init__(self, text: str, catalogue: ReaderCatalogue, language: Language) -> None:
        self._text = text
        self._catalogue = catalogue
        self._language = language
        self._weak = language.weak_words
        self._wish_words = _wish_words(catalogue.genres)
        self._never = language.phrase_list("never")
        self._nicknames = language.table("movie_nicknames")
        self.tokens = tokenize(text)
        self._in_phrases = self._places_in_phrases()

    def exact(self) -> list[TitleSpan]:
        """Return every place at which a whole title or a whole part of one stands, the longest first."""
        spans = []
        for start, token in enumerate(self.tokens[:MAX_TOKENS]):
            if token.kind not in (Kind.WORD, Kind.NUMBER):
                continue
            for end in range(start + 1, min(start + MAX_TITLE_TOKENS, len(self.tokens)) + 1):
                last = self.tokens[end - 1]
                if last.kind is Kind.BREAK and last.text in ";\n":
                    break
                span = self._exact_at(start, end)
                if span is not None:
                    spans.append(span)
        return sorted(spans, key=lambda span: (span.start - span.end, span.start))

    def typo(self, start: int, end: int) -> TitleSpan | None:
        """Return the title that the tokens from `start` up to `end` mean if they have typing errors."""
        text = self._source(start, end)
        match = self._catalogue.titles.find_without_suggestions(text)
        movie_ids = self._catalogue.meant(match, text)
        names = [self._catalogue.names[movie_id] for movie_id in movie_ids]
        if not names or not is_alike(text, names[0]) or any(is_adult(name, self._language) for name in names):
            return None
        return TitleSpan(start, end, text, movie_ids, True, self._is_obvious_typo(start, end, movie_ids), True)

    def whole_typo(self) -> TitleSpan | None:
        """Return the title that a text of a few words means if it has typing errors: "raiders of the lost arc"."""
        count = len(self.tokens)
        words = [place for place, token in enumerate(self.tokens) if token.kind is Kind.WORD]
        if not _MIN_WHOLE <= count <= _MAX_WHOLE or len(words) < count or not any(map(self.is_unknown_word, words)):
            return None
        return self.typo(0, count)

    def _places_in_phrases(self) -> frozenset[tuple[int, int]]:
        """Return the places inside longer themes and names: "king arthur" does not name the movie Arthur."""
        places: set[tuple[int, int]] = set()
        spelled = [place for place, token in enumerate(self.tokens[:MAX_TOKENS]) if token.text not in (".", ",")]
        words = [self.tokens[place].text for place in spelled]
        for start in range(len(words)):
            length = phrase_at(words, start, WHOLE_THEMES)
            if length and not self._source(spelled[start], spelled[start + length - 1] + 1).islower():
                length = 0
            for longer in range(min(_MAX_NAME_WORDS, len(words) - start), max(length, 1), -1):
                if " ".join(words[start : start + longer]) in self._catalogue.people:
                    length = longer
                    break
            if length > 1:
                first, end = spelled[start], spelled[start + length - 1] + 1
                places.update(
                    (place, stop)
                    for place in range(first, end)
                    for stop in range(place + 1, end + 1)
                    if (place, stop) != (first, end)
                )
        return frozenset(places)

    def start_of_article(self, position: int) -> int:
        """Return the position of an article before a position: the "The" of "The Shawshank Redemptoin"."""
        return position - 1 if position and self.tokens[position - 1].text in _ARTICLES else position

    def end_of_number(self, position: int) -> int:
        """Return the position after a number that begins at a position: the 2 of "termintor 2"."""
        is_number = position < len(self.tokens) and self.tokens[position].kind is Kind.NUMBER
        return position + 1 if is_number and not self.tokens[position].is_marked else position

    def is_unknown_word(self, position: int) -> bool:
        """Return whether a token is a word of no list."""
        token = self.tokens[position]
        return token.kind is Kind.WORD and token.text not in self._weak

    def _exact_at(self, start: int, end: int) -> TitleSpan | None:
        tokens = self.tokens[start:end]
        last = tokens[-1]
        if (start, end) in self._in_phrases:
            return None
        if self._ends_with_article(end) or all(token.text in _PART_WORDS for token in tokens):
            return None
        if last.kind not in (Kind.WORD, Kind.NUMBER, Kind.POSSESSIVE) or not self._is_joined(start, end):
            return None
        if len(tokens) > 1 and last.kind is Kind.NUMBER and last.is_marked and last.value < _FIRST_YEAR:
            # "Rocky - 4" gives four stars to Rocky.
            return None
        text = self._source(start, end)
        words = " ".join(token.text for token in tokens if token.kind is not Kind.BREAK)
        match = self._catalogue.titles.find_exact(text)
        nickname = self._nicknames.get(words) if isinstance(match, Unknown) else None
        if nickname is not None:
            match = self._catalogue.titles.find_exact(nickname)
        if isinstance(match, Unknown) or words in self._never:
            return None
        movies = (match.movie,) if isinstance(match, Found) else match.candidates
        if last.kind is Kind.POSSESSIVE and not any("'s" in movie.title for movie in movies):
            return None
        words_of_title = [token.text for token in tokens if token.text not in ("a", "an")]
        is_kind = len(words_of_title) == 1 and text.islower() and last.text in self._wish_words
        has_article = tokens[0].text in _INDEFINITE or (start > 0 and self.tokens[start - 1].text in _INDEFINITE)
        if is_kind and (has_article or self._is_before_movies(end)):
            # "Find me a kids movie" does not name Kids, and "I want a romance" does not name Romance.
            return None
        movie_ids = self._catalogue.meant(match, nickname or text)
        is_well_known = self._catalogue.is_well_known(movie_ids[0])
        has_capital = is_well_known and self._has_own_capital(start, end)
        is_strong = has_capital or any(token.kind is Kind.WORD and token.text not in self._weak for token in tokens)
        if len(tokens) == 1 and last.text in _THEME_WORDS and not self._catalogue.is_very_well_known(movie_ids[0]):
            # "Vampires" and "Prison" ask for such movies.
            is_strong = False
        if any(token.text in self._wish_words for token in tokens) and all(
            self._is_wish_word(token.text) for token in tokens
        ):
            # "A scary movie" and "a love story" may be wishes.
            is_strong = False
        is_theme = len(tokens) > 1 and text.islower() and tuple(token.text for token in tokens) in _KINDS
        is_strong = is_strong and not is_theme
        is_certain = (
            len(movie_ids) == 1
            and not is_theme
            and (has_capital or self._is_unmistakable(tokens, movie_ids[0], is_strong, text))
        )
        content = [token.text for token in tokens if token.text not in _ARTICLES]
        is_common_word = len(content) == 1 and content[0] in self._catalogue.words
        return TitleSpan(
            start,
            end,
            text,
            movie_ids,
            is_strong,
            is_certain,
            is_common_word=is_common_word,
            has_word=any(token.kind is Kind.WORD for token in tokens),
            is_theme=is_theme,
            is_everyday=nickname is not None or self._is_everyday(content, text, end, movie_ids[0]),
            is_well_known=is_well_known,
            is_of_common_words=all(word in self._language.common_words for word in content)
            and not self._catalogue.is_very_well_known(movie_ids[0]),
        )

    def is_name(self, position: int) -> bool:
        """Return whether a word begins with a capital letter."""
        token = self.tokens[position]
        return self._text[token.start : token.end].istitle()

    def written(self, start: int, end: int) -> str:
        """Return tokens as they were written."""
        return self._source(start, end)

    def has_small_unknown_words(self, places: Sequence[int]) -> bool:
        """Return whether a text has no capitals, and these words of it are common in no list and no description."""
        words = [self.tokens[place].text for place in places]
        return self._text.islower() and not any(word in self._weak or word in self._catalogue.words for word in words)

    def _has_own_capital(self, start: int, end: int) -> bool:
        """Return whether one word has a capital letter that only a title gives it: "I loved Big"."""
        word = self.tokens[start]
        written = self._text[word.start : word.end]
        before = self.tokens[start - 1] if start else None
        return (
            end == start + 1
            and before is not None
            and written.istitle()
            and before.kind is Kind.WORD
            and self._text[before.start : before.end].islower()
            and word.text not in self._language.word_list("always_capital")
            and word.text not in self._catalogue.first_names
        )

    def _is_everyday(self, content: Sequence[str], text: str, end: int, movie_id: int) -> bool:
        """Return whether a title is written like everyday words. Several words may be a title that everybody knows."""
        last = self.tokens[end - 1]
        if len(content) == 1 and self._text[last.end : last.end + 1] == "!":
            return True
        is_common = text.islower() and all(word in self._language.common_words for word in content)
        if len(content) == 1:
            return is_common or (text.islower() and content[0] in self._catalogue.first_names)
        return is_common and not self._catalogue.is_very_well_known(movie_id)

    def has_sequels(self, title: TitleSpan) -> bool:
        """Return whether the catalogue has a sequel of a movie that is named by its number: "Toy Story 2"."""
        return any(
            not isinstance(self._catalogue.titles.find_exact(f"{title.text} {number}"), Unknown) for number in (2, 3, 4)
        )

    def _is_unmistakable(self, tokens: Sequence[Token], movie_id: int, is_strong: bool, text: str) -> bool:
        """Return whether words that are a title mean the movie.

        Words of talk are a title if nearly everybody knows it, or if it is well known and has capital letters. A single
        word must be both: well known and no word of talk. A number alone never is. A title with its year always is.
        """
        has_year = any(token.kind is Kind.NUMBER and token.value >= _FIRST_YEAR for token in tokens[1:])
        words = [token for token in tokens if token.kind is Kind.WORD]
        if has_year and words:
            return True
        if not is_strong and not self._wish_words.isdisjoint(word.text for word in words):
            return False
        is_well_known = self._catalogue.is_well_known(movie_id)
        content = [token for token in words if token.text not in _ARTICLES]
        if len(content) <= 1:
            is_bare_word = bool(content) and len(tokens) == 1 and content[0].text in self._catalogue.words
            lacks_article = self._catalogue.names[movie_id].casefold().startswith(_ARTICLES_BEFORE)
            has_other_article = (
                len(tokens) > 1 and not lacks_article and bool(content) and content[0].text in self._catalogue.words
            )
            if has_other_article and tokens[0].text in _ARTICLES:
                # "I can't stand the heat" does not name Heat.
                return False
            # "Natural" is a word, and "The Natural" a title.
            return is_well_known and is_strong and not (is_bare_word and lacks_article)
        if is_strong:
            return True
        return is_well_known if not text.islower() else self._catalogue.is_very_well_known(movie_id)

    def _is_obvious_typo(self, start: int, end: int, movie_ids: tuple[int, ...]) -> bool:
        """Return whether a text with typing errors means one movie beyond doubt.

        The movie is well known, the text has several words or at least eight letters, and no word that differs from the
        title is a word by itself: "Hollow Men" may be another movie than Hollow Man.
        """
        if len(movie_ids) != 1 or not self._catalogue.is_well_known(movie_ids[0]):
            return False
        words = [token.text for token in self.tokens[start:end] if token.kind is not Kind.BREAK]
        if len(words) == 1 and len(words[0]) < 8:
            return False
        title_words = {token.text for token in tokenize(self._catalogue.names[movie_ids[0]])}
        differing = [word for word in words if word not in title_words]
        missing = [word for word in title_words if word not in words and word not in _ARTICLES]
        return len(differing) == len(missing) and not any(self._is_word(word) for word in differing)

    def _is_before_movies(self, end: int) -> bool:
        return end < len(self.tokens) and self.tokens[end].text in MOVIE_WORDS

    def _is_wish_word(self, word: str) -> bool:
        """Return whether a word says which movies are meant, or nothing."""
        return word in self._wish_words or word in FILLERS or word in _ARTICLES

    def _is_word(self, word: str) -> bool:
        stems = (word, word.removesuffix("s"), word.removesuffix("es"), word + "s")
        return any(
            stem in self._catalogue.words or stem in self._catalogue.title_words or stem in self._weak for stem in stems
        )

    def _ends_with_article(self, end: int) -> bool:
        """Return whether an article that begins another title ends a place: "Toy Story, A Bug's Life"."""
        is_article = end > 1 and self.tokens[end - 1].text in _ARTICLES and self.tokens[end - 2].text == ","
        return is_article and end < len(self.tokens) and self.tokens[end].kind in (Kind.WORD, Kind.NUMBER)

    def _is_joined(self, start: int, end: int) -> bool:
        return all(token.kind is not Kind.EMOJI and token.kind is not Kind.STARS for token in self.tokens[start:end])

    def _source(self, start: int, end: int) -> str:
        first, last = self.tokens[start].start, self.tokens[end - 1].end
        if self._text[last : last + 1] == ")" and "(" in self._text[first:last]:
            last += 1
        return self._text[first:last]


@lru_cache(maxsize=8)
def _wish_words(genres: frozenset[str]) -> frozenset[str]:
    """Return the words for movies and genres."""
    return MOVIE_WORDS.union(*(phrase for phrase in genre_phrases(genres) if len(phrase) < 3))


def without_overlaps(spans: Sequence[TitleSpan]) -> list[TitleSpan]:
    """Return the spans that overlap no earlier one, in the order of the text."""
    taken: set[int] = set()
    chosen = []
    for span in spans:
        places = set(range(span.start, span.end))
        if taken.isdisjoint(places):
            taken |= places
            chosen.append(span)
    return sorted(chosen, key=lambda span: span.start)
