"""Movies that full-text search finds are ranked by text and user vector together."""

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.serving.text_ranking import TEXT_CANDIDATES, rank_by_text
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors.arrays import Hits
from storage.vectors.texts.memory import MemoryTextIndex

MOVIES = [Movie(movie_id, "", 1980 + movie_id) for movie_id in range(1, 9)]
TEXTS = ["time travel", "time travel", "time", "time", "travel agent", "time", "boat", "boat"]


class OfId:
    """The scores of two people: one prefers high ids, the other low ones."""

    def __call__(self, movie_ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the scores, (2, c) float32."""
        return np.stack([movie_ids, -movie_ids]).astype(np.float32)


async def texts_of(movies: list[Movie], texts: list[str]) -> MemoryTextIndex:
    """Return an index that holds texts as version "v"."""
    index = MemoryTextIndex()
    await index.publish("v", movies, texts)
    return index


async def ranked(
    query: str, excluded: set[int] | None = None, where: MovieFilter = ANY_MOVIE, top_k: int = 10
) -> list[list[int]]:
    """Return the movie ids for each person."""
    index = await texts_of(MOVIES, TEXTS)
    hits = await rank_by_text(index, "v", query, OfId(), top_k, [excluded or set()] * 2, where)
    return [ids.tolist() for ids, _ in hits]


async def test_equal_texts_are_ranked_by_the_person() -> None:
    """Movies with the same words come in the order of each person's scores."""
    assert await ranked("boat") == [[8, 7], [7, 8]]


async def test_the_lesser_word_alone_is_not_enough() -> None:
    """The word "time" is in many texts, so a movie with nothing else of "time travel" is no candidate."""
    assert await ranked("time travel") == [[5, 2, 1], [1, 2, 5]]
    assert await ranked("travel agent time") == [[5], [5]]


async def test_the_better_text_comes_first_unless_the_person_differs_a_lot() -> None:
    """A text with all words is ahead of one with some of them, unless the person prefers the other one far more."""
    texts = {1: "magic boat", 2: "magic", 9: "magic"} | dict.fromkeys(range(20, 29), "boat")
    movies = [Movie(movie_id, "") for movie_id in range(1, 31)]
    index = await texts_of(movies, [texts.get(movie.movie_id, "") for movie in movies])
    [high, low] = await rank_by_text(index, "v", "magic boat", OfId(), 5, [(), ()], ANY_MOVIE)
    assert low[0].tolist() == [1, 2, 9]
    assert high[0].tolist() == [9, 1, 2]
    assert high[1].tolist() == sorted(high[1].tolist(), reverse=True)


async def test_filters_and_exclusions_hold() -> None:
    """Neither excluded movies nor those that do not pass the filter come, and nothing is found for unknown words."""
    assert await ranked("time travel", {2, 5}) == [[1], [1]]
    assert await ranked("boat", where=MovieFilter(year_from=1988)) == [[8], [8]]
    assert await ranked("boat", top_k=1) == [[8], [7]]
    assert await ranked("submarine") == [[], []]


async def test_excluded_movies_make_room() -> None:
    """Somebody who has seen the best 300 by text gets the next ones."""
    count = 2 * TEXT_CANDIDATES
    movies = [Movie(movie_id, "") for movie_id in range(1, count + 1)]
    index = await texts_of(movies, ["same"] * count)
    seen = set(range(1, TEXT_CANDIDATES + 1))
    [(movie_ids, _), _] = await rank_by_text(index, "v", "same", OfId(), 5, [seen, ()], ANY_MOVIE)
    assert movie_ids.tolist() == [600, 599, 598, 597, 596]


async def test_only_the_best_by_text_are_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    """The index is asked for TEXT_CANDIDATES movies, once."""
    asked: list[int] = []
    search = MemoryTextIndex.search

    async def counted(index: MemoryTextIndex, version: str, query: str, top_k: int, where: MovieFilter) -> Hits:
        asked.append(top_k)
        return await search(index, version, query, top_k, where)

    monkeypatch.setattr(MemoryTextIndex, "search", counted)
    await ranked("time travel", {1})
    assert asked == [TEXT_CANDIDATES] == [300]
