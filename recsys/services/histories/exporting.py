"""The ratings of a person as the table that Letterboxd imports."""

import csv
import io
from collections.abc import Iterable, Mapping

from recsys.histories.reelmate import COLUMNS
from recsys.services.state import ServingState
from storage.records import Rating


def letterboxd_table(ratings: Mapping[int, Rating], seen: Iterable[int], state: ServingState) -> bytes:
    """Return a CSV file with the movies that a person has rated or seen. A movie that left the catalogue is left out.

    Args:
        ratings: movie id -> rating.
        seen: ids of movies that were seen and may be rated.
        state: has the catalogue.
    """
    table = io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(COLUMNS)
    for movie_id in dict.fromkeys((*ratings, *seen)):
        movie, rating = state.movies.get(movie_id), ratings.get(movie_id)
        if movie is None:
            continue
        rated = ("", "") if rating is None else (round(2 * rating.stars), rating.rated_at.date().isoformat())
        writer.writerow((movie.tmdb_id or "", movie.imdb_id or "", movie.title, movie.year or "", *rated))
    return table.getvalue().encode()
