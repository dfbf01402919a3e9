"""The first stage of a wish with words: the best movies by full-text search, ranked by text and user vector."""

from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from storage.records import MovieFilter
from storage.vectors.arrays import MAX_TOP_K, Hits
from storage.vectors.texts import TextIndex

TEXT_CANDIDATES = 300
"""Number of movies, the best by text, that are ranked together with the user vector."""

MIN_TEXT_SHARE = 0.65
"""A movie is no candidate if its text score is a smaller share of the best one. It has only the minor words of a wish,
for example "time" of "time travel"."""

TEXT_WEIGHT = 3.0
"""The weight of the best text score, in standard deviations of the user's scores. Lower ones weigh in proportion."""


async def rank_by_text(
    texts: TextIndex,
    version: str,
    query: str,
    scores_of: Callable[[NDArray[np.int64]], NDArray[np.float32]],
    top_k: int,
    excluded: Sequence[Collection[int]],
    where: MovieFilter,
) -> list[Hits]:
    """Return the best movies for each person among those that full-text search finds.

    Args:
        texts: of the movies.
        version: of the model.
        query: the terms of the wish, separated by spaces.
        scores_of: takes movie ids, (c,) int64, and returns user_vector @ movie_vector for n people, (n, c) float32.
        top_k: number of movies per person.
        excluded: n collections of movie ids that are left out.
        where: filter that the movies must pass.

    Returns:
        n pairs (movie_ids (k,) int64, scores (k,) float32), best first. The scores have the unit of those of the user
        vectors.

    Raises:
        NotFound: the version was never published.
        Unavailable: the index did not answer in time.
    """
    most_excluded = max(map(len, excluded), default=0)
    movie_ids, text_scores = await texts.search(version, query, TEXT_CANDIDATES, where)
    if len(movie_ids) == TEXT_CANDIDATES and most_excluded > TEXT_CANDIDATES - top_k:
        limit = min(TEXT_CANDIDATES + most_excluded, MAX_TOP_K)
        movie_ids, text_scores = await texts.search(version, query, limit, where)
    movie_ids, shares = _near_the_best((movie_ids, text_scores))
    return [
        _ranked(movie_ids, shares, user_scores, top_k, movies_excluded)
        for user_scores, movies_excluded in zip(scores_of(movie_ids), excluded, strict=True)
    ]


async def find_by_text(texts: TextIndex, version: str, query: str) -> list[int]:
    """Return the ids of the movies that full-text search finds for all people, best first, as in `rank_by_text`.

    Raises:
        NotFound: the version was never published.
        Unavailable: the index did not answer in time.
    """
    movie_ids, _ = _near_the_best(await texts.search(version, query, TEXT_CANDIDATES))
    return [int(movie_id) for movie_id in movie_ids]


def _near_the_best(hits: Hits) -> Hits:
    """Return the movies whose scores are at least MIN_TEXT_SHARE of the best, with these shares."""
    movie_ids, scores = hits
    shares = scores / scores.max(initial=1e-9)
    return movie_ids[shares >= MIN_TEXT_SHARE], shares[shares >= MIN_TEXT_SHARE]


def _ranked(
    movie_ids: NDArray[np.int64],
    shares: NDArray[np.float32],
    user_scores: NDArray[np.float32],
    top_k: int,
    excluded: Collection[int],
) -> Hits:
    scores = user_scores + np.float32(TEXT_WEIGHT * user_scores.std()) * shares if len(user_scores) else user_scores
    if excluded:
        is_kept = ~np.isin(movie_ids, np.fromiter(excluded, np.int64, len(excluded)))
        movie_ids, scores = movie_ids[is_kept], scores[is_kept]
    best = np.lexsort((movie_ids, -scores))[:top_k]
    return movie_ids[best], scores[best]
