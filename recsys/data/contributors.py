"""A data set and the people who agreed that a model may learn from them too."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recsys.data.assemble import People, Ratings, assemble
from recsys.data.dataset import Dataset
from recsys.profile import GENDERS
from storage.records import Contributor, Movie


def with_contributors(base: Dataset, movies: Sequence[Movie], contributors: Sequence[Contributor]) -> Dataset:
    """One data set of both.

    The people of the data set keep their places and their ids. The contributors come after them, in an order that
    depends on nothing but their ratings, with the next numbers:
    no id tells who a person is, or who is a contributor.

    Args:
        base: the data set.
        movies: of the catalogue: they replace what the data set says of them, and new ones are trained with the others.
        contributors: ratings of movies that are known nowhere are left out.
    """
    known = {movie.movie_id: movie for movie in (*base.movies, *movies)}
    listed = [known[movie_id] for movie_id in sorted(known)]
    positions = {movie.movie_id: position for position, movie in enumerate(listed)}
    moved = np.array([positions[movie.movie_id] for movie in base.movies], np.int32)

    told = sorted(contributors, key=lambda one: [(rating.movie_id, rating.stars) for rating in one.ratings])
    rated = [
        (person, positions[rating.movie_id], rating.stars, rating.rated_at.timestamp())
        for person, one in enumerate(told, len(base.user_ids))
        for rating in one.ratings
        if rating.movie_id in positions
    ]
    rater, movie, stars, times = np.array(rated, np.float64).reshape(-1, 4).T
    next_id = int(base.user_ids.max(initial=0)) + 1
    people = People(
        np.concatenate([base.user_ids, np.arange(next_id, next_id + len(told))]),
        np.concatenate(
            [base.genders, _codes([None if one.gender is None else GENDERS.index(one.gender) for one in told], np.int8)]
        ),
        np.concatenate([base.ages, _codes([one.age for one in told], np.int16)]),
        np.concatenate([base.occupations, _codes([one.occupation for one in told], np.int8)]),
    )
    ratings = Ratings(
        np.concatenate([base.rating_people, rater.astype(np.int32)]),
        np.concatenate([moved[base.rating_movies], movie.astype(np.int32)]),
        np.concatenate([base.rating_stars, stars.astype(np.float32)]),
        None if base.rating_times is None else np.concatenate([base.rating_times, times.astype(np.int64)]),
    )
    return assemble(base.name, listed, people, ratings, skipped_rows=base.skipped_rows, is_starter=base.is_starter)


def _codes(values: list[int | None], kind: type[np.signedinteger[Any]]) -> NDArray[Any]:
    return np.array([-1 if value is None else value for value in values], kind)
