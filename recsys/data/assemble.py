"""Assemble a `Dataset` from validated tables: merge duplicates, sort ratings, compute rating statistics."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.data.columns import Table, drop_duplicates
from recsys.data.dataset import Dataset
from recsys.data.duplicates import find_duplicates, latest_ratings, merge_movies
from recsys.data.errors import DataError
from recsys.data.rows import BadRows
from storage.records import Movie


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The columns of a Dataset that describe people, (p,) each, in the Dataset's order and dtypes."""

    user_ids: NDArray[np.int64]
    genders: NDArray[np.int8]
    ages: NDArray[np.int16]
    occupations: NDArray[np.int8]

    @classmethod
    def without_demographics(cls, user_ids: NDArray[np.int64]) -> "People":
        """Return people with unknown gender, age and occupation.

        Args:
            user_ids: (p,) ascending.
        """
        count = len(user_ids)
        return cls(user_ids, np.full(count, -1, np.int8), np.full(count, -1, np.int16), np.full(count, -1, np.int8))

    @classmethod
    def from_unsorted(
        cls, user_ids: NDArray[np.int64], genders: NDArray[Any], ages: NDArray[Any], occupations: NDArray[Any]
    ) -> "People":
        """Return people sorted by user id, from columns in any order.

        Args:
            user_ids: (p,) distinct.
            genders: (p,) position in GENDERS, -1 if unknown.
            ages: (p,) years, -1 if unknown.
            occupations: (p,) position in OCCUPATIONS, -1 if unknown.
        """
        order = np.argsort(user_ids)
        return cls(
            user_ids[order],
            genders[order].astype(np.int8),
            ages[order].astype(np.int16),
            occupations[order].astype(np.int8),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Ratings in any order, usually that of their file, (r,) each.

    Attributes:
        people: int32, positions in the people.
        movies: int32, positions in the movies.
        stars: float32, 1..5.
        times: int64, seconds since the epoch, or None.
    """

    people: NDArray[np.int32]
    movies: NDArray[np.int32]
    stars: NDArray[np.float32]
    times: NDArray[np.int64] | None


def assemble(
    name: str,
    movies: Iterable[Movie],
    people: People,
    ratings: Ratings,
    *,
    skipped_rows: int = 0,
    is_starter: bool = False,
    merged: Mapping[int, int] | None = None,
    merge_duplicates: bool = True,
) -> Dataset:
    """Return a Dataset with its ratings sorted by person and the rating statistics of every movie filled in.

    Movies that are listed several times become one movie with all of their ratings, if duplicates are merged.

    Args:
        name: display name of the data set.
        movies: (m,) ascending movie_id. Their `rating_count` and `rating_mean` are replaced.
        people: (p,) ascending user id.
        ratings: (r,) at most one for each pair of person and movie.
        skipped_rows: number of rows that the readers skipped.
        is_starter: whether this is the starter set that ships with the project.
        merged: movies that were merged before, as in `Dataset`.
        merge_duplicates: whether to merge duplicates; False if another rule has decided which movies are the same.
    """
    listed = tuple(movies)
    found = find_duplicates(listed) if merge_duplicates else {}
    if found:
        listed, ratings = _merge(listed, ratings, found)
    if (np.diff(ratings.people) < 0).any():
        order = np.argsort(ratings.people, kind="stable")
        times = None if ratings.times is None else ratings.times[order]
        ratings = Ratings(ratings.people[order], ratings.movies[order], ratings.stars[order], times)
    counts = np.bincount(ratings.movies, minlength=len(listed))
    sums = np.bincount(ratings.movies, weights=ratings.stars, minlength=len(listed))
    return Dataset(
        name=name,
        movies=tuple(
            replace(movie, rating_count=count, rating_mean=total / count if count else None)
            for movie, count, total in zip(listed, counts.tolist(), sums.tolist(), strict=True)
        ),
        user_ids=people.user_ids,
        genders=people.genders,
        ages=people.ages,
        occupations=people.occupations,
        rating_people=ratings.people,
        rating_movies=ratings.movies,
        rating_stars=ratings.stars,
        rating_times=ratings.times,
        skipped_rows=skipped_rows,
        is_starter=is_starter,
        merged={movie_id: found.get(kept, kept) for movie_id, kept in (merged or {}).items()} | found,
    )


def _merge(movies: tuple[Movie, ...], ratings: Ratings, merged: Mapping[int, int]) -> tuple[tuple[Movie, ...], Ratings]:
    """Return the movies and ratings after a merge.

    Args:
        movies: (m,) ascending movie_id.
        ratings: of these movies.
        merged: as `find_duplicates` returns it.
    """
    kept = merge_movies(movies, merged)
    positions = {movie.movie_id: position for position, movie in enumerate(kept)}
    new_positions = np.array([positions[merged.get(movie.movie_id, movie.movie_id)] for movie in movies], np.int32)
    rated = new_positions[ratings.movies]
    rows = latest_ratings(ratings.people, rated, ratings.times, len(kept))
    times = None if ratings.times is None else ratings.times[rows]
    return kept, Ratings(ratings.people[rows], rated[rows], ratings.stars[rows], times)


def drop_duplicate_ids(
    table: Table, column: str, entity: str, bad_rows: BadRows, format_id: Callable[[int], str] = str
) -> Table:
    """Return the rows of a table without those that repeat the id of an earlier row.

    Args:
        table: the rows.
        column: name of the column with the ids, integers.
        entity: the word for what a row describes, for the error message: "movie", "person".
        bad_rows: receives an error for every repeated id.
        format_id: returns an id as the file writes it.
    """
    ids = table.values[column]

    def duplicate_error(row: int) -> DataError:
        value = format_id(int(ids[row]))
        return DataError(table.file, int(table.lines[row]), column, value, f"each {entity} only once")

    return drop_duplicates(table, ids, duplicate_error, bad_rows)


def keep_latest_ratings(
    table: Table, person_column: str, movie_column: str, time_column: str | None, movie_count: int
) -> Table:
    """Return the ratings with one for each person and movie: the latest, or the last row if times do not decide.

    Args:
        table: the ratings.
        person_column: name of the column with integers that identify people.
        movie_column: name of the column with positions of movies.
        time_column: name of the column with times, -1 if unknown; None if there is none.
        movie_count: number of movies.
    """
    people, movies = table.values[person_column], table.values[movie_column]
    pairs = people.astype(np.int64) * movie_count + movies
    if (pairs[1:] > pairs[:-1]).all():  # In MovieLens, ratings are sorted by person and movie.
        return table
    pairs.sort()
    if (pairs[1:] != pairs[:-1]).all():
        return table
    times = None if time_column is None else table.values[time_column]
    is_kept = np.zeros(len(people), bool)
    is_kept[latest_ratings(people, movies, times, movie_count)] = True
    return table.filter(is_kept)
