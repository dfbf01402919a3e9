"""IMDb: ratings, the watchlist and lists, in the layouts of before 2017, of 2017 to 2024, and of today.

position,const,created,modified,description,Title,Title type,Directors,You rated,IMDb Rating,...
Const,Your Rating,Date Rated,Title,URL,Title Type,IMDb Rating,Runtime (mins),Year,...
Position,Const,Created,Modified,Description,Title,Original Title,URL,Title Type,...,Your Rating,Date Rated
"""

from collections.abc import Mapping

from recsys.histories.rows import Part, Row, Source
from recsys.histories.tables import Table
from recsys.histories.values import imdb_id_of, rating_of, time_of, title_of, year_of

SCALE = (1.0, 10.0)
"""The lowest and the highest rating."""

_NO_FILMS = ("series", "episode", "game", "podcast", "music", "season")


def is_header(columns: Mapping[str, int]) -> bool:
    """Return whether these are the columns of IMDb's export."""
    return "const" in columns and ("title" in columns or "yourrating" in columns)


def read(table: Table) -> Part:
    """Read ratings, a watchlist or a list. A title without a rating of the person is on the watchlist."""
    ids = [imdb_id_of(cell) for cell in table.cells("const")]
    rated = [rating_of(cell) for cell in table.cells("yourrating", "yourated")]
    dates = [time_of(cell) for cell in table.cells("daterated", "created")]
    created = [time_of(cell) for cell in table.cells("created")]
    titles, others = table.cells("title"), table.cells("originaltitle")
    types, years = table.cells("titletype"), table.cells("year")
    rows, left_out = [], 0
    for place, imdb_id in enumerate(ids):
        if any(word in types[place].casefold() for word in _NO_FILMS):
            left_out += 1
        elif imdb_id or titles[place]:
            title, other = title_of(titles[place]), title_of(others[place])
            rows.append(
                Row(
                    "later" if rated[place] is None else "rated",
                    title,
                    year_of(years[place]),
                    other if other != title else "",
                    imdb_id,
                    rating=rated[place],
                    at=dates[place] or created[place],
                )
            )
    return Part(Source.IMDB, tuple(rows), left_out, SCALE)
