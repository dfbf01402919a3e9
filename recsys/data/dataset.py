"""The in-memory representation of a data set, independent of its file format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.profile import GENDERS, Profile
from storage.records import Movie


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Movies, people and ratings as flat arrays: m movies, p people, r ratings. -1 means unknown.

    Attributes:
        name: display name, such as "MovieLens 1M".
        movies: (m,) ascending movie_id, with rating_count and rating_mean.
        user_ids: (p,) int64, ascending.
        genders: (p,) int8, position in GENDERS.
        ages: (p,) int16, years.
        occupations: (p,) int8, position in OCCUPATIONS.
        rating_people: (r,) int32, positions in user_ids, ascending, so that the ratings of a person are contiguous.
        rating_movies: (r,) int32, positions in movies.
        rating_stars: (r,) float32, 1..5.
        rating_times: (r,) int64, seconds since the epoch, -1 if unknown; None if the data set has no times.
        skipped_rows: number of rows that `--skip-bad-rows` skipped.
        is_starter: whether this is the simulated starter set that ships with the project.
        merged: id of a merged movie -> id of the movie that it was merged into (`recsys.data.duplicates`).
    """

    name: str
    movies: tuple[Movie, ...]
    user_ids: NDArray[np.int64]
    genders: NDArray[np.int8]
    ages: NDArray[np.int16]
    occupations: NDArray[np.int8]
    rating_people: NDArray[np.int32]
    rating_movies: NDArray[np.int32]
    rating_stars: NDArray[np.float32]
    rating_times: NDArray[np.int64] | None = None
    skipped_rows: int = 0
    is_starter: bool = False
    merged: Mapping[int, int] = field(default_factory=dict)

    @property
    def movie_ids(self) -> NDArray[np.int64]:
        """Ids of the movies, (m,) int64, ascending."""
        return np.fromiter((movie.movie_id for movie in self.movies), np.int64, len(self.movies))

    def columns(self) -> tuple[NDArray[Any], ...]:
        """Return ids, demographics and ratings in a fixed order, as input for a digest of the data set."""
        return (
            self.movie_ids,
            self.user_ids,
            self.genders,
            self.ages,
            self.occupations,
            self.rating_people,
            self.rating_movies,
            self.rating_stars,
        )

    def person_offsets(self) -> NDArray[np.int64]:
        """Return (p + 1,) int64 offsets: the ratings of person i are the rows offsets[i]:offsets[i + 1]."""
        counts = np.bincount(self.rating_people, minlength=len(self.user_ids))
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    def profile(self, person: int, ratings: Mapping[int, float]) -> Profile:
        """Return the profile of the person at a position, with the given ratings (movie_id -> stars)."""
        gender, age, occupation = (int(column[person]) for column in (self.genders, self.ages, self.occupations))
        return Profile(
            gender=None if gender < 0 else GENDERS[gender],
            age=None if age < 0 else age,
            occupation=None if occupation < 0 else occupation,
            ratings=ratings,
        )
