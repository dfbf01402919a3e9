"""Check the values of a loaded snapshot, so that a damaged one is refused instead of trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from recsys.data.columns import MAX_ID, MAX_TIME
from recsys.data.titles import MAX_YEAR, MIN_YEAR
from recsys.profile import GENDERS, MAX_AGE, MAX_RATING, MIN_AGE, MIN_RATING, OCCUPATIONS
from storage.net_details import FACTS

_TEXTS = ("description", "poster_url", "certificate", "imdb_id")
_NUMBERS = ("minutes", "tmdb_id")


class InvalidValue(Exception):
    """A column of a snapshot has an invalid value.

    Attributes:
        column: the name of the column.
        row: the row, 1-based. None if the column as such is invalid.
        value: the invalid value or a description of the column.
    """

    def __init__(self, column: str, row: int | None, value: str) -> None:
        super().__init__(column, row, value)
        self.column = column
        self.row = row
        self.value = value


@dataclass(frozen=True, slots=True)
class _Range:
    """The valid values of a column.

    Attributes:
        dtype: the dtype of the column.
        low: the lowest value.
        high: the highest value.
        has_missing: whether -1 stands for an unknown value.
        ascending: whether no value is lower than the one before.
    """

    dtype: DTypeLike
    low: float
    high: float
    has_missing: bool = False
    ascending: bool = False


def check_movies(movies: Sequence[Any]) -> None:
    """Check the movies of a snapshot.

    Args:
        movies: objects of the class Movie, whose values may have any type.

    Raises:
        InvalidValue: an id is not larger than the one before, or a value has a wrong type or is out of its range.
    """
    previous_id = 0
    for row, movie in enumerate(movies, start=1):
        names = (*movie.genres, *movie.directors, *movie.actors)
        valid = {
            "movie_id": isinstance(movie.movie_id, int) and previous_id < movie.movie_id <= MAX_ID,
            "title": isinstance(movie.title, str) and movie.title != "",
            "year": movie.year is None or (isinstance(movie.year, int) and MIN_YEAR <= movie.year <= MAX_YEAR),
            "genres, directors and actors": all(isinstance(name, str) for name in names),
            "tags": all(isinstance(tag.name, str) and _is_positive(tag.people) for tag in movie.tags),
            "untrained": set(movie.untrained) <= set(FACTS),
            **{name: isinstance(getattr(movie, name), str | None) for name in _TEXTS},
            **{name: _is_positive_or_none(getattr(movie, name)) for name in _NUMBERS},
            "rating_count": isinstance(movie.rating_count, int) and movie.rating_count >= 0,
            "rating_mean": movie.rating_mean is None or MIN_RATING <= movie.rating_mean <= MAX_RATING,
        }
        for column, is_valid in valid.items():
            if not is_valid:
                raise InvalidValue(column, row, str(getattr(movie, column, "another type")))
        previous_id = movie.movie_id


def _is_positive(value: object) -> bool:
    return isinstance(value, int) and value > 0


def _is_positive_or_none(value: object) -> bool:
    return value is None or _is_positive(value)


def check_people(columns: Mapping[str, NDArray[Any]]) -> None:
    """Check the columns of people.

    Raises:
        InvalidValue: a column is missing or has another dtype or length, or a value is out of its range.
    """
    ranges = {
        "user_ids": _Range(np.int64, 0, np.iinfo(np.int64).max, ascending=True),
        "genders": _Range(np.int8, 0, len(GENDERS) - 1, has_missing=True),
        "ages": _Range(np.int16, MIN_AGE, MAX_AGE, has_missing=True),
        "occupations": _Range(np.int8, 0, len(OCCUPATIONS) - 1, has_missing=True),
    }
    _check(columns, ranges)
    repeated = np.flatnonzero(np.diff(columns["user_ids"]) == 0)
    if len(repeated):
        row = int(repeated[0]) + 1
        raise InvalidValue("user_ids", row + 1, str(columns["user_ids"][row]))


def check_ratings(columns: Mapping[str, NDArray[Any]], people: int, movies: int) -> None:
    """Check the columns of ratings. The times may be missing.

    Args:
        columns: the columns of the ratings.
        people: the number of people.
        movies: the number of movies.

    Raises:
        InvalidValue: a column is missing or has another dtype or length, or a value is out of its range.
    """
    ranges = {
        "rating_people": _Range(np.int32, 0, people - 1, ascending=True),
        "rating_movies": _Range(np.int32, 0, movies - 1),
        "rating_stars": _Range(np.float32, MIN_RATING, MAX_RATING),
    }
    if "rating_times" in columns:
        ranges["rating_times"] = _Range(np.int64, 0, MAX_TIME, has_missing=True)
    _check(columns, ranges)


def _check(columns: Mapping[str, NDArray[Any]], ranges: Mapping[str, _Range]) -> None:
    length = None
    for name, valid_range in ranges.items():
        if name not in columns:
            raise InvalidValue(name, None, "")
        values = columns[name]
        length = len(values) if length is None else length
        if values.dtype != valid_range.dtype or values.shape != (length,):
            raise InvalidValue(name, None, f"{values.shape} values of the type {values.dtype}")
        is_valid = (values >= valid_range.low) & (values <= valid_range.high)
        if valid_range.has_missing:
            is_valid |= values == -1
        if valid_range.ascending:
            is_valid[1:] &= values[1:] >= values[:-1]
        if not is_valid.all():
            row = int(np.argmin(is_valid))
            raise InvalidValue(name, row + 1, str(values[row]))
