"""TMDB: its exports of ratings and of the watchlist.

    TMDb ID,IMDb ID,Type,Name,Release Date,Season Number,Episode Number,Rating,Your Rating,Date Rated

`Rating` is that of everybody.
"""

from collections.abc import Mapping

from recsys.histories.rows import Part, Row, Source
from recsys.histories.tables import Table
from recsys.histories.values import imdb_id_of, number_of, rating_of, time_of, title_of, year_of

SCALE = (0.5, 10.0)
"""Half a point to ten points."""


def is_header(columns: Mapping[str, int]) -> bool:
    """Return whether these are the columns of TMDB's export."""
    return {"tmdbid", "type", "name"} <= columns.keys()


def read(table: Table) -> Part:
    """Read ratings or a watchlist. A title without a rating of the person is on the watchlist."""
    rows, left_out = [], 0
    for number, imdb, kind, name, released, season, rating, date in zip(
        table.cells("tmdbid"),
        table.cells("imdbid"),
        table.cells("type"),
        table.cells("name"),
        table.cells("releasedate"),
        table.cells("seasonnumber"),
        table.cells("yourrating"),
        table.cells("daterated", "dateadded"),
        strict=True,
    ):
        if kind.casefold() not in ("", "movie", "film") or season:
            left_out += 1
        elif name or number:
            stars = rating_of(rating)
            rows.append(
                Row(
                    "later" if not stars else "rated",
                    title_of(name),
                    year_of(released),
                    imdb_id=imdb_id_of(imdb),
                    tmdb_id=number_of(number),
                    rating=stars or None,
                    at=time_of(date),
                )
            )
    return Part(Source.TMDB, tuple(rows), left_out, SCALE)
