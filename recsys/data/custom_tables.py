"""Read custom data sets: the tables `ratings` and `movies` and optionally `people`, each as CSV or Parquet.

    ratings(user_id, movie_id, rating, timestamp?)
    movies(movie_id, title, year?, genres?, description?, directors?, actors?, poster_url?,
           certificate?, minutes?, imdb_id?, tmdb_id?)
    people(user_id, gender?, age?, occupation?)

"?" marks an optional column. Other columns are ignored. A user_id is a whole number or any text. If any of them is
text, people get the ids 1, 2, 3 and so on, in the order of the texts. A movie_id is a positive whole number or any
text. A cell may hold several genres, directors or actors, separated by "|" or by ", ", or as a list. If a person rated
a movie twice, the later rating counts.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.data.assemble import People, Ratings, assemble, drop_duplicate_ids, keep_latest_ratings
from recsys.data.columns import (
    IMDB_ID,
    MAX_ID,
    MAX_MINUTES,
    POSITIVE_INTEGER,
    TIME,
    TITLE,
    Column,
    Table,
    certificates,
    codes,
    genres,
    imdb_ids,
    integers,
    names,
    optional_integers,
    positions,
    read_table,
    stars,
    texts,
    times,
    titles,
    urls,
    years,
)
from recsys.data.dataset import Dataset
from recsys.data.errors import DataError
from recsys.data.ids import MovieIds, UserIds
from recsys.data.rows import CSV, BadRows, Progress, read_header
from recsys.data.titles import MAX_YEAR, MIN_YEAR
from recsys.profile import MAX_AGE, MAX_RATING, MIN_AGE, OCCUPATIONS
from storage.records import Movie

_GENDERS = {"f": 0, "female": 0, "m": 1, "male": 1}
_OCCUPATIONS = {
    **{str(code): code for code in range(len(OCCUPATIONS))},
    **{name.casefold(): code for code, name in enumerate(OCCUPATIONS)},
}
_USER_ID = "a non-negative whole number or a name"
MOVIE_ID = "a positive whole number or a text"
"""The expected value of a column with movie ids, for error messages."""
_HALF_STAR = 0.5
SCALES = {5: (_HALF_STAR, MAX_RATING), 10: (1.0, 10.0)}
"""Number that means five stars -> lowest and highest valid rating."""

NAMES = 'names separated by |, or a list such as ["Ann Ray", "Bo Li"]'
"""The expected value of a column of names, for error messages."""
GENRES = 'genres separated by |, or a list such as ["Drama", "War"]'
"""The expected value of a column of genres, for error messages."""

MOVIE_DETAILS = (
    Column("description", "text", texts),
    Column("directors", NAMES, names),
    Column("actors", NAMES, names),
    Column("poster_url", "a URL that starts with http:// or https://", urls),
    Column("certificate", "text", certificates),
    Column("minutes", f"whole minutes from 1 to {MAX_MINUTES}", optional_integers(1, MAX_MINUTES)),
    Column("imdb_id", IMDB_ID, imdb_ids),
    Column("tmdb_id", POSITIVE_INTEGER, optional_integers(1, MAX_ID)),
)
"""The optional columns of a movie that a details file can provide too."""


def find_table(folder: Path, name: str) -> Path | None:
    """Return the CSV or Parquet file of a table, None if there is none.

    Raises:
        DataError: both files exist.
    """
    paths = [path for suffix in (".csv", ".parquet") if (path := folder / f"{name}{suffix}").is_file()]
    if len(paths) > 1:
        raise DataError(str(folder), None, None, f"{paths[0].name} and {paths[1].name}", "only one of the two")
    return paths[0] if paths else None


def read_custom_tables(folder: Path, bad_rows: BadRows, progress: Progress, scale: int = 5) -> Dataset | None:
    """Read a folder of custom tables. Return None if it has no table of ratings or none of movies.

    Args:
        folder: folder with the tables.
        bad_rows: receives an error for every invalid row.
        progress: called with the table that is being read and the share of it that is read.
        scale: the rating that means five stars, one of SCALES.

    Raises:
        DataError: a file cannot be read, or a row is invalid and `bad_rows` does not skip.
    """
    movies_path, ratings_path = find_table(folder, "movies"), find_table(folder, "ratings")
    if movies_path is None or ratings_path is None:
        return None
    ids_of_movies = MovieIds()
    movies = _movies(movies_path, ids_of_movies, bad_rows, progress)
    user_ids = UserIds()
    people_path = find_table(folder, "people")
    people_table = None if people_path is None else _people(people_path, user_ids, bad_rows, progress)

    movie_ids = np.array([movie.movie_id for movie in movies], np.int64)
    expected_user = _USER_ID if people_path is None else f"a person listed in {people_path.name}"
    columns = [
        Column("user_id", expected_user, user_ids.parse),
        Column("movie_id", f"a movie listed in {movies_path.name}", positions(movie_ids, ids_of_movies.parse)),
        _rating_column(scale),
        *_present_columns(ratings_path, [Column("timestamp", TIME, times)]),
    ]
    table = read_table(ratings_path, columns, CSV, bad_rows, partial(progress, "ratings"))
    time_column = "timestamp" if "timestamp" in table.values else None
    rated = keep_latest_ratings(table, "user_id", "movie_id", time_column, len(movie_ids)).values

    ids = user_ids.numbers()
    people = _with_ids(people_table, ids, rated["user_id"])
    position_of_code = np.searchsorted(people.user_ids, ids).astype(np.int32)
    ratings = Ratings(position_of_code[rated["user_id"]], rated["movie_id"], rated["rating"], rated.get("timestamp"))
    return assemble(folder.resolve().name, movies, people, ratings, skipped_rows=bad_rows.skipped)


def _rating_column(scale: int) -> Column:
    low, high = SCALES[scale]
    expected = f"a number from {low:g} to {high:g}"
    if scale == MAX_RATING:
        expected += " (--scale 10 reads ratings from 1 to 10)"
    return Column("rating", expected, stars(low, high, scale))


def _with_ids(table: Table | None, ids: NDArray[np.int64], rating_codes: NDArray[np.int64]) -> People:
    """Return the people of their table, or the people who rated if there is no such table.

    Args:
        table: the table of people.
        ids: (codes,) the user id of each code.
        rating_codes: (r,) the code of the person of each rating.
    """
    if table is None:
        return People.without_demographics(np.sort(ids[np.unique(rating_codes)]))
    unknown = np.full(len(table.lines), -1)
    genders, ages, occupations = (table.values.get(name, unknown) for name in ("gender", "age", "occupation"))
    return People.from_unsorted(ids[table.values["user_id"]], genders, ages, occupations)


def _movies(path: Path, movie_ids: MovieIds, bad_rows: BadRows, progress: Progress) -> list[Movie]:
    year = Column("year", f"a year from {MIN_YEAR} to {MAX_YEAR}", years)
    columns = [
        Column("movie_id", MOVIE_ID, movie_ids.parse),
        Column("title", TITLE, titles),
        *_present_columns(path, [year, Column("genres", GENRES, genres), *MOVIE_DETAILS]),
    ]
    table = read_table(path, columns, CSV, bad_rows, partial(progress, "movies"))
    values = drop_duplicate_ids(table, "movie_id", "movie", bad_rows, movie_ids.name).values
    values.setdefault("imdb_id", np.full(len(values["movie_id"]), None, object))
    rows = [dict(zip(values, row, strict=True)) for row in zip(*map(np.ndarray.tolist, values.values()), strict=True)]
    return sorted((_movie(row, movie_ids) for row in rows), key=lambda movie: movie.movie_id)


def _movie(row: dict[str, Any], movie_ids: MovieIds) -> Movie:
    """Return the movie of a row. The title keeps a year at its end if the year column has a different one."""
    row["imdb_id"] = row["imdb_id"] or movie_ids.imdb_id(row["movie_id"])
    title, title_year = row.pop("title")
    year = row.pop("year", 0)
    if year and title_year not in (None, year):
        title = f"{title} ({title_year})"
    return Movie(title=title, year=year or title_year, **row)


def _people(path: Path, user_ids: UserIds, bad_rows: BadRows, progress: Progress) -> Table:
    age = f"a whole number from {MIN_AGE} to {MAX_AGE}"
    occupation = f"a whole number from 0 to {len(OCCUPATIONS) - 1} or one of " + ", ".join(OCCUPATIONS)
    columns = [
        Column("user_id", _USER_ID, user_ids.parse),
        *_present_columns(
            path,
            [
                Column("gender", "F or M", codes(_GENDERS, missing=-1)),
                Column("age", age, integers(MIN_AGE, MAX_AGE, np.int16, missing=-1)),
                Column("occupation", occupation, codes(_OCCUPATIONS, missing=-1)),
            ],
        ),
    ]
    table = read_table(path, columns, CSV, bad_rows, partial(progress, "people"))
    table = drop_duplicate_ids(table, "user_id", "person", bad_rows, user_ids.name)
    user_ids.restrict_to(table.values["user_id"])
    return table


def _present_columns(path: Path, columns: list[Column]) -> list[Column]:
    """Return those of the optional columns that the file has."""
    header = read_header(path)
    return [column for column in columns if column.name in header]
