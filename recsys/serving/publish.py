"""Movie vectors into the index, and the proof that searching it equals exact search."""

from collections.abc import Sequence

import numpy as np

from recsys.models.towers import Towers
from recsys.profile import AGE_GROUPS, GENDERS, OCCUPATIONS, Profile
from storage.records import Movie
from storage.vectors import VectorIndex
from storage.vectors.arrays import MAX_TOP_K

CHECKED_TOP_K = 50
CHECKED_PEOPLE = 64
TOLERANCE = 1e-3
"""Scores closer than this, relative to the largest, may stand in either order: not all add up in the same order."""


class PublishedWrong(RuntimeError):
    """The index does not return what exact search returns; the message names the first difference."""


async def publish(towers: Towers, movies: Sequence[Movie], index: VectorIndex) -> None:
    """Put a release's vectors into an index under its version and check them; safe to repeat.

    Args:
        movies: the records of the movies that the release knows, in any order.

    Raises:
        PublishedWrong: for a sample of people, the index's top 50 is not that of exact search.
        Unavailable: the index did not answer in time.
    """
    by_id = {movie.movie_id: movie for movie in movies}
    movie_ids, vectors = towers.movie_vectors()
    await index.publish(towers.version, [by_id[movie_id] for movie_id in movie_ids.tolist()], vectors)
    await check_published(towers, index)


async def check_published(towers: Towers, index: VectorIndex) -> None:
    """Compare the index's top 50 with exact search for a fixed sample of people.

    Raises:
        PublishedWrong: they differ by more than rounding.
    """
    # One by one, as people are served: an index may rank a batch in another way.
    for person in _sample_people(towers.movie_vectors()[0].tolist()):
        await _check(towers, index, person, CHECKED_TOP_K)


async def check_whole(towers: Towers, index: VectorIndex) -> None:
    """Compare the ranking of all movies, or the 16,384 best, for one person: a glance, where the check is a long look.

    Raises:
        PublishedWrong: a movie is missing, is one too many or has another vector.
    """
    await _check(towers, index, Profile(), MAX_TOP_K)


async def _check(towers: Towers, index: VectorIndex, person: Profile, top_k: int) -> None:
    movie_ids, vectors = towers.movie_vectors()
    user_vector = towers.user_vectors([person])[0]
    [(ids, scores)] = await index.search(towers.version, user_vector[np.newaxis], top_k, [set(person.ratings)])
    exact = vectors @ user_vector
    exact[np.isin(movie_ids, list(person.ratings))] = -np.inf
    best = np.sort(exact[np.isfinite(exact)])[::-1][:top_k]
    margin = TOLERANCE * float(np.abs(best).max(initial=1e-9))
    own = exact[np.searchsorted(movie_ids, ids)] if np.isin(ids, movie_ids).all() else np.empty(0)
    right = len(set(ids.tolist())) == len(best) == len(own)
    if not right or np.abs(own - best).max() > margin or np.abs(scores - own).max() > margin:
        raise PublishedWrong(
            f"version {towers.version}: for a sample person the index's top {top_k} is not that of exact search;"
            " publish again, and if it stays so, choose an exact index type"
        )


def _sample_people(movie_ids: list[int]) -> list[Profile]:
    """People of all demographics with 0 to 20 random ratings, the same at every call."""
    rng = np.random.default_rng(0)
    people = []
    for _ in range(CHECKED_PEOPLE):
        rated = rng.choice(movie_ids, size=min(int(rng.integers(21)), len(movie_ids) // 2), replace=False)
        people.append(
            Profile(
                gender=GENDERS[rng.integers(len(GENDERS))],
                age=AGE_GROUPS[rng.integers(len(AGE_GROUPS))][0],
                occupation=int(rng.integers(len(OCCUPATIONS))),
                ratings={int(movie_id): float(rng.integers(1, 6)) for movie_id in rated},
            )
        )
    return people
