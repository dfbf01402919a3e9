"""Read every format of MovieLens: 100K, 1M, 10M, and the CSV formats (20M, 25M, 32M, latest, latest-small).

Kaggle's copy of 20M and MovieTweetings, whose format is that of 1M, are read too.

The file names in a folder determine the format. The later sets have ratings of half a star, which are clipped to one
star because ratings are 1 to 5 in this project. 1M and 100K are published in Latin-1, but copies in UTF-8 exist. Both
encodings are read.
"""

import re
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.data.assemble import People, Ratings, assemble, drop_duplicate_ids, keep_latest_ratings
from recsys.data.columns import (
    IMDB_ID,
    MAX_ID,
    POSITIVE_INTEGER,
    TIME,
    TITLE,
    Column,
    Table,
    codes,
    imdb_ids,
    integers,
    names,
    optional_integers,
    positions,
    read_table,
    required_names,
    stars,
    times,
    titles,
)
from recsys.data.dataset import Dataset
from recsys.data.rows import CSV, BadRows, Progress, TextFormat, count_fields, read_header
from recsys.data.tags import read_tags
from recsys.profile import GENDERS, MAX_AGE, MAX_RATING, MIN_AGE, MIN_RATING, OCCUPATIONS
from storage.records import Movie, Tag

_ENCODINGS = ("utf-8", "latin-1")
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
_COLLEGE_AGE = 18
"""In 100K, a "student" below this age is mapped to "K-12 student". Older students are college students."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A format of MovieLens.

    Attributes:
        name: display name of the data set. The CSV sets share a format, so the size comes from the folder's name.
        movies: name of the file of movies.
        movies_text: format of that file.
        ratings: name of the file of ratings.
        ratings_text: format of that file.
        people: name of the file of people; None if the format has no such file.
        people_text: format of that file.
        tags: name of the file of tags, which may be missing; None if the format has no such file.
        tags_text: format of that file.
        user_id: name of the column with user ids.
        movie_id: name of the column with movie ids.
        links: name of the file of ids at other sites, which may be missing; None if the format has no such file.
        min_rating: lowest rating of the format.
        max_rating: highest rating of the format: five stars.
        has_movielens_ids: whether the movie ids are those that the releases of MovieLens share.
        has_imdb_ids: whether the movie ids are the numbers of ids at IMDb.
    """

    name: str
    movies: str
    movies_text: TextFormat
    ratings: str
    ratings_text: TextFormat
    people: str | None = None
    people_text: TextFormat = CSV
    tags: str | None = None
    tags_text: TextFormat = CSV
    user_id: str = "user_id"
    movie_id: str = "movie_id"
    links: str | None = None
    min_rating: float = MIN_RATING
    max_rating: float = MAX_RATING
    has_movielens_ids: bool = True
    has_imdb_ids: bool = False

    @property
    def files(self) -> tuple[str, ...]:
        """Names of all files that the format requires."""
        return (self.movies, self.ratings) if self.people is None else (self.movies, self.ratings, self.people)


_RATINGS = ("user_id", "movie_id", "rating", "timestamp")
_MOVIES = ("movie_id", "title", "genres")

ML_100K = Layout(
    "MovieLens 100K",
    "u.item",
    TextFormat(
        "|",
        _ENCODINGS,
        ("movie_id", "title", "release_date", "video_release_date", "imdb_url", "unknown", *_GENRES_100K),
    ),
    "u.data",
    TextFormat("\t", columns=_RATINGS),
    "u.user",
    TextFormat("|", _ENCODINGS, ("user_id", "age", "gender", "occupation", "zip_code")),
    has_movielens_ids=False,
)
ML_1M = Layout(
    "MovieLens 1M",
    "movies.dat",
    TextFormat("::", _ENCODINGS, _MOVIES),
    "ratings.dat",
    TextFormat("::", columns=_RATINGS),
    "users.dat",
    TextFormat("::", _ENCODINGS, ("user_id", "gender", "age", "occupation", "zip_code")),
)
ML_10M = Layout(
    "MovieLens 10M",
    "movies.dat",
    TextFormat("::", columns=_MOVIES),
    "ratings.dat",
    TextFormat("::", columns=_RATINGS),
    tags="tags.dat",
    tags_text=TextFormat("::", columns=("user_id", "movie_id", "tag", "timestamp")),
    min_rating=0.5,
)
ML_CSV = Layout(
    "MovieLens",
    "movies.csv",
    CSV,
    "ratings.csv",
    CSV,
    tags="tags.csv",
    user_id="userId",
    movie_id="movieId",
    links="links.csv",
    min_rating=0.5,
)
KAGGLE_20M = replace(
    ML_CSV, name="MovieLens 20M", movies="movie.csv", ratings="rating.csv", tags="tag.csv", links="link.csv"
)
"""Kaggle's copy of MovieLens 20M. Its files have other names, and its times are dates."""
MOVIE_TWEETINGS = Layout(
    "MovieTweetings",
    "movies.dat",
    TextFormat("::", columns=_MOVIES),
    "ratings.dat",
    TextFormat("::", columns=_RATINGS),
    min_rating=0.0,
    max_rating=10.0,
    has_movielens_ids=False,
    has_imdb_ids=True,
)
_TWITTER_FIELDS = 2
"""The fields of users.dat in MovieTweetings: person and Twitter id, which is not read. MovieLens 1M has five fields."""


def detect_layout(folder: Path) -> Layout | None:
    """Return the MovieLens format of a folder, None if it has another format."""
    for layout in (ML_100K, ML_1M, ML_10M, KAGGLE_20M):
        if all((folder / file).is_file() for file in layout.files):
            has_twitter_ids = layout is ML_1M and count_fields(folder / "users.dat", "::") == _TWITTER_FIELDS
            is_tweetings = has_twitter_ids or (layout is ML_10M and _has_imdb_ids(folder / layout.movies))
            return MOVIE_TWEETINGS if is_tweetings else layout
    if all((folder / file).is_file() for file in ML_CSV.files):
        # Custom tables have the same file names. Only MovieLens spells its columns userId and movieId.
        headers = {*read_header(folder / ML_CSV.movies), *read_header(folder / ML_CSV.ratings)}
        if headers & {ML_CSV.user_id, ML_CSV.movie_id}:
            return ML_CSV
    return None


def _has_imdb_ids(path: Path) -> bool:
    """Return whether the ids of movies have leading zeros, as those of MovieTweetings have."""
    with path.open("rb") as file:
        return re.match(rb"(?:\xef\xbb\xbf)?0\d{6}::", file.readline()) is not None


def read_movielens(folder: Path, layout: Layout, bad_rows: BadRows, progress: Progress) -> Dataset:
    """Read a folder in a MovieLens format.

    Raises:
        DataError: a file cannot be read, or a row is invalid and `bad_rows` does not skip.
    """
    movies = _movies(folder, layout, bad_rows, progress)
    movie_ids = np.array([movie.movie_id for movie in movies], np.int64)
    people = None if layout.people is None else _people(folder / layout.people, layout, bad_rows, progress)
    table = _ratings(folder / layout.ratings, layout, movie_ids, people, bad_rows, progress)
    rating_people = table.values[layout.user_id]
    if people is None:
        people = People.without_demographics(np.unique(rating_people))
        rating_people = np.searchsorted(people.user_ids, rating_people).astype(np.int32)
    ratings = Ratings(
        rating_people, table.values[layout.movie_id], table.values["rating"], table.values.get("timestamp")
    )
    return assemble(_name(folder, layout), movies, people, ratings, skipped_rows=bad_rows.skipped)


def _name(folder: Path, layout: Layout) -> str:
    match = re.fullmatch(r"ml-(.+)", folder.resolve().name, re.IGNORECASE) if layout is ML_CSV else None
    if match is None:
        return layout.name
    size = match[1]
    return f"{layout.name} {size.upper() if size[0].isdigit() else size}"


def _movies(folder: Path, layout: Layout, bad_rows: BadRows, progress: Progress) -> list[Movie]:
    path = folder / layout.movies
    columns = [
        Column(layout.movie_id, POSITIVE_INTEGER, integers(1, MAX_ID)),
        Column("title", TITLE, titles),
    ]
    if layout is ML_100K:
        columns += [Column(genre, "0 or 1", integers(0, 1, np.int8)) for genre in _GENRES_100K]
    else:
        parse_genres = names if layout is MOVIE_TWEETINGS else required_names
        columns.append(Column("genres", "genres separated by |", parse_genres))
    table = read_table(path, columns, layout.movies_text, bad_rows, partial(progress, "movies"))
    values = drop_duplicate_ids(table, layout.movie_id, "movie", bad_rows).values
    if layout is ML_100K:
        flags_set = np.column_stack([values[genre] for genre in _GENRES_100K]).astype(bool)
        genres = [tuple(genre for genre, is_set in zip(_GENRES_100K, row, strict=True) if is_set) for row in flags_set]
    else:
        genres = values["genres"].tolist()
    ids = _ids_at_other_sites(folder, layout, bad_rows, progress)
    tags = _tags(folder, layout, bad_rows, progress)
    movies = [
        Movie(movie_id, title, year, movie_genres, **ids.get(movie_id, {}), tags=tags.get(movie_id, ()))
        for movie_id, (title, year), movie_genres in zip(
            values[layout.movie_id].tolist(), values["title"], genres, strict=True
        )
    ]
    if layout.has_imdb_ids:
        movies = [replace(movie, imdb_id=f"tt{movie.movie_id:07}") for movie in movies]
    return sorted(movies, key=lambda movie: movie.movie_id)


def _ids_at_other_sites(
    folder: Path, layout: Layout, bad_rows: BadRows, progress: Progress
) -> dict[int, dict[str, Any]]:
    """Return the fields `imdb_id` and `tmdb_id` of each movie by its id; empty if the folder has no such file."""
    path = folder / (layout.links or "")
    if layout.links is None or not path.is_file():
        return {}
    columns = [
        Column("movieId", POSITIVE_INTEGER, integers(1, MAX_ID)),
        Column("imdbId", IMDB_ID, imdb_ids),
        Column("tmdbId", POSITIVE_INTEGER, optional_integers(1, MAX_ID)),
    ]
    table = read_table(path, columns, CSV, bad_rows, partial(progress, "links"))
    values = drop_duplicate_ids(table, "movieId", "movie", bad_rows).values
    rows = zip(values["movieId"].tolist(), values["imdbId"], values["tmdbId"], strict=True)
    return {movie_id: {"imdb_id": imdb_id, "tmdb_id": tmdb_id} for movie_id, imdb_id, tmdb_id in rows}


def _tags(folder: Path, layout: Layout, bad_rows: BadRows, progress: Progress) -> dict[int, tuple[Tag, ...]]:
    """Return the tags of each movie by its id; empty if the folder has no file of tags."""
    path = folder / (layout.tags or "")
    if layout.tags is None or not path.is_file():
        return {}
    names = (layout.user_id, layout.movie_id, "tag")
    return read_tags(path, layout.tags_text, names, bad_rows, progress)


def _people(path: Path, layout: Layout, bad_rows: BadRows, progress: Progress) -> People:
    if layout is ML_100K:
        words = {word: OCCUPATIONS.index(name) for word, name in _OCCUPATIONS_100K.items()}
        occupation = Column("occupation", "one of " + ", ".join(words), codes(words))
    else:
        max_code = len(OCCUPATIONS) - 1
        occupation = Column("occupation", f"a whole number from 0 to {max_code}", integers(0, max_code, np.int8))
    columns = [
        Column("user_id", POSITIVE_INTEGER, integers(1, MAX_ID)),
        Column("gender", "F or M", codes({gender.casefold(): code for code, gender in enumerate(GENDERS)})),
        Column("age", f"a whole number from {MIN_AGE} to {MAX_AGE}", integers(MIN_AGE, MAX_AGE, np.int16)),
        occupation,
    ]
    table = read_table(path, columns, layout.people_text, bad_rows, partial(progress, "people"))
    values = drop_duplicate_ids(table, "user_id", "person", bad_rows).values
    occupations = values["occupation"]
    if layout is ML_100K:
        pupils = (values["age"] < _COLLEGE_AGE) & (occupations == OCCUPATIONS.index("college or grad student"))
        occupations = np.where(pupils, OCCUPATIONS.index("K-12 student"), occupations)
    return People.from_unsorted(values["user_id"], values["gender"], values["age"], occupations)


def _ratings(
    path: Path,
    layout: Layout,
    movie_ids: NDArray[np.int64],
    people: People | None,
    bad_rows: BadRows,
    progress: Progress,
) -> Table:
    if people is None:
        user = Column(layout.user_id, POSITIVE_INTEGER, integers(1, MAX_ID))
    else:
        user = Column(layout.user_id, f"a person listed in {layout.people}", positions(people.user_ids))
    columns = [
        user,
        Column(layout.movie_id, f"a movie listed in {layout.movies}", positions(movie_ids)),
        Column(
            "rating",
            f"a number from {layout.min_rating:g} to {layout.max_rating:g}",
            stars(layout.min_rating, layout.max_rating, layout.max_rating),
        ),
    ]
    text_format = layout.ratings_text
    if text_format.columns is None:
        has_times = "timestamp" in read_header(path)
    else:
        has_times = count_fields(path, text_format.separator) != len(text_format.columns) - 1
        text_format = text_format if has_times else replace(text_format, columns=text_format.columns[:-1])
    if has_times:
        columns.append(Column("timestamp", TIME, times))
    table = read_table(path, columns, text_format, bad_rows, partial(progress, "ratings"))
    time_column = "timestamp" if has_times else None
    return keep_latest_ratings(table, layout.user_id, layout.movie_id, time_column, len(movie_ids))
