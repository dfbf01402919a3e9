"""Which movie of TMDB a movie of the catalogue is: by its ids, or else by its title and year."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.client.tmdb.answers import details_of
from bot.client.tmdb.api import Tmdb
from recsys.text.titles import YEAR_TOLERANCE, Found, TitleIndex
from storage.net_details import FoundDetails
from storage.records import Movie

MAX_TITLES = 3
"""A movie is searched by at most this many of its titles: "Seven Samurai (Shichinin no samurai)" has two."""

_IN_PARENTHESES = re.compile(r"\(([^()]*)\)")
_ALSO_KNOWN_AS = re.compile(r"^a\.?k\.?a\.?\s+", re.IGNORECASE)
_LATER_ARTICLE = re.compile(r"^(.+), (The|An?|Les?|La|L'|Il|Lo|I|Gli|Der|Die|Das|El|Los|Las|De[nt]?|Det)$")
_YEAR = re.compile(r"(\d{4})-\d{2}-\d{2}")


async def find_details(tmdb: Tmdb, movie: Movie) -> FoundDetails | None:
    """Return what TMDB says about a movie; None if TMDB does not know it, or if it is not certain which one it is.

    Args:
        tmdb: the API.
        movie: of the catalogue, without details from TMDB.

    Raises:
        Exception: as the methods of `Tmdb`.
    """
    if movie.tmdb_id is not None and (answer := await tmdb.movie(movie.tmdb_id)) is not None:
        return details_of(answer)
    tmdb_id = await _find_id(tmdb, movie)
    answer = None if tmdb_id is None else await tmdb.movie(tmdb_id)
    return None if answer is None else details_of(answer)


async def _find_id(tmdb: Tmdb, movie: Movie) -> int | None:
    if movie.imdb_id is not None:
        for result in await tmdb.find(movie.imdb_id):
            if (tmdb_id := _id(result)) is not None:
                return tmdb_id
    for title in searched_titles(movie.title):
        tmdb_id = best_match(movie, await tmdb.search(title, movie.year))
        if tmdb_id is not None:
            return tmdb_id
    return None


def searched_titles(title: str) -> list[str]:
    """Return the titles by which a movie is searched: without those in parentheses, and then each of these."""
    names = [_IN_PARENTHESES.sub("", title), *_IN_PARENTHESES.findall(title)]
    plain = (_LATER_ARTICLE.sub(r"\2 \1", _ALSO_KNOWN_AS.sub("", " ".join(name.split()))) for name in names)
    return list(dict.fromkeys(filter(None, plain)))[:MAX_TITLES]


def best_match(movie: Movie, results: list[Any]) -> int | None:
    """Return the id of the result that is this movie; None if none of them certainly is.

    A result must have one of the movie's titles, as its title or as its original title, and the year of the movie or
    the one before or after it. The nearest year comes first, and then TMDB's order.
    """
    index = TitleIndex([movie])
    fitting = []
    for order, result in enumerate(results):
        tmdb_id = _id(result)
        if tmdb_id is None or not any(isinstance(index.find_exact(title), Found) for title in _titles(result)):
            continue
        year = _year(result)
        gap = 0 if movie.year is None else YEAR_TOLERANCE + 1 if year is None else abs(year - movie.year)
        if gap <= YEAR_TOLERANCE:
            fitting.append((gap, order, tmdb_id))
    return min(fitting)[2] if fitting else None


def _titles(result: Mapping[str, Any]) -> Iterator[str]:
    for name in ("title", "original_title"):
        if isinstance(result.get(name), str) and result[name]:
            yield result[name]


def _year(result: Mapping[str, Any]) -> int | None:
    written = result.get("release_date")
    match = _YEAR.fullmatch(written) if isinstance(written, str) else None
    return None if match is None else int(match[1])


def _id(result: Any) -> int | None:
    if not isinstance(result, Mapping) or result.get("adult") is True:
        return None
    tmdb_id = result.get("id")
    return tmdb_id if isinstance(tmdb_id, int) and not isinstance(tmdb_id, bool) and tmdb_id > 0 else None
