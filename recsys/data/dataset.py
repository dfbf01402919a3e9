"""A data set in memory, whatever files it came from: a few flat arrays."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.profile import GENDERS, Profile
from storage.records import Movie


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Movies, people and ratings. `p` people, `m` movies, `r` ratings; -1 stands for "not known".

    Attributes:
        name: what a person calls it, "MovieLens 1M".
        movies: (m,) ascending movie_id, rating_count and rating_mean filled in.
        user_ids: (p,) int64, ascending.
        genders: (p,) int8, position in GENDERS.
        ages: (p,) int16, years.
        occupations: (p,) int8, position in OCCUPATIONS.
        rating_people: (r,) int32, positions in user_ids, ascending (a person's ratings stand together).
        rating_movies: (r,) int32, positions in movies.
        rating_stars: (r,) float32, 1..5.
        rating_times: (r,) int64, seconds since the epoch; None where the data set has none.
        skipped_rows: rows that `--skip-bad-rows` left out.
        is_starter: True for the small made-up set that ships with the project.
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

    @property
    def movie_ids(self) -> NDArray[np.int64]:
        """(m,) int64, ascending."""
        return np.fromiter((movie.movie_id for movie in self.movies), np.int64, len(self.movies))

    def columns(self) -> tuple[NDArray[Any], ...]:
        """Ids, people and ratings in one fixed order: what a digest of the data set is made of."""
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
        """(p + 1,) int64: person i's ratings are the rows offsets[i]:offsets[i + 1]."""
        counts = np.bincount(self.rating_people, minlength=len(self.user_ids))
        return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)

    def profile(self, person: int, ratings: Mapping[int, float]) -> Profile:
        """The person at a position, with the given ratings (movie_id -> stars)."""
        gender, age, occupation = (int(column[person]) for column in (self.genders, self.ages, self.occupations))
        return Profile(
            gender=None if gender < 0 else GENDERS[gender],
            age=None if age < 0 else age,
            occupation=None if occupation < 0 else occupation,
            ratings=ratings,
        )
