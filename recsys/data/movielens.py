"""MovieLens in all its formats: 100K, 1M, 10M, and the CSV ones (20M, 25M, 32M, latest, latest-small).

The format is told by the files of a folder. Half a star, which the later sets know, counts as one star: ratings are
1 to 5 here. 1M and 100K come in Latin-1, but copies in UTF-8 go round; either is read.
"""

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recsys.data.assemble import People, Ratings, assemble, ids_once, ratings_once
from recsys.data.columns import (
    MAX_ID,
    MAX_TIME,
    Column,
    Table,
    codes,
    integers,
    names_required,
    positions,
    read_table,
    stars,
    titles,
)
from recsys.data.dataset import Dataset
from recsys.data.rows import CSV, Faults, Progress, TextFormat, read_header
from recsys.data.titles import MAX_YEAR, MIN_YEAR
from recsys.profile import GENDERS, MAX_AGE, MAX_RATING, MIN_AGE, MIN_RATING, OCCUPATIONS
from storage.records import Movie

_LATIN = ("utf-8", "latin-1")
_GENRES_100K = (
    "Action",
    "Adventure",
    "Animation",
    "Children's",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Fantasy",
    "Film-Noir",
    "Horror",
    "Musical",
    "Mystery",
    "Romance",
    "Sci-Fi",
    "Thriller",
    "War",
    "Western",
)
_OCCUPATIONS_100K = {
    "administrator": "clerical or admin",
    "artist": "artist",
    "doctor": "doctor or health care",
    "educator": "academic or educator",
    "engineer": "technician or engineer",
    "entertainment": "artist",
    "executive": "executive or managerial",
    "healthcare": "doctor or health care",
    "homemaker": "homemaker",
    "lawyer": "lawyer",
    "librarian": "academic or educator",
    "marketing": "sales or marketing",
    "none": "unemployed",
    "other": "other",
    "programmer": "programmer",
    "retired": "retired",
    "salesman": "sales or marketing",
    "scientist": "scientist",
    "student": "college or grad student",
    "technician": "technician or engineer",
    "writer": "writer",
}
_SCHOOL_UNTIL = 18
"""100K says "student" at every age; below this many years that is a pupil."""


@dataclass(frozen=True, slots=True)
class Layout:
    """One format of MovieLens.

    Attributes:
        name: the data set's own name; the CSV sets look alike and take theirs from the folder.
        movies: file of the movies; `ratings`, `people` likewise, people None where there are none.
        user_id: the column's name; `movie_id` likewise.
        least_rating: the fewest stars the format knows.
    """

    name: str
    movies: str
    movies_text: TextFormat
    ratings: str
    ratings_text: TextFormat
    people: str | None = None
    people_text: TextFormat = CSV
    user_id: str = "user_id"
    movie_id: str = "movie_id"
    least_rating: float = MIN_RATING

    @property
    def files(self) -> tuple[str, ...]:
        """All files that the format needs."""
        return (self.movies, self.ratings) if self.people is None else (self.movies, self.ratings, self.people)


_RATINGS = ("user_id", "movie_id", "rating", "timestamp")
_MOVIES = ("movie_id", "title", "genres")

ML_100K = Layout(
    "MovieLens 100K",
    "u.item",
    TextFormat(
        "|",
        _LATIN,
        ("movie_id", "title", "release_date", "video_release_date", "imdb_url", "unknown", *_GENRES_100K),
    ),
    "u.data",
    TextFormat("\t", columns=_RATINGS),
    "u.user",
    TextFormat("|", _LATIN, ("user_id", "age", "gender", "occupation", "zip_code")),
)
ML_1M = Layout(
    "MovieLens 1M",
    "movies.dat",
    TextFormat("::", _LATIN, _MOVIES),
    "ratings.dat",
    TextFormat("::", columns=_RATINGS),
    "users.dat",
    TextFormat("::", _LATIN, ("user_id", "gender", "age", "occupation", "zip_code")),
)
ML_10M = Layout(
    "MovieLens 10M",
    "movies.dat",
    TextFormat("::", columns=_MOVIES),
    "ratings.dat",
    TextFormat("::", columns=_RATINGS),
    least_rating=0.5,
)
ML_CSV = Layout(
    "MovieLens", "movies.csv", CSV, "ratings.csv", CSV, user_id="userId", movie_id="movieId", least_rating=0.5
)


def layout_of(folder: Path) -> Layout | None:
    """The MovieLens format of a folder, None where it has none."""
    for layout in (ML_100K, ML_1M, ML_10M):
        if all((folder / file).is_file() for file in layout.files):
            return layout
    if all((folder / file).is_file() for file in ML_CSV.files):
        # Own tables have the same file names; MovieLens tells itself by its spelling of the columns.
        headers = {*read_header(folder / ML_CSV.movies), *read_header(folder / ML_CSV.ratings)}
        if headers & {ML_CSV.user_id, ML_CSV.movie_id}:
            return ML_CSV
    return None


def read_movielens(folder: Path, layout: Layout, faults: Faults, progress: Progress) -> Dataset:
    """Read a folder in a MovieLens format.

    Raises:
        DataError: the first bad row if `faults` does not skip, or a file that cannot be read at all.
    """
    movies = _movies(folder, layout, faults, progress)
    movie_ids = np.array([movie.movie_id for movie in movies], np.int64)
    people = None if layout.people is None else _people(folder / layout.people, layout, faults, progress)
    table = _ratings(folder / layout.ratings, layout, movie_ids, people, faults, progress)
    users = table.values[layout.user_id]
    if people is None:
        people = People.unknown(np.unique(users))
        users = np.searchsorted(people.user_ids, users).astype(np.int32)
    ratings = Ratings(users, table.values[layout.movie_id], table.values["rating"], table.values["timestamp"])
    return assemble(_name(folder, layout), movies, people, ratings, skipped_rows=faults.skipped)


def _name(folder: Path, layout: Layout) -> str:
    found = re.fullmatch(r"ml-(.+)", folder.resolve().name, re.IGNORECASE) if layout is ML_CSV else None
    if found is None:
        return layout.name
    size = found[1]
    return f"{layout.name} {size.upper() if size[0].isdigit() else size}"


def _movies(folder: Path, layout: Layout, faults: Faults, progress: Progress) -> list[Movie]:
    path = folder / layout.movies
    columns = [
        Column(layout.movie_id, "a whole number from 1 up", integers(1, MAX_ID)),
        Column("title", f"a title, its year from {MIN_YEAR} to {MAX_YEAR}", titles),
    ]
    if layout is ML_100K:
        columns += [Column(genre, "0 or 1", integers(0, 1, np.int8)) for genre in _GENRES_100K]
    else:
        columns.append(Column("genres", "genres separated by |", names_required))
    table = read_table(path, columns, layout.movies_text, faults, partial(progress, "movies"))
    values = ids_once(table, layout.movie_id, "movie", faults).values
    if layout is ML_100K:
        flags_set = np.column_stack([values[genre] for genre in _GENRES_100K]).astype(bool)
        genres = [tuple(genre for genre, is_set in zip(_GENRES_100K, row, strict=True) if is_set) for row in flags_set]
    else:
        genres = values["genres"].tolist()
    movies = [
        Movie(movie_id, title, year, of_genres)
        for movie_id, (title, year), of_genres in zip(
            values[layout.movie_id].tolist(), values["title"], genres, strict=True
        )
    ]
    return sorted(movies, key=lambda movie: movie.movie_id)


def _people(path: Path, layout: Layout, faults: Faults, progress: Progress) -> People:
    if layout is ML_100K:
        words = {word: OCCUPATIONS.index(name) for word, name in _OCCUPATIONS_100K.items()}
        occupation = Column("occupation", "one of " + ", ".join(words), codes(words))
    else:
        last = len(OCCUPATIONS) - 1
        occupation = Column("occupation", f"a whole number from 0 to {last}", integers(0, last, np.int8))
    columns = [
        Column("user_id", "a whole number from 1 up", integers(1, MAX_ID)),
        Column("gender", "F or M", codes({gender.casefold(): code for code, gender in enumerate(GENDERS)})),
        Column("age", f"a whole number from {MIN_AGE} to {MAX_AGE}", integers(MIN_AGE, MAX_AGE, np.int16)),
        occupation,
    ]
    table = read_table(path, columns, layout.people_text, faults, partial(progress, "people"))
    values = ids_once(table, "user_id", "person", faults).values
    occupations = values["occupation"]
    if layout is ML_100K:
        pupils = (values["age"] < _SCHOOL_UNTIL) & (occupations == OCCUPATIONS.index("college or grad student"))
        occupations = np.where(pupils, OCCUPATIONS.index("K-12 student"), occupations)
    return People.of(values["user_id"], values["gender"], values["age"], occupations)


def _ratings(
    path: Path, layout: Layout, movie_ids: NDArray[np.int64], people: People | None, faults: Faults, progress: Progress
) -> Table:
    if people is None:
        user = Column(layout.user_id, "a whole number from 1 up", integers(1, MAX_ID))
    else:
        user = Column(layout.user_id, f"a person of {layout.people}", positions(people.user_ids))
    least = layout.least_rating
    columns = [
        user,
        Column(layout.movie_id, f"a movie of {layout.movies}", positions(movie_ids)),
        Column("rating", f"a number from {least:g} to {MAX_RATING:g}", stars(least, MAX_RATING)),
        Column("timestamp", "whole seconds since 1970", integers(0, MAX_TIME)),
    ]
    table = read_table(path, columns, layout.ratings_text, faults, partial(progress, "ratings"))
    return ratings_once(table, layout.user_id, layout.movie_id, movie_ids, faults)
