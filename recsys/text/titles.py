"""From what a person types to the movie they mean: "termintor 2" -> Terminator 2: Judgment Day (1991)."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import OSA

from storage.records import Movie

MAX_CANDIDATES = 5
"""How many movies an ambiguous title lists."""

NEAREST = 3
"""How many movies an unknown title is answered with."""

YEAR_TOLERANCE = 1
"""Years by which a typed year may miss: a festival one year, the cinemas the next."""

_LATER_ARTICLE = re.compile(
    r"(.+), (the|an?|les?|la|l'|une?|il|lo|i|gli|uno|una|der|die|das|eine?|el|los|las|os?|de[nt]?|het)"
)
_YEAR = re.compile(r"(.*\S)\s*(?:\((\d{4})\)|[\s,](\d{4}))")
_OTHER_TITLES = re.compile(r"\(([^()]*)\)")
_ALSO_KNOWN_AS = re.compile(r"(?:^|,)\s*a\.?k\.?a\.?\s", re.IGNORECASE)
_PARTS = re.compile(r":\s|\s-\s")
_INITIALS = re.compile(r"\b(\w)[.*](?=\w\b)")
_WORD = re.compile(r"\w+")
_NO_APOSTROPHES = str.maketrans(dict.fromkeys("'`\N{RIGHT SINGLE QUOTATION MARK}"))
_PART_NUMBER = re.compile(r"\bpart (?=\d)")
_NUMBERS = {
    # Neither "i" nor "x" nor "one": they are words more often than numbers.
    word: str(value)
    for words in (
        ("ii", "iii", "iv", "v", "vi", "vii", "viii", "ix"),
        ("two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    )
    for value, word in enumerate(words, start=2)
}
_COMMON_WORDS = frozenset(("and", "for", "from", "les", "los", "movie", "film", "the", "you", "with"))
_LONG_WORD = 5


@dataclass(frozen=True, slots=True)
class Found:
    """The text means this movie."""

    movie: Movie


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """The text fits several movies.

    Attributes:
        candidates: 2 to 5 of them, the most rated first.
    """

    candidates: tuple[Movie, ...]


@dataclass(frozen=True, slots=True)
class Unknown:
    """The text fits no movie.

    Attributes:
        nearest: up to 3 movies with the most similar titles, the most similar first.
    """

    nearest: tuple[Movie, ...]


Match = Found | Ambiguous | Unknown


class TitleIndex:
    """The titles of a catalogue, made ready to be looked up as people write them.

    Positions are those in the order of popularity, so that an ascending list of them is the most rated first.
    """

    def __init__(self, movies: Iterable[Movie]) -> None:
        self._movies = sorted(movies, key=lambda movie: (-movie.rating_count, movie.movie_id))
        self._positions = {movie.movie_id: position for position, movie in enumerate(self._movies)}
        self._labels: dict[str, list[int]] = {}
        self._titles: dict[str, list[int]] = {}
        self._parts: dict[str, list[int]] = {}
        self._words: dict[str, set[int]] = {}
        for position, movie in enumerate(self._movies):
            titles, parts = _keys(movie.title)
            self._labels.setdefault(_normal(movie.label), []).append(position)
            for table, keys in ((self._titles, titles), (self._parts, parts)):
                for key in keys:
                    table.setdefault(key, []).append(position)
            for word in {word for key in titles for word in key.split()}:
                self._words.setdefault(word, set()).add(position)

    def find(self, text: str) -> Match:
        """The movie that a title means; case, accents, punctuation, articles and small typos do not matter.

        "Matrix, The", "the matrix" and "The Matrix (1999)" are the same. Where several movies bear the title, the year
        decides, or else the answer is Ambiguous. What is typed is taken for a whole title first, then for a part of one
        ("Terminator 2"), then for either with typos (numbers must agree: "Toy Story 3" is not Toy Story 2), then for
        some of a title's words ("lebowski").
        """
        whole = self._exact(_normal(text), None)
        if whole:
            return self._match(whole)
        title, year = _split_year(text)
        key = _normal(title)
        for find in (self._exact, self._with_typos, self._by_words):
            found = find(key, year)
            if found:
                return self._match(found)
        return Unknown(self._nearest(key) if key else ())

    def exactly(self, text: str) -> Match:
        """Like `find`, but only for whole titles and parts of them, without typos; anything else is Unknown."""
        title, year = _split_year(text)
        found = self._exact(_normal(text), None) or self._exact(_normal(title), year)
        return self._match(found) if found else Unknown(())

    @property
    def latest_year(self) -> int | None:
        """The year of the newest movie; None where no movie has a year."""
        return max((movie.year for movie in self._movies if movie.year is not None), default=None)

    def find_or_id(self, text: str) -> Match:
        """Like `find`, but a whole number may be a movie id: "2858", or "id:2858" for nothing else than the id.

        Where a number is the id of one movie and the title of another, the answer is Ambiguous.
        """
        text = text.strip()
        number = text.removeprefix("id:")
        position = self._positions.get(int(number)) if number.isdecimal() else None
        if text.startswith("id:"):
            return Unknown(()) if position is None else Found(self._movies[position])
        if position is None:
            return self.find(text)
        return self._match(sorted({position, *self._exact(_normal(text), None)}))

    def _match(self, positions: list[int]) -> Found | Ambiguous:
        movies = tuple(self._movies[position] for position in positions[:MAX_CANDIDATES])
        return Found(movies[0]) if len(movies) == 1 else Ambiguous(movies)

    def _exact(self, key: str, year: int | None) -> list[int]:
        """Movies with this label; without any, those with this title, and then those with this part of a title."""
        tables = (self._labels, self._titles, self._parts)
        return next((found for table in tables if (found := self._of_year(table.get(key, ()), year))), [])

    def _with_typos(self, key: str, year: int | None) -> list[int]:
        """Movies with the fewest typing errors in their title, or else in a part of it, if these are few enough."""
        numbers, allowed = _numbers(key), _allowed_errors(key)
        for table in (self._titles, self._parts):
            close: dict[int, set[int]] = {}
            for matched, errors, _ in process.extract(
                key, table.keys(), scorer=OSA.distance, score_cutoff=allowed, limit=None
            ):
                if _numbers(matched) == numbers:
                    close.setdefault(int(errors), set()).update(self._of_year(table[matched], year))
            for errors in sorted(close):
                if close[errors]:
                    return sorted(close[errors])
        return []

    def _by_words(self, key: str, year: int | None) -> list[int]:
        """Movies whose titles hold every word of the key, if the words say enough: "lebowski", not "love" or "beat"."""
        telling = [word for word in key.split() if word not in _COMMON_WORDS and len(word) > 1]
        if len(telling) < 2 and not any(len(word) >= _LONG_WORD for word in telling):
            return []
        return self._of_year(self._with_words(key), year)

    def _with_words(self, key: str) -> set[int]:
        return set.intersection(*(self._words.get(word, set()) for word in key.split()))

    def _nearest(self, key: str) -> tuple[Movie, ...]:
        positions = dict.fromkeys(sorted(self._with_words(key)))
        for table in (self._titles, self._parts):
            for matched, _, _ in process.extract(key, table.keys(), scorer=fuzz.ratio, limit=NEAREST):
                positions.update(dict.fromkeys(table[matched]))
        return tuple(self._movies[position] for position in positions)[:NEAREST]

    def _of_year(self, positions: Iterable[int], year: int | None) -> list[int]:
        """Those of the year, or else next to it or of no known year; all of them where no year is asked for."""
        positions = sorted(set(positions))
        if year is None:
            return positions
        years = {position: self._movies[position].year for position in positions}
        gaps = {position: YEAR_TOLERANCE if at is None else abs(at - year) for position, at in years.items()}
        nearest = min(gaps.values(), default=0)
        return [position for position in positions if gaps[position] == nearest <= YEAR_TOLERANCE]


def _keys(title: str) -> tuple[set[str], set[str]]:
    """A title's own names, those in parentheses included, and their parts around colons and dashes."""
    names = [_OTHER_TITLES.sub("", title).strip()]
    for other in _OTHER_TITLES.findall(title):
        names += _ALSO_KNOWN_AS.split(other)
    titles = {_normal(name) for name in {title, *names}}
    parts = {_normal(part) for name in names for part in _PARTS.split(name) if part != name}
    return titles - {""}, parts - titles - {""}


def _normal(text: str) -> str:
    """Lower case without accents, punctuation and the leading English article; "II", "two" and "part 2" are 2."""
    plain = text.strip().casefold()
    if "," in plain:
        plain = _LATER_ARTICLE.sub(r"\2 \1", plain)
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", plain)
        plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    plain = _INITIALS.sub(r"\1", plain).replace("&", " and ").translate(_NO_APOSTROPHES)
    words = [_NUMBERS.get(word, word) for word in _WORD.findall(plain)]
    if len(words) > 1 and words[0] in ("the", "a", "an"):
        del words[0]
    return _PART_NUMBER.sub("", " ".join(words))


def _split_year(text: str) -> tuple[str, int | None]:
    """Split the year off: "Alien (1979)" or "alien 1979" -> ("Alien", 1979)."""
    found = _YEAR.fullmatch(text.strip())
    return (text, None) if found is None else (found[1], int(found[2] or found[3]))


def _numbers(key: str) -> list[str]:
    return sorted(word for word in key.split() if word.isdecimal())


def _allowed_errors(key: str) -> int:
    """Typing errors that a title of this length may have; in four letters one error makes another word."""
    return sum(len(key) >= length for length in (5, 8, 13))
