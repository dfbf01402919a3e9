"""From the rows of a history to movies of the catalogue."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rapidfuzz import fuzz
from rapidfuzz.utils import default_process

from recsys.histories.rows import Row
from recsys.histories.values import imdb_id_of
from recsys.services.histories.loose_titles import TitleKeys
from recsys.text.accents import without_accents
from recsys.text.titles import YEAR_TOLERANCE, Found, Match, TitleIndex, Unknown
from storage.records import Movie

ALIKE = 90
"""A title with typing errors names a movie if it is at least this similar to its title, 0..100."""

MAX_COMPARED = 200
"""At most this many titles of a file are compared with all titles of the catalogue, because that takes long."""

ALIKE_TITLES = 100
"""This many titles of the catalogue that have most letters in common with one of a row are compared with it."""

WELL_KNOWN = 5
"""Of several movies with the same title, one is meant if it has at least this many times as many ratings."""

_IN_PARENTHESES = re.compile(r"\(([^()]*)\)")
_NAMES = re.compile(r"\ba\.?k\.?a\.?\s|,\s*(?=a\.?k\.?a)", re.IGNORECASE)
_LATER_ARTICLE = re.compile(r"^(.+), (the|an?|les?|la|l'|une?|il|lo|i|gli|der|die|das|el|los|las|os?)$", re.IGNORECASE)
_SEPARATORS = re.compile(r"\s*[:\u2013\u2014]\s*|\s+-\s+|\s+or:?\s+(?=[A-Z(])")


class HistoryMatcher:
    """Finds the movies of the catalogue that rows are about.

    Ids are compared first, then title and year, then the year before or after, then the other titles of the row.
    """

    def __init__(
        self, movies: Mapping[int, Movie], titles: TitleIndex, with_ids: Iterable[Movie] | None = None
    ) -> None:
        """Index the ids of a catalogue.

        Args:
            movies: movie id -> movie, the whole catalogue.
            titles: finds them by title.
            with_ids: the movies that are found by their ids at IMDb and TMDB; None for all.
        """
        self._movies, self._titles, self._compared = movies, titles, 0
        self._imdb: dict[str, Movie] = {}
        self._tmdb: dict[int, Movie] = {}
        for movie in movies.values() if with_ids is None else with_ids:
            if movie.imdb_id is not None and (imdb_id := imdb_id_of(movie.imdb_id)) is not None:
                self._imdb.setdefault(imdb_id, movie)
            if movie.tmdb_id is not None:
                self._tmdb.setdefault(movie.tmdb_id, movie)

    def find(self, row: Row) -> Movie | None:
        """Return the movie that a row is about; None if the catalogue does not have it, or if it is uncertain."""
        return self._by_id(row) or self._by_title(row)

    def _by_id(self, row: Row) -> Movie | None:
        by_imdb = self._imdb.get(row.imdb_id) if row.imdb_id is not None else None
        by_tmdb = self._tmdb.get(row.tmdb_id) if row.tmdb_id is not None else None
        by_movielens = self._movies.get(row.movielens_id) if row.movielens_id is not None else None
        if by_movielens is not None and row.title and not _is_alike(row, by_movielens):
            # The catalogue has its own ids.
            by_movielens = None
        return by_imdb or by_tmdb or by_movielens

    def _by_title(self, row: Row) -> Movie | None:
        """Return the movie with exactly the title of the row, else the movie with a similar title.

        None if there is no such movie, or if it is uncertain which movie is meant.
        """
        names = [name for name in dict.fromkeys((row.title, row.other_title, *_simpler(row.title))) if name]
        for name in names:
            movie = self._certain(self._titles.find_exact(_labelled(name, row.year)), row)
            if movie is not None:
                return movie
        for name in names[:2]:
            if self._compared >= MAX_COMPARED:
                return None
            self._compared += 1
            if row.year is not None:
                movie = self._certain(self._titles.find_without_suggestions(_labelled(name, row.year)), row)
                if movie is not None and _is_alike(row, movie) and _is_of_time(row, movie):
                    return movie
            movie = self._loosely(name, row)
            if movie is not None:
                return movie
        return None

    def _loosely(self, name: str, row: Row) -> Movie | None:
        """Return the only movie with a title that services write like this one: in the row's year, if it has one."""
        wanted = TitleKeys.of(name, row.year)
        movies = {movie.movie_id: movie for text in wanted.texts for movie in self._titles.alike(text, ALIKE_TITLES)}
        keys = [(movie, TitleKeys.of(movie.title, movie.year)) for movie in movies.values() if _is_of_time(row, movie)]
        in_its_year = [
            movie
            for movie, of_movie in keys
            if row.year is not None and movie.year == row.year and wanted.is_like_in_its_year(of_movie)
        ]
        same = in_its_year or [movie for movie, of_movie in keys if wanted.is_like(of_movie)]
        return same[0] if len(same) == 1 else None

    def _certain(self, match: Match, row: Row) -> Movie | None:
        """Return the movie that a match certainly means; None if it is uncertain.

        Of several candidates, those of the year of the row are preferred. The best known of them is meant if it has
        WELL_KNOWN times as many ratings as any other.
        """
        if isinstance(match, Unknown):
            return None
        candidates = (match.movie,) if isinstance(match, Found) else match.candidates
        if row.year is None:
            candidates = tuple(movie for movie in candidates if _has_same_title(row, movie))
        else:
            candidates = tuple(movie for movie in candidates if movie.year == row.year) or tuple(
                movie for movie in candidates if _is_like(row, movie)
            )
        if not candidates:
            return None
        first, *others = sorted(candidates, key=lambda movie: -movie.rating_count)
        is_certain = all(first.rating_count >= WELL_KNOWN * max(other.rating_count, 1) for other in others)
        return first if is_certain else None


def _labelled(name: str, year: int | None) -> str:
    return name if year is None else f"{name} ({year})"


def _simpler(title: str) -> Iterator[str]:
    """Yield other forms of a title: without what is in parentheses, and without colons and dashes."""
    plain = " ".join(_IN_PARENTHESES.sub(" ", title).split())
    if plain != title:
        yield plain
        yield from _other_names(title)
    first, *others = _SEPARATORS.split(plain)
    if others:
        yield " ".join((first, *others))


def _other_names(title: str) -> list[str]:
    """Return the names of several words that a title has in parentheses."""
    return [name for names in _IN_PARENTHESES.findall(title) for name in _NAMES.split(names) if " " in name.strip()]


def _is_of_time(row: Row, movie: Movie) -> bool:
    return row.year is None or movie.year is None or abs(row.year - movie.year) <= YEAR_TOLERANCE


def _has_same_title(row: Row, movie: Movie) -> bool:
    """Return whether a title of the row is one of the movie's, with the same article in front."""
    return any(title.is_same(name) for title in _keys_of(row) for name in _keys_of_names(movie))


def _is_like(row: Row, movie: Movie) -> bool:
    """Return whether a title of the row is one of the movie's titles, in whatever form."""
    return any(title.is_like(name) for title in _keys_of(row) for name in _keys_of_names(movie))


def _keys_of(row: Row) -> list[TitleKeys]:
    titles = [title for title in (row.title, row.other_title) if title]
    return [TitleKeys.of(title, None) for title in (*titles, *_other_names(row.title))]


def _keys_of_names(movie: Movie) -> list[TitleKeys]:
    return [TitleKeys.of(name, movie.year) for name in _names(movie.title)]


def _is_alike(row: Row, movie: Movie) -> bool:
    """Return whether a title of the row is nearly one of the movie's, and all numbers are the same."""
    names = [_comparable(name) for name in _names(movie.title)]
    for title in filter(None, (row.title, row.other_title)):
        wanted = _comparable(title)
        if any(_numbers(wanted) == _numbers(name) and _similarity(wanted, name) >= ALIKE for name in names):
            return True
    return False


def _similarity(first: str, second: str) -> float:
    return float(max(fuzz.ratio(first, second), fuzz.token_sort_ratio(first, second)))


def _names(title: str) -> Iterable[str]:
    yield title
    yield _IN_PARENTHESES.sub("", title).strip()
    for names in _IN_PARENTHESES.findall(title):
        yield from filter(None, _NAMES.split(names))


def _comparable(title: str) -> str:
    plain = _LATER_ARTICLE.sub(r"\2 \1", " ".join(title.split()))
    return default_process(without_accents(plain.casefold().replace("&", " and "))).removeprefix("the ")


def _numbers(title: str) -> Sequence[str]:
    return [word for word in title.split() if word.isdecimal()]
