"""What the reader knows about a catalogue."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property

from recsys.text.meaning.language import english
from recsys.text.titles import Ambiguous, Found, Match, TitleIndex
from recsys.text.wishes.words import normalize
from storage.records import Movie

FAR_BETTER_KNOWN = 10
"""Among movies of the same title, the one with at least this many times the ratings of the next one is meant."""

_WELL_KNOWN_SHARE = 0.9
"""The best known movies that together have this share of all ratings are well known."""

_VERY_WELL_KNOWN_SHARE = 0.67
"""The best known movies that together have this share of all ratings are very well known."""

_FAR_MORE_MOVIES = 2
"""A surname means one of several people if they are in at least this many times as many movies as the next one."""

_SHORTEST_SURNAME = 4
"""A shorter surname is no name by itself: "Lee", "Fox"."""

_YEAR_AT_END = re.compile(r"(.+)(\d{4})")
_SIGNS = re.compile(r"[\W_]+")
_WORD = re.compile(r"[^\W\d_]+")
_NAME_WORD = re.compile(r"[\w'`\N{RIGHT SINGLE QUOTATION MARK}]+")


class ReaderCatalogue:
    """The titles, names and words of a catalogue for the reader. Each is computed at its first use, or by `prepare`.

    Attributes:
        movies: movie id -> movie.
        names: movie id -> title.
        labels: movie id -> title with its year.
    """

    def __init__(
        self,
        movies: Sequence[Movie],
        all_movies: Mapping[int, Movie] | None = None,
        titles: TitleIndex | None = None,
    ) -> None:
        """Take the movies of a catalogue.

        Args:
            movies: the movies, of a large catalogue the best known ones. Names of people and words come from these.
            all_movies: movie id -> movie, the whole catalogue; None if `movies` has all of it.
            titles: the index of the titles of the whole catalogue; None to build it at its first use.
        """
        self._listed, self._titles = movies, titles
        self.movies: Mapping[int, Movie] = all_movies or {movie.movie_id: movie for movie in movies}
        self.names: Mapping[int, str] = _Attributes(self.movies, lambda movie: movie.title)
        self.labels: Mapping[int, str] = _Attributes(self.movies, lambda movie: movie.label)

    def prepare(self) -> None:
        """Compute everything now, so that the first text need not wait for it."""
        for name, attribute in vars(type(self)).items():
            if isinstance(attribute, cached_property):
                getattr(self, name)

    @cached_property
    def titles(self) -> TitleIndex:
        """The index of titles."""
        return self._titles or TitleIndex(self._listed)

    @cached_property
    def genres(self) -> frozenset[str]:
        """Every genre of the catalogue, as the data set writes it."""
        return frozenset(genre for movie in self._listed for genre in movie.genres)

    @cached_property
    def people(self) -> Mapping[str, str]:
        """Normalized name -> name, as the catalogue writes it: of directors, of actors and of other well known people.

        A surname is there if it belongs to one person, or to one who is in far more movies than the others.
        """
        return _people(self._listed, english().people) | dict(english().table("nicknames"))

    @cached_property
    def first_names(self) -> frozenset[str]:
        """The first names of these people, normalized."""
        return _first_names(self._listed, english().people)

    @cached_property
    def words(self) -> frozenset[str]:
        """Common words of the language, and those of the descriptions, normalized, without names."""
        return english().common_words | _words(movie.description for movie in self._listed if movie.description)

    @cached_property
    def title_words(self) -> frozenset[str]:
        """Words of the titles, normalized."""
        return _title_words(self._listed)

    @cached_property
    def joined(self) -> Mapping[str, tuple[int, ...]]:
        """The letters and digits of a title -> ids of the movies with it, the most popular first."""
        return _joined_titles(self._listed)

    @cached_property
    def imdb_ids(self) -> Mapping[str, int]:
        """Id at IMDb -> movie id."""
        return {movie.imdb_id: movie.movie_id for movie in self._listed if movie.imdb_id}

    @cached_property
    def tmdb_ids(self) -> Mapping[int, int]:
        """Id at TMDB -> movie id."""
        return {movie.tmdb_id: movie.movie_id for movie in self._listed if movie.tmdb_id is not None}

    @cached_property
    def well_known_from(self) -> int:
        """A movie with at least this many ratings is well known."""
        return _well_known_from(self._listed, _WELL_KNOWN_SHARE)

    @cached_property
    def very_well_known_from(self) -> int:
        """A movie with at least this many ratings is very well known."""
        return _well_known_from(self._listed, _VERY_WELL_KNOWN_SHARE)

    def is_well_known(self, movie_id: int) -> bool:
        """Return whether most people have heard of a movie."""
        return self.movies[movie_id].rating_count >= self.well_known_from

    def is_very_well_known(self, movie_id: int) -> bool:
        """Return whether nearly everybody has heard of a movie."""
        return self.movies[movie_id].rating_count >= self.very_well_known_from

    def meant(self, match: Match, text: str) -> tuple[int, ...]:
        """Return the ids of the movies that a match means: one of them if it is far better known than the others.

        Movies with this very title come before those of which it is a part or another title.

        Args:
            match: what `titles` found.
            text: for this text.
        """
        if isinstance(match, Found):
            return (match.movie.movie_id,)
        if not isinstance(match, Ambiguous):
            return ()
        best, second = match.candidates[:2]
        if best.rating_count >= FAR_BETTER_KNOWN * max(second.rating_count, 1):
            return (best.movie_id,)
        by_title = sorted(match.candidates, key=lambda movie: _plain(movie.title) != _plain(text))
        return tuple(movie.movie_id for movie in by_title)

    def without_signs(self, title: str) -> tuple[int, ...]:
        """Return the ids of the movies with a title, the most popular first; a year at its end chooses among them.

        Only letters and digits are compared, because an address has no apostrophes and commas.
        """
        key = joined(title)
        found = self.joined.get(key, ())
        if not found and (year := _YEAR_AT_END.fullmatch(key)):
            same = self.joined.get(year[1], ())
            found = tuple(movie_id for movie_id in same if self.movies[movie_id].year == int(year[2]))
        return found


class _Attributes(Mapping[int, str]):
    """An attribute of the movies by their ids, without a copy of it."""

    def __init__(self, movies: Mapping[int, Movie], attribute_of: Callable[[Movie], str]) -> None:
        self._movies, self._attribute_of = movies, attribute_of

    def __getitem__(self, movie_id: int) -> str:
        return self._attribute_of(self._movies[movie_id])

    def __iter__(self) -> Iterator[int]:
        return iter(self._movies)

    def __len__(self) -> int:
        return len(self._movies)


def joined(title: str) -> str:
    """Return the letters and digits of a title, in lower case: "Schindler's List" is "schindlerslist"."""
    return _SIGNS.sub("", normalize(title))


def _joined_titles(movies: Iterable[Movie]) -> dict[str, tuple[int, ...]]:
    titles: dict[str, list[int]] = {}
    for movie in sorted(movies, key=lambda movie: -movie.rating_count):
        before, bracket, _ = movie.title.partition(" (")
        for title in {joined(movie.title), joined(before)} if bracket else (joined(before),):
            titles.setdefault(title, []).append(movie.movie_id)
    return {title: tuple(movie_ids) for title, movie_ids in titles.items() if title}


def _plain(title: str) -> str:
    return normalize(title).removeprefix("the ")


def _words(texts: Iterable[str]) -> frozenset[str]:
    """Return the words of texts that begin with a small letter there, normalized. Names are not among them."""
    written = {word for text in texts for word in _WORD.findall(text)}
    return frozenset(normalize(word) for word in written if word[0].islower())


def _title_words(movies: Sequence[Movie]) -> frozenset[str]:
    return frozenset(map(normalize, {word for movie in movies for word in _WORD.findall(movie.title)}))


def _people(movies: Sequence[Movie], well_known: Sequence[str]) -> dict[str, str]:
    """Return normalized name -> name, for whole names, and for the ends of names that mean one person."""
    counts: dict[str, float] = dict.fromkeys(well_known, 1.0)
    for movie in movies:
        for name in {*movie.directors, *movie.actors}:
            counts[name] = counts.get(name, 0) + 1 + movie.rating_count / 1000
    people: dict[str, str] = {}
    named: dict[str, list[tuple[float, str]]] = {}
    first_names = set()
    for name, count in sorted(counts.items(), key=lambda item: -item[1]):
        words = [normalize(word) for word in _NAME_WORD.findall(name)]
        if len(words) < 2 or words[0] == "the":
            continue
        people.setdefault(" ".join(words), name)
        first_names.add(words[0])
        if len(words) > 2:
            people.setdefault(f"{words[0]} {words[-1]}", name)
        for start in range(1, len(words)):
            if start < len(words) - 1 or len(words[-1]) >= _SHORTEST_SURNAME:
                named.setdefault(" ".join(words[start:]), []).append((count, name))
    for end, candidates in named.items():
        if end not in first_names and (len(candidates) == 1 or candidates[0][0] >= _FAR_MORE_MOVIES * candidates[1][0]):
            people.setdefault(end, candidates[0][1])
    return people


def _first_names(movies: Sequence[Movie], well_known: Sequence[str]) -> frozenset[str]:
    names = {name for movie in movies for name in (*movie.directors, *movie.actors)}.union(well_known)
    return frozenset(normalize(first) for first, _, rest in (name.partition(" ") for name in names) if rest)


def _well_known_from(movies: Sequence[Movie], share: float) -> int:
    """Return the number of ratings of the least known movie of those that have a share of all ratings; at least 1."""
    counts = sorted((movie.rating_count for movie in movies), reverse=True)
    remaining = share * sum(counts)
    for count in counts:
        remaining -= count
        if remaining <= 0:
            return max(count, 1)
    return 1
