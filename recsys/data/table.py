"""Own data sets: `ratings`, `movies` and perhaps `people`, each a CSV or a Parquet file.

    ratings(user_id, movie_id, rating, timestamp?)
    movies(movie_id, title, year?, genres?, description?, directors?, actors?, poster_url?)
    people(user_id, gender?, age?, occupation?)

Other columns are ignored. People may be named by whole numbers or by any text; texts get the ids 1, 2, … in order.
Several genres, directors or actors stand in one cell separated by "|", or by ", ", or in a Parquet list.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from recsys.data.assemble import People, Ratings, assemble, ids_once, ratings_once
from recsys.data.columns import (
    MAX_ID,
    Column,
    Table,
    codes,
    integers,
    names,
    positions,
    read_table,
    stars,
    texts,
    times,
    titles,
    urls,
)
from recsys.data.dataset import Dataset
from recsys.data.errors import DataError
from recsys.data.rows import CSV, Faults, Progress, read_header
from recsys.data.titles import MAX_YEAR, MIN_YEAR
from recsys.data.user_ids import UserIds
from recsys.profile import MAX_AGE, MAX_RATING, MIN_AGE, MIN_RATING, OCCUPATIONS
from storage.records import Movie

_GENDERS = {"f": 0, "female": 0, "m": 1, "male": 1}
_OCCUPATIONS = {
    **{str(code): code for code in range(len(OCCUPATIONS))},
    **{name.casefold(): code for code, name in enumerate(OCCUPATIONS)},
}
_USER_ID = "a whole number from 0 up, or a name"

MOVIE_DETAILS = (
    Column("description", "a text", texts),
    Column("directors", "names separated by |", names),
    Column("actors", "names separated by |", names),
    Column("poster_url", "an address that begins with http:// or https://", urls),
)
"""The columns of a movie that a details file can add."""


def table_file(folder: Path, name: str) -> Path | None:
    """The CSV or Parquet file of a table; None where there is none.

    Raises:
        DataError: there are both.
    """
    found = [path for suffix in (".csv", ".parquet") if (path := folder / f"{name}{suffix}").is_file()]
    if len(found) > 1:
        raise DataError(str(folder), None, None, f"{found[0].name} and {found[1].name}", "one of the two")
    return found[0] if found else None


def read_own(folder: Path, faults: Faults, progress: Progress) -> Dataset | None:
    """Read own tables; None where the folder has no ratings and movies.

    Raises:
        DataError: the first bad row if `faults` does not skip, or a file that cannot be read at all.
    """
    movies_path, ratings_path = table_file(folder, "movies"), table_file(folder, "ratings")
    if movies_path is None or ratings_path is None:
        return None
    movies = _movies(movies_path, faults, progress)
    users = UserIds()
    people_path = table_file(folder, "people")
    listed = None if people_path is None else _people(people_path, users, faults, progress)

    movie_ids = np.array([movie.movie_id for movie in movies], np.int64)
    user = _USER_ID if people_path is None else f"a person of {people_path.name}"
    columns = [
        Column("user_id", user, users.parse),
        Column("movie_id", f"a movie of {movies_path.name}", positions(movie_ids)),
        Column("rating", f"a number from {MIN_RATING:g} to {MAX_RATING:g}", stars(MIN_RATING, MAX_RATING)),
        *_those_there(ratings_path, [Column("timestamp", "whole seconds since 1970", times)]),
    ]
    table = read_table(ratings_path, columns, CSV, faults, partial(progress, "ratings"))
    rated = ratings_once(table, "user_id", "movie_id", movie_ids, faults).values

    ids = users.numbers()
    if listed is None:
        people = People.unknown(np.sort(ids[np.unique(rated["user_id"])]))
    else:
        absent = np.full(len(listed.lines), -1)
        genders, ages, occupations = (listed.values.get(name, absent) for name in ("gender", "age", "occupation"))
        people = People.of(ids[listed.values["user_id"]], genders, ages, occupations)
    place = np.searchsorted(people.user_ids, ids).astype(np.int32)
    ratings = Ratings(place[rated["user_id"]], rated["movie_id"], rated["rating"], rated.get("timestamp"))
    return assemble(folder.resolve().name, movies, people, ratings, skipped_rows=faults.skipped)


def _movies(path: Path, faults: Faults, progress: Progress) -> list[Movie]:
    columns = [
        Column("movie_id", "a whole number from 1 up", integers(1, MAX_ID)),
        Column("title", f"a title, any year in it from {MIN_YEAR} to {MAX_YEAR}", titles),
        *_those_there(
            path,
            [
                Column("year", f"a year from {MIN_YEAR} to {MAX_YEAR}", integers(MIN_YEAR, MAX_YEAR, missing=0)),
                Column("genres", "genres separated by |", names),
                *MOVIE_DETAILS,
            ],
        ),
    ]
    table = ids_once(read_table(path, columns, CSV, faults, partial(progress, "movies")), "movie_id", "movie", faults)
    rows = [
        dict(zip(table.values, row, strict=True))
        for row in zip(*map(np.ndarray.tolist, table.values.values()), strict=True)
    ]
    return sorted((_movie(row) for row in rows), key=lambda movie: movie.movie_id)


def _movie(row: dict[str, Any]) -> Movie:
    """A movie of one row; a year that ends its title is split off unless the year column says another."""
    title, year = row.pop("title")
    said = row.pop("year", 0)
    if said and year not in (None, said):
        title = f"{title} ({year})"
    return Movie(title=title, year=said or year, **row)


def _people(path: Path, users: UserIds, faults: Faults, progress: Progress) -> Table:
    age = f"a whole number from {MIN_AGE} to {MAX_AGE}"
    occupation = f"a whole number from 0 to {len(OCCUPATIONS) - 1} or one of " + ", ".join(OCCUPATIONS)
    columns = [
        Column("user_id", _USER_ID, users.parse),
        *_those_there(
            path,
            [
                Column("gender", "F or M", codes(_GENDERS, missing=-1)),
                Column("age", age, integers(MIN_AGE, MAX_AGE, np.int16, missing=-1)),
                Column("occupation", occupation, codes(_OCCUPATIONS, missing=-1)),
            ],
        ),
    ]
    table = read_table(path, columns, CSV, faults, partial(progress, "people"))
    table = ids_once(table, "user_id", "person", faults, users.name)
    users.close(table.values["user_id"])
    return table


def _those_there(path: Path, columns: list[Column]) -> list[Column]:
    """The optional columns that the file has."""
    header = read_header(path)
    return [column for column in columns if column.name in header]
