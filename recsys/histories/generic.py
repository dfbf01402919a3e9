"""Any other table with a title or an id of each film and, if there is one, a rating.

This is also how the file is read that Letterboxd imports: tmdbID,imdbID,Title,Year,Rating10,WatchedDate.
"""

from collections.abc import Mapping

from recsys.histories.rows import Part, Row, Source
from recsys.histories.tables import Table
from recsys.histories.values import imdb_id_of, number_of, rating_of, times_of, title_and_year, year_of

_TITLES = (
    "title",
    "name",
    "movie",
    "film",
    "movietitle",
    "filmtitle",
    "moviename",
    "titel",
    "titre",
    "título",
    "titolo",
)
_ORIGINALS = ("originaltitle", "othertitle", "originalname")
_YEARS = ("year", "releaseyear", "releasedate", "released", "jahr", "année", "año", "anno")
_IMDB = ("imdbid", "imdb", "tconst", "const", "imdburl", "imdblink")
_TMDB = ("tmdbid", "tmdb", "themoviedbid")
_RATINGS = ("yourrating", "myrating", "userrating", "rating10", "rating", "stars", "score", "yourscore", "rate", "note")
_DATES = (
    "daterated",
    "ratedat",
    "watcheddate",
    "watchedat",
    "datewatched",
    "date",
    "timestamp",
    "watched",
    "lastwatched",
)
_TYPES = ("type", "titletype", "mediatype", "kind")
_NO_FILMS = ("series", "episode", "show", "tv", "season", "game")
_TEN = ("rating10",)


def is_header(columns: Mapping[str, int]) -> bool:
    """Return whether a column names the films."""
    return any(name in columns for name in (*_TITLES, *_IMDB, *_TMDB))


def read(table: Table) -> Part:
    """Read the table. A row without a rating says that the film was seen."""
    has_rating = any(table.has(name) for name in _RATINGS)
    is_of_ten = any(table.has(name) for name in _TEN) and not table.has("rating")
    rows, left_out = [], 0
    for cell, other, year, imdb, tmdb, value, kind, date in zip(
        table.cells(*_TITLES),
        table.cells(*_ORIGINALS),
        table.cells(*_YEARS),
        table.cells(*_IMDB),
        table.cells(*_TMDB),
        table.cells(*_RATINGS),
        table.cells(*_TYPES),
        times_of(table.cells(*_DATES)),
        strict=True,
    ):
        title, year_of_title = title_and_year(cell)
        imdb_id, tmdb_id = imdb_id_of(imdb), number_of(tmdb)
        words = kind.casefold().split()
        if any(word in words[-1] for word in _NO_FILMS if words) and "movie" not in words:
            left_out += 1
        elif title or imdb_id or tmdb_id:
            rating = rating_of(value) if has_rating else None
            rows.append(
                Row(
                    "seen" if rating is None else "rated",
                    title,
                    year_of(year) or year_of_title,
                    title_and_year(other)[0],
                    imdb_id,
                    tmdb_id,
                    rating=rating,
                    at=date,
                )
            )
    return Part(Source.OTHER, tuple(rows), left_out, (0.5, 10.0) if is_of_ten else None)
