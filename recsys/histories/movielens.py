"""MovieLens: its own export, and a table of ratings in the form of its data sets.

movie_id,imdb_id,tmdb_id,rating,average_rating,title
userId,movieId,rating,timestamp
"""

from collections.abc import Mapping

from recsys.histories.problems import Problem, UnreadableHistory
from recsys.histories.rows import Kind, Part, Row, Source
from recsys.histories.tables import Table
from recsys.histories.values import imdb_id_of, number_of, rating_of, time_of, title_and_year

SCALE = (0.5, 5.0)
"""Half a star to five stars."""


def is_header(columns: Mapping[str, int]) -> bool:
    """Return whether these are the columns of MovieLens's export."""
    is_export = {"movieid", "imdbid", "tmdbid"} <= columns.keys()
    return is_export or {"userid", "movieid", "rating"} <= columns.keys()


def read(table: Table) -> Part:
    """Read ratings, or the wish list, which has no column of ratings.

    Raises:
        UnreadableHistory: the ratings are of several people.
    """
    if len({cell for cell in table.cells("userid") if cell}) > 1:
        raise UnreadableHistory(Problem.SEVERAL_PEOPLE)
    unrated: Kind = "seen" if table.has("rating") else "later"
    rows = []
    for movie, imdb, tmdb, cell, name, date in zip(
        table.cells("movieid"),
        table.cells("imdbid"),
        table.cells("tmdbid"),
        table.cells("rating"),
        table.cells("title"),
        table.cells("timestamp", "date"),
        strict=True,
    ):
        rating, movielens_id = rating_of(cell), number_of(movie)
        # MovieLens writes -1 for a film that was hidden without a rating.
        if movielens_id is None or (rating is not None and rating < 0):
            continue
        title, year = title_and_year(name)
        rows.append(
            Row(
                unrated if not rating else "rated",
                title,
                year,
                imdb_id=imdb_id_of(imdb),
                tmdb_id=number_of(tmdb),
                movielens_id=movielens_id,
                rating=rating or None,
                at=time_of(date),
            )
        )
    return Part(Source.MOVIELENS, tuple(rows), scale=SCALE)
