"""Publishing movie vectors and texts to an index, and comparing its search with exact search."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from recsys.models.towers import Towers
from recsys.profile import AGE_GROUPS, GENDERS, OCCUPATIONS, Profile
from recsys.text.search_terms import search_text
from storage.records import Movie
from storage.vectors import VectorIndex
from storage.vectors.arrays import MAX_TOP_K, ShowShare

CHECKED_TOP_K = 50
CHECKED_PEOPLE = 64
TOLERANCE = 1e-3
"""Movies whose scores differ by less than this, relative to the largest score, may come in either order, because an
index and NumPy may add in different orders."""


MIN_RECALL = 0.97
"""An index that is not exact finds at least this share of the best movies, in the mean over the sample."""


class IndexMismatch(RuntimeError):
    """The index does not return what exact search returns; the message names the version."""


@dataclass(frozen=True, slots=True)
class PublishCheck:
    """The result of the check of a published version.

    Attributes:
        kind: the kind of the index.
        recall: share of the best CHECKED_TOP_K movies that the index finds, in the mean over the sample.
        worst_recall: the lowest share of the sample.
    """

    kind: str
    recall: float
    worst_recall: float


async def publish(
    towers: Towers, movies: Sequence[Movie], index: VectorIndex, progress: ShowShare = lambda _: None
) -> PublishCheck:
    """Publish a release's movie vectors under its version and check the index. Safe to repeat.

    Args:
        towers: the release.
        movies: the records of the release's movies, in any order.
        index: where to publish.
        progress: takes the share that is done.

    Returns:
        What the check has found.

    Raises:
        IndexMismatch: for a sample of profiles, the index's top 50 differs from that of exact search, or finds too few
            of its movies if the index is not exact.
        Unavailable: the index did not answer in time.
    """
    by_id = {movie.movie_id: movie for movie in movies}
    movie_ids, vectors = towers.movie_vectors()
    await index.publish(towers.version, [by_id[movie_id] for movie_id in movie_ids.tolist()], vectors, progress)
    return await check_published(towers, index)


async def publish_texts(version: str, movies: Sequence[Movie], index: VectorIndex) -> None:
    """Publish the texts of a release's movies under its version. Safe to repeat.

    Args:
        version: of the release.
        movies: the records of the release's movies.
        index: where to publish.

    Raises:
        Unavailable: the index did not answer in time, or it has no full-text search.
    """
    # The texts of a large catalogue take long to compute.
    await index.texts.check()
    await index.texts.publish(version, movies, await search_texts(movies))


async def search_texts(movies: Sequence[Movie]) -> list[str]:
    """Return the texts by which movies are found."""
    return await asyncio.to_thread(lambda: [search_text(movie) for movie in movies])


async def check_published(towers: Towers, index: VectorIndex) -> PublishCheck:
    """Compare the index's top 50 with exact search for a fixed sample of profiles.

    Raises:
        IndexMismatch: an exact index differs by more than rounding, or another one returns a wrong movie or score or
            has a mean recall below MIN_RECALL.
        NotFound: the version was never published.
        Unavailable: the index did not answer in time.
    """
    published = await index.published(towers.version)
    # Profiles are searched one at a time, as in serving, because an index may rank a batch differently.
    recalls = [
        await _recall(towers, index, profile, CHECKED_TOP_K)
        for profile in _sample_profiles(towers.movie_vectors()[0].tolist())
    ]
    check = PublishCheck(published.kind, float(np.mean(recalls)), min(recalls))
    if check.recall < (1 if published.is_exact else MIN_RECALL):
        raise IndexMismatch(
            f"version {towers.version}: the index ({check.kind}) finds {check.recall:.1%} of the best {CHECKED_TOP_K}"
            f" movies of exact search for {CHECKED_PEOPLE} sample profiles; publish again, and choose an exact index if"
            " it still differs: VECTORS_URL with ?index=FLAT"
        )
    return check


async def check_all_movies(towers: Towers, index: VectorIndex) -> None:
    """Compare the ranking of all movies, or of the 16,384 best, with exact search for one empty profile.

    This is one search, where `check_top_movies` is 64.

    Raises:
        IndexMismatch: a movie is missing, was not published by this release, or has another vector.
        NotFound: the version was never published.
        Unavailable: the index did not answer in time.
    """
    published, expected_count = await index.published(towers.version), len(towers.movie_vectors()[0])
    recall = await _recall(towers, index, Profile(), MAX_TOP_K)
    if published.movie_count != expected_count or recall < (1 if published.is_exact else MIN_RECALL):
        raise IndexMismatch(
            f"version {towers.version}: the index has {published.movie_count} of {expected_count} movies, and finds"
            f" {recall:.1%} of the best for an empty profile; publish again"
        )


async def _recall(towers: Towers, index: VectorIndex, profile: Profile, top_k: int) -> float:
    """Return which share of the best movies a search returns. Movies within TOLERANCE of the last place count as best.

    Raises:
        IndexMismatch: a movie was returned twice, was not published by this release, or has another vector.
        Unavailable: the index did not answer in time.
    """
    movie_ids = towers.movie_vectors()[0]
    user_vector = towers.user_vectors([profile])[0]
    [(ids, scores)] = await index.search(towers.version, user_vector[np.newaxis], top_k, [set(profile.ratings)])
    exact = towers.exact_scores(user_vector)
    exact[np.isin(movie_ids, list(profile.ratings))] = -np.inf
    best = np.sort(exact[np.isfinite(exact)])[::-1][:top_k]
    margin = TOLERANCE * float(np.abs(best).max(initial=1e-9))
    is_known = np.isin(ids, movie_ids)
    expected = exact[np.searchsorted(movie_ids, ids[is_known])]
    if (
        not is_known.all()
        or len(set(ids.tolist())) < len(ids)
        or np.abs(scores - expected).max(initial=0.0) > margin
        or np.diff(expected).max(initial=0.0) > margin
    ):
        raise IndexMismatch(
            f"version {towers.version}: the index's top {top_k} for a sample profile has other movies or scores than"
            " exact search; publish again"
        )
    return int(np.count_nonzero(expected >= best[-1] - margin)) / len(best) if len(best) else 1.0


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
