"""The tokens that describe a movie to the movie tower: its genres, year, people and words."""

import re
import unicodedata
from collections.abc import Iterable

from storage.records import Movie

MAX_ACTORS = 4
"""Only the first actors of a cast become tokens."""

_STOP_WORDS = frozenset(
    re.findall(
        r"\w+",
        "a about after all also an and are as at be been but by can for from get has have he her him his how "
        "i if in into is it its la le life man more new not of on one or out she so some than that the their "
        "them they this to two up was what when where which while who will with world you young ",
    )
)
"""Words of titles and descriptions that become no token, because they do not describe a movie."""


def movie_tokens(movie: Movie) -> list[str]:
    """Return the descriptions of a movie as "field:value", without repetitions.

    Details on which no model may be trained are left out, such as those from TMDB.
    """
    movie = movie.trainable
    tokens = [f"genre:{genre}" for genre in movie.genres]
    if movie.year is not None:
        tokens += [f"year:{movie.year}", f"decade:{movie.year // 10}0"]
    tokens += [f"title:{word}" for word in _words(movie.title)]
    tokens += [f"director:{name}" for name in _names(movie.directors)]
    tokens += [f"actor:{name}" for name in _names(movie.actors[:MAX_ACTORS])]
    tokens += [f"plot:{word}" for word in _words(movie.description or "")]
    return list(dict.fromkeys(tokens))


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return [word for word in re.findall(r"[a-z0-9]+", plain) if len(word) > 1 and word not in _STOP_WORDS]


def _names(names: Iterable[str]) -> list[str]:
    return [" ".join(_words(name)) for name in names]
