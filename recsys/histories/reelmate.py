"""Reelmate: what `/export letterboxd` writes.

    tmdbID,imdbID,Title,Year,Rating10,WatchedDate

A rating is the stars of the person in halves. So another bot stores it as it was.
"""

from collections.abc import Mapping
from dataclasses import replace

from recsys.histories import generic
from recsys.histories.rows import Part, Source
from recsys.histories.tables import Table, column_name

COLUMNS = ("tmdbID", "imdbID", "Title", "Year", "Rating10", "WatchedDate")
"""The columns, as Letterboxd names them. A rating is from 1 to 10, in whole numbers."""

SCALE = (0.5, 5.0)
"""Half a star to five stars."""


def is_header(columns: Mapping[str, int]) -> bool:
    """Return whether these are the columns of the export, in its order."""
    return tuple(columns) == tuple(map(column_name, COLUMNS))


def read(table: Table) -> Part:
    """Read the ratings as stars. A row without a rating says that the film was seen."""
    part = generic.read(table)
    rows = [row if row.rating is None else replace(row, rating=row.rating / 2) for row in part.rows]
    return Part(Source.REELMATE, tuple(rows), part.left_out, SCALE)
