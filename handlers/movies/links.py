"""Addresses of a movie at other sites. None of them needs a key."""

import re
from urllib.parse import quote, quote_plus

from handlers.i18n import clipped
from handlers.texts import details, names
from storage.records import Movie

_OTHER_TITLES = re.compile(r"\s*\([^()]*\)")


def imdb(movie: Movie) -> str:
    """Return the page of a movie at IMDb, or a search for it if its id is not known."""
    if movie.imdb_id is not None:
        return f"https://www.imdb.com/title/{movie.imdb_id}/"
    return f"https://www.imdb.com/find/?s=tt&q={quote_plus(_title_and_year(movie))}"


def tmdb(movie: Movie) -> str:
    """Return the page of a movie at TMDB, or a search for it if its id is not known."""
    if movie.tmdb_id is not None:
        return f"https://www.themoviedb.org/movie/{movie.tmdb_id}"
    words = _title(movie) if movie.year is None else f"{_title(movie)} y:{movie.year}"
    return f"https://www.themoviedb.org/search/movie?query={quote_plus(words)}"


def letterboxd(movie: Movie) -> str:
    """Return the page of a movie at Letterboxd, which forwards from both ids, or a search for it."""
    if movie.imdb_id is not None:
        return f"https://letterboxd.com/imdb/{movie.imdb_id}/"
    if movie.tmdb_id is not None:
        return f"https://letterboxd.com/tmdb/{movie.tmdb_id}/"
    return f"https://letterboxd.com/search/films/{quote(_title_and_year(movie), safe='')}/"


def where_to_watch(movie: Movie) -> str:
    """Return a search of the web for services that show a movie. Which ones do depends on the person's country."""
    return f"https://duckduckgo.com/?q={quote_plus(details.where_to_watch(_title_and_year(movie)))}"


def _title(movie: Movie) -> str:
    """Return the title of a movie without the other titles in parentheses."""
    return clipped(_OTHER_TITLES.sub("", movie.title) or movie.title, names.TITLE_LETTERS)


def _title_and_year(movie: Movie) -> str:
    return _title(movie) if movie.year is None else f"{_title(movie)} {movie.year}"
