"""Training data that combines a data set with the ratings of contributors: people who consented to training."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.data.assemble import People, Ratings, assemble
from recsys.data.dataset import Dataset
from recsys.profile import GENDERS
from storage.records import Contributor, Movie


def with_contributors(base: Dataset, movies: Sequence[Movie], contributors: Sequence[Contributor]) -> Dataset:
    """Return a data set that also holds the contributors' ratings.

    The people of the data set keep their positions and ids. The contributors follow with the next ids, in an order
    that depends on their ratings only: an id identifies no person and marks nobody as a contributor.

    Args:
        base: the data set.
        movies: the catalogue. Its movies replace those of the data set with the same id, and new movies are added.
        contributors: the people to add. Their ratings of movies outside the catalogue and the data set are left out.
    """
    movies_by_id = {movie.movie_id: movie for movie in (*base.movies, *movies)}
    listed = [movies_by_id[movie_id] for movie_id in sorted(movies_by_id)]
    positions = {movie.movie_id: position for position, movie in enumerate(listed)}
    ordered = sorted(
        contributors, key=lambda contributor: [(rating.movie_id, rating.stars) for rating in contributor.ratings]
    )
    return assemble(
        base.name,
        listed,
        _append_people(base, ordered),
        _append_ratings(base, ordered, positions),
        skipped_rows=base.skipped_rows,
        is_starter=base.is_starter,
        merged=base.merged,
    )


def _append_people(base: Dataset, contributors: Sequence[Contributor]) -> People:
    next_id = int(base.user_ids.max(initial=0)) + 1
    genders = [None if person.gender is None else GENDERS.index(person.gender) for person in contributors]
    return People(
        np.concatenate([base.user_ids, np.arange(next_id, next_id + len(contributors))]),
        np.concatenate([base.genders, _codes(genders, np.int8)]),
        np.concatenate([base.ages, _codes([person.age for person in contributors], np.int16)]),
        np.concatenate([base.occupations, _codes([person.occupation for person in contributors], np.int8)]),
    )


def _append_ratings(base: Dataset, contributors: Sequence[Contributor], positions: dict[int, int]) -> Ratings:
    """Return the ratings of the data set and of the contributors.

    Args:
        base: the data set.
        contributors: the people that follow those of the data set, in order.
        positions: movie_id -> position in the combined data set.
    """
    new_positions = np.array([positions[movie.movie_id] for movie in base.movies], np.int32)
    rows = [
        (person, positions[rating.movie_id], rating.stars, rating.rated_at.timestamp())
        for person, contributor in enumerate(contributors, len(base.user_ids))
        for rating in contributor.ratings
        if rating.movie_id in positions
    ]
    people, movies, stars, times = np.array(rows, np.float64).reshape(-1, 4).T
    return Ratings(
        np.concatenate([base.rating_people, people.astype(np.int32)]),
        np.concatenate([new_positions[base.rating_movies], movies.astype(np.int32)]),
        np.concatenate([base.rating_stars, stars.astype(np.float32)]),
        None if base.rating_times is None else np.concatenate([base.rating_times, times.astype(np.int64)]),
    )


def _codes(values: list[int | None], dtype: type[np.signedinteger[Any]]) -> NDArray[Any]:
    """Return the values as an array, -1 for None."""
    return np.array([-1 if value is None else value for value in values], dtype)
