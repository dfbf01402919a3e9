"""Letterboxd: the files of its export, and the file that its import reads.

    ratings.csv     Date,Name,Year,Letterboxd URI,Rating
    watched.csv, watchlist.csv, likes/films.csv     Date,Name,Year,Letterboxd URI
    diary.csv       Date,Name,Year,Letterboxd URI,Rating,Rewatch,Tags,Watched Date
    lists/*.csv     Position,Name,Year,URL,Description

A list begins with a preface. In an archive lists are left out. A list that is sent alone is for later. Names,
addresses, comments and reviews are never read.
"""

from collections.abc import Mapping
from pathlib import PurePosixPath

from recsys.histories.rows import Kind, Part, Row, Source
from recsys.histories.tables import Table
from recsys.histories.values import rating_of, time_of, title_of, year_of

SCALE = (0.5, 5.0)
"""Half a star to five stars."""

_PRIVATE = frozenset(("profile.csv", "comments.csv", "reviews.csv"))


def is_private(path: str) -> bool:
    """Return whether a file of the export is about other things than films: the person, lists, comments, reviews."""
    name = PurePosixPath(path.casefold())
    is_of_likes = name.parent.name == "likes" and name.name != "films.csv"
    return name.name in _PRIVATE or "lists" in name.parts[:-1] or is_of_likes


def is_header(columns: Mapping[str, int]) -> bool:
    """Return whether these are the columns of Letterboxd's export."""
    is_list = {"position", "name", "year", "url"} <= columns.keys()
    return is_list or ("letterboxduri" in columns and "name" in columns)


def read(table: Table) -> Part:
    """Read one of the files. The files without ratings differ in their names only."""
    path = PurePosixPath(table.name.casefold())
    rated = [rating_of(cell) for cell in table.cells("rating")]
    days = [time_of(cell) for cell in table.cells("watcheddate", "date")]
    is_liked = path.parent.name == "likes" or path.name.startswith(("likes", "films"))
    is_later = "watchlist" in path.name or table.has("position")
    unrated: Kind = "rated" if is_liked else "later" if is_later else "seen"
    titles, years = table.cells("name"), table.cells("year")
    rows = [
        Row(
            "rated" if rating is not None else unrated,
            title_of(title),
            year_of(year),
            rating=rating,
            thumb=True if is_liked and rating is None else None,
            at=day,
        )
        for title, year, rating, day in zip(titles, years, rated, days, strict=True)
        if title
    ]
    return Part(Source.LETTERBOXD, tuple(rows), scale=SCALE)
