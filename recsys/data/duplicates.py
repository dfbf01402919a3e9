"""Merge movies that a data set lists several times under different ids: MovieLens 100K does so with 18 titles."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from storage.records import Movie

_DETAILS = tuple(
    field.name
    for field in fields(Movie)
    if field.name not in ("movie_id", "title", "year", "rating_count", "rating_mean")
)


def find_duplicates(movies: Sequence[Movie]) -> dict[int, int]:
    """Return which movies repeat another one: the id of the repetition -> the id of the movie that stays.

    Two movies are the same if their titles, in lower case, and their years are equal. Movies without a year are never
    the same, and neither are movies whose ids at IMDb or TMDB differ, or whose directors have no name in common. The
    lowest id stays, because it does not depend on the ratings, so that every import of a data set has the same result.

    Args:
        movies: in any order.
    """
    first: dict[tuple[str, int], Movie] = {}
    merged: dict[int, int] = {}
    for movie in sorted(movies, key=lambda movie: movie.movie_id):
        if movie.year is None:
            continue
        kept = first.setdefault((movie.title.casefold(), movie.year), movie)
        if kept is not movie and not are_different(kept, movie):
            merged[movie.movie_id] = kept.movie_id
    return merged


def merge_movies(movies: Sequence[Movie], merged: Mapping[int, int]) -> tuple[Movie, ...]:
    """Return the movies that stay. A detail that one of them lacks comes from its repetition.

    Args:
        movies: in any order.
        merged: as `find_duplicates` returns it.
    """
    stay = {movie.movie_id: movie for movie in movies if movie.movie_id not in merged}
    for movie in movies:
        if movie.movie_id in merged:
            kept = stay[merged[movie.movie_id]]
            stay[kept.movie_id] = fill_missing(kept, movie)
    return tuple(stay.values())


def fill_missing(kept: Movie, other: Movie) -> Movie:
    """Return a movie with what it lacks from another one, except for title and year."""
    missing = {name: getattr(other, name) for name in _DETAILS if not getattr(kept, name)}
    return replace(kept, **missing)


def latest_ratings(
    people: NDArray[np.int32], movies: NDArray[np.int32], times: NDArray[np.int64] | None, movie_count: int
) -> NDArray[np.int64]:
    """Return which ratings stay after a merge: of a person's ratings of one movie the latest, else the last one.

    Args:
        people: (r,) position of the person of each rating.
        movies: (r,) position of its movie.
        times: (r,) seconds since the epoch; None if unknown.
        movie_count: number of movies.

    Returns:
        (s,) ascending positions of the ratings that stay.
    """
    pairs = people.astype(np.int64) * movie_count + movies
    order = np.argsort(pairs, kind="stable") if times is None else np.lexsort((times, pairs))
    is_last = np.append(np.diff(pairs[order]) != 0, True) if len(order) else np.zeros(0, bool)
    return np.sort(order[is_last])


def are_different(first: Movie, second: Movie) -> bool:
    """Return whether a detail that both movies have shows that they are not the same."""
    ids = (first.imdb_id, second.imdb_id), (first.tmdb_id, second.tmdb_id)
    if any(one is not None and other is not None and one != other for one, other in ids):
        return True
    names, other_names = ({name.casefold() for name in movie.directors} for movie in (first, second))
    return bool(names) and bool(other_names) and names.isdisjoint(other_names)
