"""Checked tables -> a Dataset: people and ratings in order, and what the ratings say of each movie."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.data.columns import Table, without_repeats
from recsys.data.dataset import Dataset
from recsys.data.errors import DataError
from recsys.data.rows import Faults
from storage.records import Movie


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The people's columns of a Dataset, in its order and dtypes."""

    user_ids: NDArray[np.int64]
    genders: NDArray[np.int8]
    ages: NDArray[np.int16]
    occupations: NDArray[np.int8]

    @classmethod
    def unknown(cls, user_ids: NDArray[np.int64]) -> "People":
        """People of whom only their ids are known, (p,) ascending."""
        count = len(user_ids)
        return cls(user_ids, np.full(count, -1, np.int8), np.full(count, -1, np.int16), np.full(count, -1, np.int8))

    @classmethod
    def of(
        cls, user_ids: NDArray[np.int64], genders: NDArray[Any], ages: NDArray[Any], occupations: NDArray[Any]
    ) -> "People":
        """People in any order, (p,) each; -1 stands for "not known"."""
        order = np.argsort(user_ids)
        return cls(
            user_ids[order],
            genders[order].astype(np.int8),
            ages[order].astype(np.int16),
            occupations[order].astype(np.int8),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Ratings in the order of their file, (r,) each.

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
) -> Dataset:
    """Put a Dataset together: ratings ordered by person, counts and means filled in.

    Args:
        name: what a person calls the data set.
        movies: (m,) ascending movie_id; their counts and means are replaced.
        people: (p,) ascending user id.
        ratings: (r,) each pair of person and movie once.
        skipped_rows: rows left out of the files.
        is_starter: whether this is the set that ships with the project.
    """
    if (np.diff(ratings.people) < 0).any():
        order = np.argsort(ratings.people, kind="stable")
        times = None if ratings.times is None else ratings.times[order]
        ratings = Ratings(ratings.people[order], ratings.movies[order], ratings.stars[order], times)
    listed = tuple(movies)
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
    )


def ids_once(table: Table, column: str, what: str, faults: Faults, shown: Callable[[int], str] = str) -> Table:
    """The rows whose id stands in no earlier row.

    Args:
        table: the rows.
        column: holds the ids, integers.
        what: the word for the thing that a row describes: "movie", "person".
        faults: told of every repeat.
        shown: an id as the file writes it.
    """
    ids = table.values[column]

    def fault(row: int) -> DataError:
        return DataError(table.file, int(table.lines[row]), column, shown(int(ids[row])), f"each {what} once")

    return without_repeats(table, ids, fault, faults)


def ratings_once(
    table: Table, person_column: str, movie_column: str, movie_ids: NDArray[np.int64], faults: Faults
) -> Table:
    """The ratings but for a second one of the same movie by the same person.

    Args:
        table: the ratings.
        person_column: integers that tell people apart.
        movie_column: positions in `movie_ids`.
        movie_ids: (m,) every movie's id.
        faults: told of every repeat.
    """
    people, movies = table.values[person_column], table.values[movie_column]

    def fault(row: int) -> DataError:
        movie_id = str(movie_ids[movies[row]])
        return DataError(table.file, int(table.lines[row]), movie_column, movie_id, "one rating of a movie by a person")

    return without_repeats(table, people.astype(np.int64) * len(movie_ids) + movies, fault, faults)
