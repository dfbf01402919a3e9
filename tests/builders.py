"""Small data sets with known answers."""

from collections.abc import Sequence

import numpy as np

from recsys.data import Dataset
from storage.records import Movie


def movie(movie_id: int, **details: object) -> Movie:
    """Build a movie with default values for everything but its id and the given details."""
    return Movie(**{"movie_id": movie_id, "title": f"Movie {movie_id}", "year": 1990, "genres": ("Drama",), **details})


def dataset(
    movies: Sequence[Movie],
    ratings: Sequence[tuple[int, int, float]],
    *,
    genders: Sequence[int] | None = None,
    name: str = "built",
) -> Dataset:
    """Build a data set from (user id, movie id, stars) rows."""
    rows = sorted(ratings)
    user_ids = np.array(sorted({user for user, _, _ in rows}), np.int64)
    movie_ids = np.array(sorted(movie.movie_id for movie in movies), np.int64)
    users, rated, stars = (np.array(column) for column in zip(*rows, strict=True))
    unknown = np.full(len(user_ids), -1)
    return Dataset(
        name=name,
        movies=tuple(sorted(movies, key=lambda movie: movie.movie_id)),
        user_ids=user_ids,
        genders=(unknown if genders is None else np.array(genders)).astype(np.int8),
        ages=unknown.astype(np.int16),
        occupations=unknown.astype(np.int8),
        rating_people=np.searchsorted(user_ids, users).astype(np.int32),
        rating_movies=np.searchsorted(movie_ids, rated).astype(np.int32),
        rating_stars=stars.astype(np.float32),
    )


def checkerboard(people: int = 200, movies: int = 60, rated: int = 40, seed: int = 0) -> Dataset:
    """Build a data set in which odd people love odd movies and hate even movies, and even people the reverse.

    Odd people are women, even people are men. Movie ids are 10, 20, 30 and so on, so that no id is a position. A movie
    is odd if id / 10 is odd.

    Args:
        people: number of people.
        movies: number of movies.
        rated: number of ratings per person.
        seed: seed of the random choice of the rated movies.
    """
    rng = np.random.default_rng(seed)
    listed = [
        movie(10 * number, genres=("Odd",) if number % 2 else ("Even",), year=1950 + number)
        for number in range(1, movies + 1)
    ]
    rows = [
        (person, 10 * int(number), 5.0 if number % 2 == person % 2 else 1.0)
        for person in range(1, people + 1)
        for number in rng.permutation(np.arange(1, movies + 1))[:rated]
    ]
    return dataset(
        listed, rows, genders=[0 if person % 2 else 1 for person in range(1, people + 1)], name="checkerboard"
    )
