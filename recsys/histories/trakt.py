"""Trakt: the documents of its export, as one archive or one by one.

    ratings-movies.json     [{"rated_at": ..., "rating": 1 to 10, "type": "movie", "movie": {...}}, ...]
    watched-movies.json     [{"plays": ..., "last_watched_at": ..., "movie": {...}}, ...]
    watched-history-1.json  [{"watched_at": ..., "type": "movie", "movie": {...}}, ...]
    lists-watchlist.json    [{"listed_at": ..., "type": "movie", "movie": {...}}, ...]

A movie is {"title": ..., "year": ..., "ids": {"trakt": ..., "imdb": ..., "tmdb": ...}}; each id may be null.
"""

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from recsys.histories.problems import Problem, UnreadableHistory
from recsys.histories.rows import Part, Row, Source
from recsys.histories.tables import MAX_ROWS
from recsys.histories.values import imdb_id_of, number_of, rating_of, time_of, title_of, year_of

SCALE = (1.0, 10.0)
"""The lowest and the highest rating."""

_PRIVATE = ("comment", "user", "hidden", "network", "profile", "settings", "note", "like", "follow", "friend")
_SERIES = ("show", "season", "episode")


def is_private(path: str) -> bool:
    """Return whether a document of the export is about the person, or other people, and not about films."""
    return PurePosixPath(path.casefold()).name.startswith(_PRIVATE)


def read(text: str, name: str) -> Part | None:
    """Read one document; None if it is none of those above.

    Raises:
        UnreadableHistory: the text is no JSON, or it has too many entries.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise UnreadableHistory(Problem.DAMAGED) from None
    entries = document if isinstance(document, list) else [document]
    if len(entries) > MAX_ROWS:
        raise UnreadableHistory(Problem.TOO_MANY_ROWS)
    rows, left_out = [], 0
    for entry in entries:
        if not isinstance(entry, Mapping):
            continue
        if isinstance(movie := entry.get("movie"), Mapping):
            if (row := _row(entry, movie, PurePosixPath(name.casefold()).name)) is not None:
                rows.append(row)
        elif any(isinstance(entry.get(kind), Mapping) for kind in _SERIES):
            left_out += 1
    return Part(Source.TRAKT, tuple(rows), left_out, SCALE) if rows or left_out else None


def _row(entry: Mapping[str, Any], movie: Mapping[str, Any], name: str) -> Row | None:
    """Return what an entry says; None if it says nothing of this kind, as an entry of a collection or a list."""
    ids = movie.get("ids")
    ids = ids if isinstance(ids, Mapping) else {}
    title = title_of(_text(movie.get("title")))
    imdb_id, tmdb_id = imdb_id_of(_text(ids.get("imdb"))), number_of(_text(ids.get("tmdb")))
    if not (title or imdb_id or tmdb_id):
        return None
    columns: dict[str, Any] = {
        "title": title,
        "year": year_of(_text(movie.get("year"))),
        "imdb_id": imdb_id,
        "tmdb_id": tmdb_id,
    }
    rating = rating_of(_text(entry.get("rating")))
    if rating:
        return Row("rated", rating=rating, at=time_of(_text(entry.get("rated_at"))), **columns)
    watched = entry.get("last_watched_at") or entry.get("watched_at")
    if watched or entry.get("plays"):
        return Row("seen", at=time_of(_text(watched)), **columns)
    if entry.get("listed_at") and "watchlist" in name:
        return Row("later", at=time_of(_text(entry.get("listed_at"))), **columns)
    return None


def _text(value: object) -> str:
    return "" if value is None or isinstance(value, list | Mapping) else str(value)
