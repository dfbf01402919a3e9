"""Any other table with a title or an id of each film and, if there is one, a rating."""

import re
from collections.abc import Mapping, Sequence

from recsys.histories.problems import Problem, UnreadableHistory
from recsys.histories.rows import Kind, Part, Row, Source
from recsys.histories.scales import scale_to
from recsys.histories.tables import Table
from recsys.histories.values import imdb_id_of, number_of, rating_and_highest_of, times_of, title_and_year, year_of

_TITLES = (
    *("title", "name", "movie", "film", "movietitle", "filmtitle", "moviename"),
    *("titel", "titre", "título", "titolo"),
)
_ORIGINALS = ("originaltitle", "othertitle", "originalname")
_YEARS = ("year", "releaseyear", "releasedate", "released", "jahr", "année", "año", "anno")
_IMDB = ("imdbid", "imdb", "tconst", "const", "imdburl", "imdblink")
_TMDB = ("tmdbid", "tmdb", "themoviedbid")
_RATINGS = ("yourrating", "myrating", "userrating", "rating10", "rating", "stars", "score", "yourscore", "rate", "note")
_DATES = (
    *("daterated", "ratedat", "watcheddate", "watchedat", "datewatched"),
    *("date", "timestamp", "watched", "lastwatched"),
)
_WATCHED = ("watched", "seen")
_TYPES = ("type", "titletype", "mediatype", "kind")
_NO_FILMS = ("series", "episode", "show", "season", "game")
"""The last word of a type that is none of films. "tvMovie" and "tvSpecial" are films."""

_TEN = ("rating10",)
_PEOPLE = ("knownfor", "birthdate")
"""Columns of lists of people."""
_OWNERS = ("userid", "username", "profileid", "profilename", "profile", "memberid")
"""Columns that say whose rating a row is."""

_UP = frozenset(("up", "thumbs up", "thumb up", "like", "liked", "love", "loved", "👍", "❤", "♥"))
_DOWN = frozenset(("down", "thumbs down", "thumb down", "dislike", "disliked", "hate", "hated", "👎"))
_NO = frozenset(("no", "n", "false", "0"))
_SITES = ("imdb", "tmdb")
"""Columns that may have ids or scores."""

_SCORE = re.compile(r"(?:\d{1,2}(?:[.,]\d*)?|100)(?:\s?/\s?10|\s?%)?|n/a|-", re.IGNORECASE)


def is_header(columns: Mapping[str, int]) -> bool:
    """Return whether a column names the films."""
    has_films = any(name in columns for name in (*_TITLES, *_IMDB, *_TMDB))
    return has_films and not any(name in columns for name in _PEOPLE)


def read(table: Table) -> Part:
    """Read the table. A row without a rating says that the film was seen, unless a column says that it was not.

    Raises:
        UnreadableHistory: the rows are of several people.
    """
    if len(set(table.cells(*_OWNERS)) - {""}) > 1:
        raise UnreadableHistory(Problem.SEVERAL_PEOPLE)
    values = table.cells(*_RATINGS)
    ratings, scale = _ratings(values, is_of_ten=table.has(*_TEN) and not table.has("rating"))
    rows, left_out = [], 0
    for cell, other, year, imdb, tmdb, value, rating, kind, watched, date in zip(
        table.cells(*_TITLES),
        table.cells(*_ORIGINALS),
        table.cells(*_YEARS),
        _ids(table, _IMDB),
        _ids(table, _TMDB),
        values,
        ratings,
        table.cells(*_TYPES),
        table.cells(*_WATCHED),
        times_of(table.cells(*_DATES)),
        strict=True,
    ):
        title, year_of_title = title_and_year(cell)
        imdb_id, tmdb_id, thumb = imdb_id_of(imdb), number_of(tmdb), _thumb(value)
        last_word = (kind.casefold().split() or [""])[-1]
        if last_word == "tv" or any(word in last_word for word in _NO_FILMS):
            left_out += 1
        elif title or imdb_id or tmdb_id:
            unrated: Kind = "later" if watched.casefold() in _NO else "seen"
            rows.append(
                Row(
                    unrated if rating is None and thumb is None else "rated",
                    title,
                    year_of(year) or year_of_title,
                    title_and_year(other)[0],
                    imdb_id,
                    tmdb_id,
                    rating=rating,
                    thumb=thumb,
                    at=date,
                )
            )
    return Part(Source.OTHER, tuple(rows), left_out, scale)


def _ratings(cells: Sequence[str], *, is_of_ten: bool) -> tuple[list[float | None], tuple[float, float] | None]:
    """Return the ratings and their scale; None for the scale if nothing but the ratings says it.

    If cells say different highest ratings ("4/5" and "8/10"), all ratings are on the scale of the largest of them.
    """
    read = [rating_and_highest_of(cell) for cell in cells]
    pairs = [(None, None) if rating is not None and rating < 0 else (rating, highest) for rating, highest in read]
    highest = max((of for _, of in pairs if of is not None), default=None)
    if highest is None:
        return [rating for rating, _ in pairs], (0.5, 10.0) if is_of_ten else None
    ratings = [None if rating is None else rating * highest / (of or highest) for rating, of in pairs]
    return ratings, scale_to(highest, [rating for rating in ratings if rating is not None])


def _thumb(cell: str) -> bool | None:
    word = cell.casefold().rstrip("\N{VARIATION SELECTOR-16}")
    return True if word in _UP else False if word in _DOWN else None


def _ids(table: Table, names: Sequence[str]) -> list[str]:
    """Return the cells of the first column of ids; empty cells if it has scores: "IMDb" may be what others think."""
    cells = table.cells(*names)
    may_have_scores = next((name for name in names if table.has(name)), "") in _SITES
    is_score = may_have_scores and all(_SCORE.fullmatch(cell) for cell in cells if cell)
    return [""] * len(cells) if is_score else cells
