"""One contract for every `TextIndex`: BM25 in memory, and Milvus Lite.

A Milvus server from 2.5 on is tested too if REELMATE_TEST_MILVUS_URL names one. Older ones have no full-text search.
"""

import math
import os
import secrets
from collections import Counter
from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from storage.errors import NotFound
from storage.net_details import TMDB, NetDetails
from storage.records import ANY_MOVIE, Movie, MovieFilter
from storage.vectors import open_index
from storage.vectors.arrays import Hits
from storage.vectors.texts import TextIndex
from storage.vectors.texts.checks import K1, MAX_TEXT_BYTES, B

KINDS = ["memory", "milvus-lite", *(["milvus-server"] if "REELMATE_TEST_MILVUS_URL" in os.environ else [])]

MOVIES = [
    Movie(50, "Five", 1995, ("Drama",)),
    Movie(10, "One", 1990, ("Comedy",), net=NetDetails(TMDB, date(2026, 1, 1), services=("DE:Netflix",))),
    Movie(40, "Four", None, ("Comedy", "War")),
    Movie(30, "Three", 1999, ()),
    Movie(20, "Two", 1980, ("War",)),
]
TEXTS = ["", "chess boy chess", "submarine war captain boat", "chess war", "東京 gödel boat"]


def pairs_of(hits: Hits) -> list[tuple[int, float]]:
    """Return the (id, score) pairs of a search."""
    movie_ids, scores = hits
    assert movie_ids.dtype == np.int64
    assert scores.dtype == np.float32
    return list(zip(movie_ids.tolist(), scores.tolist(), strict=True))


def bm25(query: str, movies: list[Movie], texts: list[str]) -> list[tuple[int, float]]:
    """Return (id, score) of all texts with words of a query by the formula of BM25, best first."""
    words = [text.split() for text in texts]
    average = sum(map(len, words)) / len(words)
    scores = {}
    for movie, text in zip(movies, words, strict=True):
        counts = Counter(text)
        score = 0.0
        for word in set(query.split()):
            frequency = sum(word in other for other in words)
            idf = math.log(1 + (len(words) - frequency + 0.5) / (frequency + 0.5))
            score += idf * counts[word] * (K1 + 1) / (counts[word] + K1 * (1 - B + B * len(text) / average))
        if score:
            scores[movie.movie_id] = score
    return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0]))


@pytest.fixture
def version() -> str:
    """A version that no other test uses, because a server keeps versions of earlier tests."""
    return "v" + secrets.token_hex(6)


@pytest.fixture
async def index(vectors_url: str, version: str) -> AsyncIterator[TextIndex]:
    """The texts of each index in turn."""
    opened = await open_index(vectors_url, timeout_s=60)
    yield opened.texts
    await opened.texts.drop(version)
    await opened.close()


@pytest.mark.parametrize("vectors_url", KINDS, indirect=True)
class TestTextIndex:
    """The contract of every index."""

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("chess", [10, 30]),
            ("chess war", [30, 10, 40]),
            ("war chess chess", [30, 10, 40]),
            ("boat", [20, 40]),
            ("gödel", [20]),
            ("東京 unknown", [20]),
            ("che", []),
            ("unknown", []),
            ("", []),
            ("  ", []),
        ],
    )
    async def test_ranks_by_bm25(self, index: TextIndex, version: str, query: str, expected: list[int]) -> None:
        """Rare words, repeated words and short texts count more, and the scores are those of the formula."""
        await index.publish(version, MOVIES, TEXTS)
        pairs = pairs_of(await index.search(version, query, 10))
        formula = bm25(query, MOVIES, TEXTS)
        assert [movie_id for movie_id, _ in pairs] == [movie_id for movie_id, _ in formula] == expected
        assert [score for _, score in pairs] == pytest.approx([score for _, score in formula], rel=1e-4)

    async def test_texts_can_be_published(self, index: TextIndex) -> None:
        """An index with full-text search passes the check."""
        await index.check()

    async def test_agrees_with_the_formula_on_many_texts(self, index: TextIndex, version: str) -> None:
        """The best 20 of 600 random texts have the scores of the formula."""
        random = np.random.default_rng(0)
        movies = [Movie(movie_id, "") for movie_id in random.permutation(600).tolist()]
        texts = [
            " ".join(f"w{rank}" for rank in random.zipf(1.3, random.integers(1, 80)) if rank < 500) for _ in movies
        ]
        await index.publish(version, movies, texts)
        for query in ("w3 w40", "w7", "w100 w2 w55 w300"):
            pairs = pairs_of(await index.search(version, query, 20))
            formula = dict(bm25(query, movies, texts))
            assert [formula[movie_id] for movie_id, _ in pairs] == pytest.approx(
                sorted(formula.values(), reverse=True)[: len(pairs)], rel=1e-4
            )
            assert [score for _, score in pairs] == pytest.approx(
                [formula[movie_id] for movie_id, _ in pairs], rel=1e-4
            )
            assert len(pairs) == min(20, len(formula))

    async def test_equal_scores_come_by_id(self, index: TextIndex, version: str) -> None:
        """Of equal texts the lowest ids come first, and only `top_k` of them."""
        movies = [Movie(movie_id, "") for movie_id in range(30, 0, -1)]
        await index.publish(version, movies, ["same words"] * 30)
        assert (await index.search(version, "same", 100))[0].tolist() == list(range(1, 31))
        assert len((await index.search(version, "same", 7))[0]) == 7

    @pytest.mark.parametrize(
        "where",
        [
            ANY_MOVIE,
            MovieFilter(genres_any=("Comedy",)),
            MovieFilter(genres_all=("Comedy", "War")),
            MovieFilter(genres_none=("War",)),
            MovieFilter(year_from=1990),
            MovieFilter(year_to=1990),
            MovieFilter(year_from=1990, year_to=1995, genres_any=("Comedy", "Drama")),
            MovieFilter(ids=frozenset({10, 40, 99})),
            MovieFilter(ids=frozenset()),
            MovieFilter(ids_none=frozenset({10})),
            MovieFilter(services_any=("DE:Netflix",)),
        ],
    )
    async def test_only_matching_movies_are_returned(self, index: TextIndex, version: str, where: MovieFilter) -> None:
        """A filter leaves the movies that pass `MovieFilter.matches`, with their scores, and makes room for others."""
        await index.publish(version, MOVIES, TEXTS)
        passing = {movie.movie_id for movie in MOVIES if where.matches(movie)}
        expected = [pair for pair in bm25("chess war boat", MOVIES, TEXTS) if pair[0] in passing]
        for top_k in (1, 5):
            pairs = pairs_of(await index.search(version, "chess war boat", top_k, where))
            assert [movie_id for movie_id, _ in pairs] == [movie_id for movie_id, _ in expected[:top_k]]
            assert [score for _, score in pairs] == pytest.approx([score for _, score in expected[:top_k]], rel=1e-4)

    async def test_publishing_replaces_texts_and_fields(self, index: TextIndex, version: str) -> None:
        """A repeated publish leaves exactly its own movies, texts, years and genres, and its own counts of words."""
        await index.publish(version, MOVIES, TEXTS)
        await index.publish(version, MOVIES[::-1], TEXTS[::-1])
        assert await index.count(version) == 5
        assert (await index.search(version, "chess", 10, MovieFilter(year_from=1990)))[0].tolist() == [10, 30]
        movies = [Movie(10, "One", 1950), Movie(60, "Six", 1999)]
        texts = ["a boat", "chess and a boat"]
        await index.publish(version, movies, texts)
        assert await index.count(version) == 2
        pairs = pairs_of(await index.search(version, "chess boat", 10))
        assert [movie_id for movie_id, _ in pairs] == [60, 10]
        assert [score for _, score in pairs] == pytest.approx(
            [score for _, score in bm25("chess boat", movies, texts)], rel=1e-4
        )
        assert (await index.search(version, "boat", 10, MovieFilter(year_from=1990)))[0].tolist() == [60]

    async def test_versions_do_not_mix(self, index: TextIndex, version: str) -> None:
        """Two versions have their own texts. Dropping one leaves the other, and dropping it again is no error."""
        other = version + "b"
        await index.publish(version, MOVIES, TEXTS)
        await index.publish(other, MOVIES[:2], ["boat", "war"])
        assert (await index.search(other, "war", 10))[0].tolist() == [10]
        assert [await index.count(name) for name in (version, other, version + "c")] == [5, 2, 0]
        await index.drop(other)
        await index.drop(other)
        assert [await index.count(name) for name in (version, other)] == [5, 0]
        for query in ("war", ""):
            with pytest.raises(NotFound, match=other):
                await index.search(other, query, 10)
        assert (await index.search(version, "war", 10))[0].tolist() == [30, 40]

    async def test_a_long_text(self, index: TextIndex, version: str) -> None:
        """The words of the first 60,000 bytes are found, and the rest of the text is left out."""
        many = "wörd " * MAX_TEXT_BYTES
        await index.publish(version, MOVIES[:2], [f"first {many} last", "short"])
        assert (await index.search(version, "first", 10))[0].tolist() == [50]
        assert (await index.search(version, "last", 10))[0].tolist() == []

    async def test_texts_without_words(self, index: TextIndex, version: str) -> None:
        """A catalogue without texts finds nothing."""
        await index.publish(version, MOVIES, [""] * 5)
        assert await index.count(version) == 5
        assert (await index.search(version, "chess", 10))[0].tolist() == []

    async def test_invalid_arguments(self, index: TextIndex, version: str) -> None:
        """Invalid versions, counts and repeated ids raise ValueError and change nothing."""
        for bad_version, movies, texts in (
            ("../x", MOVIES, TEXTS),
            (version, MOVIES, TEXTS[1:]),
            (version, [], []),
            (version, [MOVIES[0], MOVIES[0]], ["a", "b"]),
        ):
            with pytest.raises(ValueError, match=r"\w"):
                await index.publish(bad_version, movies, texts)
        assert await index.count(version) == 0
        await index.publish(version, MOVIES, TEXTS)
        for top_k in (0, 16_385):
            with pytest.raises(ValueError, match="top_k"):
                await index.search(version, "chess", top_k)


async def test_milvus_lite_keeps_its_texts_when_reopened(tmp_path: Path) -> None:
    """A reopened folder gives the same results, filtered too, and dropping a version of an index drops its texts."""
    url = f"milvus+lite://{tmp_path}/milvus.db"
    index = await open_index(url)
    await index.publish("v1", MOVIES, np.eye(5, dtype=np.float32))
    await index.texts.publish("v1", MOVIES, TEXTS)
    expected = pairs_of(await index.texts.search("v1", "chess war", 10))
    await index.close()
    index = await open_index(url)
    assert await index.texts.count("v1") == 5
    assert pairs_of(await index.texts.search("v1", "chess war", 10)) == expected
    assert (await index.texts.search("v1", "chess war", 10, MovieFilter(year_from=1995)))[0].tolist() == [30]
    assert await index.versions() == ["v1"]
    await index.drop("v1")
    assert await index.texts.count("v1") == 0
    await index.close()
