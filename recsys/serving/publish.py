"""Publishing movie vectors and texts to an index, and checking that its search equals exact search."""

import asyncio
from collections.abc import Sequence

import numpy as np

from recsys.models.towers import Towers
from recsys.profile import AGE_GROUPS, GENDERS, OCCUPATIONS, Profile
from recsys.text.search_terms import search_text
from storage.records import Movie
from storage.vectors import VectorIndex
from storage.vectors.arrays import MAX_TOP_K

CHECKED_TOP_K = 50
CHECKED_PEOPLE = 64
TOLERANCE = 1e-3
"""Movies whose scores differ by less than this, relative to the largest score, may come in either order, because an
index and NumPy may add in different orders."""


class IndexMismatch(RuntimeError):
    """The index does not return what exact search returns; the message names the version."""


async def publish(towers: Towers, movies: Sequence[Movie], index: VectorIndex) -> None:
    """Publish a release's movie vectors under its version and check the index. Safe to repeat.

    Args:
        towers: the release.
        movies: the records of the release's movies, in any order.
        index: where to publish.

    Raises:
        IndexMismatch: for a sample of profiles, the index's top 50 differs from that of exact search.
        Unavailable: the index did not answer in time.
    """
    by_id = {movie.movie_id: movie for movie in movies}
    movie_ids, vectors = towers.movie_vectors()
    await index.publish(towers.version, [by_id[movie_id] for movie_id in movie_ids.tolist()], vectors)
    await check_top_movies(towers, index)


async def publish_texts(version: str, movies: Sequence[Movie], index: VectorIndex) -> None:
    """Publish the texts of a release's movies under its version. Safe to repeat.

    Args:
        version: of the release.
        movies: the records of the release's movies.
        index: where to publish.

    Raises:
        Unavailable: the index did not answer in time, or it has no full-text search.
    """
    await index.texts.publish(version, movies, await search_texts(movies))


async def search_texts(movies: Sequence[Movie]) -> list[str]:
    """Return the texts by which movies are found."""
    return await asyncio.to_thread(lambda: [search_text(movie) for movie in movies])


async def check_top_movies(towers: Towers, index: VectorIndex) -> None:
    """Compare the index's top 50 with exact search for a fixed sample of profiles.

    Raises:
        IndexMismatch: they differ by more than rounding.
        Unavailable: the index did not answer in time.
    """
    # Profiles are searched one at a time, as in serving, because an index may rank a batch differently.
    for profile in _sample_profiles(towers.movie_vectors()[0].tolist()):
        await _check(towers, index, profile, CHECKED_TOP_K)


async def check_all_movies(towers: Towers, index: VectorIndex) -> None:
    """Compare the ranking of all movies, or of the 16,384 best, with exact search for one empty profile.

    This is one search, where `check_top_movies` is 64.

    Raises:
        IndexMismatch: a movie is missing, was not published by this release, or has another vector.
        Unavailable: the index did not answer in time.
    """
    await _check(towers, index, Profile(), MAX_TOP_K)


async def _check(towers: Towers, index: VectorIndex, profile: Profile, top_k: int) -> None:
    movie_ids, vectors = towers.movie_vectors()
    user_vector = towers.user_vectors([profile])[0]
    [(ids, scores)] = await index.search(towers.version, user_vector[np.newaxis], top_k, [set(profile.ratings)])
    exact = vectors @ user_vector
    exact[np.isin(movie_ids, list(profile.ratings))] = -np.inf
    best = np.sort(exact[np.isfinite(exact)])[::-1][:top_k]
    margin = TOLERANCE * float(np.abs(best).max(initial=1e-9))
    expected = exact[np.searchsorted(movie_ids, ids)] if np.isin(ids, movie_ids).all() else np.empty(0)
    same_size = len(set(ids.tolist())) == len(best) == len(expected)
    if not same_size or np.abs(expected - best).max() > margin or np.abs(scores - expected).max() > margin:
        raise IndexMismatch(
            f"version {towers.version}: the index's top {top_k} for a sample profile differs from exact search;"
            " publish again, and choose an exact index type if it still differs"
        )


def _sample_profiles(movie_ids: list[int]) -> list[Profile]:
    """Draw profiles of all demographics with 0 to 20 random ratings; the same ones at every call."""
    rng = np.random.default_rng(0)
    profiles = []
    for _ in range(CHECKED_PEOPLE):
        rated = rng.choice(movie_ids, size=min(int(rng.integers(21)), len(movie_ids) // 2), replace=False)
        profiles.append(
            Profile(
                gender=GENDERS[rng.integers(len(GENDERS))],
                age=AGE_GROUPS[rng.integers(len(AGE_GROUPS))][0],
                occupation=int(rng.integers(len(OCCUPATIONS))),
                ratings={int(movie_id): float(rng.integers(1, 6)) for movie_id in rated},
            )
        )
    return profiles
