"""One contract for every `VectorIndex`: exact search in memory, Milvus Lite, and a Milvus server."""

import secrets
from collections.abc import AsyncIterator, Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from storage.errors import NotFound
from storage.net_details import TMDB, NetDetails
from storage.records import MAX_FILTER_IDS, Movie, MovieFilter
from storage.vectors import VectorIndex, open_index
from storage.vectors.arrays import Hits

DIMENSION = 256
KINDS = ["memory", "milvus-lite", pytest.param("milvus-server", marks=pytest.mark.slow)]


def streamed_by(*services: str) -> NetDetails:
    """Return details with these services alone."""
    return NetDetails(TMDB, date(2026, 1, 1), services=services)


FILTERED = [
    Movie(1, "One", 1990, ("Comedy",), net=streamed_by("DE:Netflix", "US:Hulu")),
    Movie(2, "Two", 1999, ("Comedy", "Horror")),
    Movie(3, "Three", 1980, ("Children's", "War"), net=streamed_by("DE:Netflix")),
    Movie(4, "Four", 1979, ("Horror",)),
    Movie(5, "Five", None, ("Horror", "War")),
    Movie(6, "Six", 1995, ('Say "hi" \\ bye',), net=streamed_by('FR:Canal+ "Ciné"')),
    Movie(7, "Seven", 2010, ("Жанр 🎞", "Comedy")),
    Movie(8, "Eight", None, ()),
]
"""Movies to filter."""

FILTERS: list[tuple[MovieFilter, set[int]]] = [
    (MovieFilter(), {1, 2, 3, 4, 5, 6, 7, 8}),
    (MovieFilter(genres_any=("Comedy",)), {1, 2, 7}),
    (MovieFilter(genres_any=("Comedy", "Horror", "Unknown")), {1, 2, 4, 5, 7}),
    (MovieFilter(genres_all=("Comedy", "Horror")), {2}),
    (MovieFilter(genres_all=("Comedy", "Unknown")), set()),
    (MovieFilter(genres_none=("Horror", "Unknown")), {1, 3, 6, 7, 8}),
    (MovieFilter(genres_any=("comedy", "Com", "Com%")), set()),
    (MovieFilter(genres_any=("Children's",)), {3}),
    (MovieFilter(genres_any=('Say "hi" \\ bye',)), {6}),
    (MovieFilter(genres_none=("Жанр 🎞",)), {1, 2, 3, 4, 5, 6, 8}),
    (MovieFilter(genres_any=('"] or movie_id > 0 or array_contains_any(genres, ["',)), set()),
    (MovieFilter(year_from=1990), {1, 2, 6, 7}),
    (MovieFilter(year_to=1989), {3, 4}),
    (MovieFilter(year_from=-5, year_to=3000), {1, 2, 3, 4, 6, 7}),
    (MovieFilter(year_from=1990, year_to=1999), {1, 2, 6}),
    (MovieFilter(year_from=1999, year_to=1990), set()),
    (MovieFilter(("Comedy",), (), ("Horror",), 1990, 1999), {1}),
    (MovieFilter(ids=frozenset({1, 5, 8, 99})), {1, 5, 8}),
    (MovieFilter(ids=frozenset()), set()),
    (MovieFilter(ids_none=frozenset({1, 5, 99})), {2, 3, 4, 6, 7, 8}),
    (MovieFilter(ids=frozenset({1, 5}), ids_none=frozenset({1})), {5}),
    (MovieFilter(("Comedy",), year_from=1995, ids=frozenset({1, 2, 6}), ids_none=frozenset({7})), {2}),
    (MovieFilter(services_any=("DE:Netflix",)), {1, 3}),
    (MovieFilter(services_any=("DE:Netflix", 'FR:Canal+ "Ciné"')), {1, 3, 6}),
    (MovieFilter(("Comedy",), services_any=("DE:Netflix", "DE:Net", "Netflix")), {1}),
]
"""Filters, and the ids of the movies in `FILTERED` that pass them."""


def vectors_of(count: int, seed: int) -> NDArray[np.float32]:
    """Return (count, 256) float32, multiples of 1/8: inner products have no rounding errors, so ties are exact."""
    return np.random.default_rng(seed).integers(-8, 9, (count, DIMENSION)).astype(np.float32) / np.float32(8)


def best(
    movies: list[Movie], vectors: NDArray[np.float32], user: NDArray[np.float32], top_k: int, excluded: Collection[int]
) -> list[tuple[float, int]]:
    """Return the expected result: all (score, id) pairs that are not excluded, sorted."""
    scores = vectors @ user
    pairs = [(float(score), movie.movie_id) for score, movie in zip(scores, movies, strict=True)]
    included = [(score, movie_id) for score, movie_id in pairs if movie_id not in excluded]
    return sorted(included, key=lambda pair: (-pair[0], pair[1]))[:top_k]


def pairs_of(hits: Hits) -> list[tuple[float, int]]:
    """Return the (score, id) pairs of one row of a search."""
    movie_ids, scores = hits
    assert movie_ids.dtype == np.int64
    assert scores.dtype == np.float32
    return list(zip(scores.tolist(), movie_ids.tolist(), strict=True))


@pytest.fixture(scope="module")
def movies() -> list[Movie]:
    """500 movies in random order, two of them with unusual fields."""
    ids = np.random.default_rng(1).permutation(np.arange(1, 1001, 2)).tolist()
    movies = [Movie(movie_id, f"Title {movie_id}", 1990, ("Drama", "War"), rating_count=movie_id) for movie_id in ids]
    movies[0] = Movie(movies[0].movie_id, "Ñandú 東京 🎬 " * 400, None, (), rating_count=0)
    movies[1] = Movie(movies[1].movie_id, "", 2200, ("Жанр 🎞 " * 90, *(f"Genre {number}" for number in range(80))))
    return movies


@pytest.fixture(scope="module")
def vectors(movies: list[Movie]) -> NDArray[np.float32]:
    """(500, 256) float32."""
    return vectors_of(len(movies), 2)


@pytest.fixture(scope="module")
def users() -> NDArray[np.float32]:
    """(64, 256) float32."""
    return vectors_of(64, 3)


@pytest.fixture
def version() -> str:
    """A version that no other test uses, because a server keeps versions of earlier tests."""
    return "v" + secrets.token_hex(6)


@pytest.fixture
async def index(vectors_url: str, version: str) -> AsyncIterator[VectorIndex]:
    """Each index in turn, without the version of this test."""
    opened = await open_index(vectors_url, timeout_s=60)
    yield opened
    # Other workers use the same server.
    for added in await opened.versions():
        if added.startswith(version):
            await opened.drop(added)
    await opened.close()


@pytest.mark.parametrize("vectors_url", KINDS, indirect=True)
class TestVectorIndex:
    """The contract of every index."""

    async def test_equals_exact_search(
        self,
        index: VectorIndex,
        version: str,
        movies: list[Movie],
        vectors: NDArray[np.float32],
        users: NDArray[np.float32],
    ) -> None:
        """The top 50 of 64 people equal a full sort, including scores and ties, in one batch and in single searches."""
        await index.publish(version, movies, vectors)
        expected = [best(movies, vectors, user, 50, ()) for user in users]
        assert [pairs_of(hits) for hits in await index.search(version, users, 50)] == expected
        single = [(await index.search(version, user[np.newaxis], 50))[0] for user in users]
        assert [pairs_of(hits) for hits in single] == expected

    async def test_excluded_movies_make_room(
        self,
        index: VectorIndex,
        version: str,
        movies: list[Movie],
        vectors: NDArray[np.float32],
        users: NDArray[np.float32],
    ) -> None:
        """Excluded movies are replaced by the next best movies, and unknown excluded ids are ignored."""
        await index.publish(version, movies, vectors)
        ids = [movie.movie_id for movie in movies]
        favourites = [{pair[1] for pair in best(movies, vectors, user, 60, ())} for user in users]
        exclude: list[Collection[int]] = [
            *favourites[:60],
            [ids[0], 999_999, -5],
            (),
            ids[:480],
            frozenset(ids[:499]),
        ]
        expected = [best(movies, vectors, user, 50, set(ids)) for user, ids in zip(users, exclude, strict=True)]
        assert [pairs_of(hits) for hits in await index.search(version, users, 50, exclude)] == expected
        for row in (0, 60, 61, 62, 63):
            [hits] = await index.search(version, users[row : row + 1], 50, exclude[row : row + 1])
            assert pairs_of(hits) == expected[row]

    async def test_everything_excluded(
        self,
        index: VectorIndex,
        version: str,
        movies: list[Movie],
        vectors: NDArray[np.float32],
        users: NDArray[np.float32],
    ) -> None:
        """If all movies are excluded, the result is empty, in a single search and in a batch."""
        await index.publish(version, movies, vectors)
        everything = {movie.movie_id for movie in movies}
        [hits] = await index.search(version, users[:1], 10, [everything])
        assert pairs_of(hits) == []
        first, second = await index.search(version, users[:2], 10, [everything, ()])
        assert pairs_of(first) == []
        assert pairs_of(second) == best(movies, vectors, users[1], 10, ())

    async def test_top_k_beyond_the_catalogue(
        self,
        index: VectorIndex,
        version: str,
        movies: list[Movie],
        vectors: NDArray[np.float32],
        users: NDArray[np.float32],
    ) -> None:
        """The result is the whole sorted catalogue. No user vectors give no results."""
        await index.publish(version, movies, vectors)
        [hits] = await index.search(version, users[:1], 10_000)
        assert pairs_of(hits) == best(movies, vectors, users[0], 500, ())
        assert await index.search(version, users[:0], 10) == []

    async def test_a_tie_across_rank_k(self, index: VectorIndex, version: str) -> None:
        """Of 300 movies with the same vector the lowest ids come first, in whatever order they were published."""
        movies = [Movie(movie_id, "Same") for movie_id in range(300, 0, -1)]
        vectors = np.ones((300, DIMENSION), np.float32)
        vectors[0, 0] = 2.0
        await index.publish(version, movies, vectors)
        for people in (1, 3):
            user = np.ones((people, DIMENSION), np.float32)
            for hits in await index.search(version, user, 5, [{2}] * people):
                assert pairs_of(hits) == [(257.0, 300), (256.0, 1), (256.0, 3), (256.0, 4), (256.0, 5)]

    async def test_only_matching_movies_are_returned(self, index: VectorIndex, version: str) -> None:
        """Filters give the same movies as `MovieFilter.matches`, with and without exclusions, alone and in a batch."""
        vectors = vectors_of(len(FILTERED), 5)
        users = vectors_of(3, 6)
        await index.publish(version, FILTERED, vectors)
        exclude: list[Collection[int]] = [(), {1, 4}, {movie.movie_id for movie in FILTERED}]
        for where, expected in FILTERS:
            failing = {movie.movie_id for movie in FILTERED} - expected
            assert {movie.movie_id for movie in FILTERED if not where.matches(movie)} == failing, where
            expected_hits = [
                best(FILTERED, vectors, user, 8, {*excluded, *failing})
                for user, excluded in zip(users, exclude, strict=True)
            ]
            batch = await index.search(version, users, 8, exclude, where)
            assert [pairs_of(hits) for hits in batch] == expected_hits, where
            for row in range(3):
                [hits] = await index.search(version, users[row : row + 1], 8, exclude[row : row + 1], where)
                assert pairs_of(hits) == expected_hits[row], where
            [first] = await index.search(version, users[:1], 2, where=where)
            assert pairs_of(first) == expected_hits[0][:2], where

    async def test_a_filter_by_many_ids(
        self,
        index: VectorIndex,
        version: str,
        movies: list[Movie],
        vectors: NDArray[np.float32],
        users: NDArray[np.float32],
    ) -> None:
        """A filter may name MAX_FILTER_IDS ids, whether or not the index has these movies."""
        await index.publish(version, movies, vectors)
        ids = [movie.movie_id for movie in movies]
        chosen = frozenset((*ids[:200], *range(2, 2 * (MAX_FILTER_IDS - 200) + 2, 2)))
        assert len(chosen) == MAX_FILTER_IDS
        for where, left_out in ((MovieFilter(ids=chosen), ids[200:]), (MovieFilter(ids_none=chosen), ids[:200])):
            expected = [best(movies, vectors, user, 50, set(left_out)) for user in users[:3]]
            assert [pairs_of(hits) for hits in await index.search(version, users[:3], 50, (), where)] == expected
            [hits] = await index.search(version, users[:1], 50, (), where)
            assert pairs_of(hits) == expected[0]

    async def test_a_filtered_tie_across_rank_k(self, index: VectorIndex, version: str) -> None:
        """Of equal scores that pass a filter the lowest ids come first, in single searches and in a batch."""
        movies = [Movie(movie_id, "Same", 1990 + movie_id % 2) for movie_id in range(300, 0, -1)]
        await index.publish(version, movies, np.ones((300, DIMENSION), np.float32))
        for people in (1, 3):
            user = np.ones((people, DIMENSION), np.float32)
            for hits in await index.search(version, user, 3, [{2}] * people, MovieFilter(year_to=1990)):
                assert pairs_of(hits) == [(256.0, 4), (256.0, 6), (256.0, 8)]

    async def test_filters_use_the_last_published_fields(self, index: VectorIndex, version: str) -> None:
        """A movie whose genres changed is found by the new genres, in single searches and in a batch."""
        vectors, where = vectors_of(2, 5), MovieFilter(genres_any=("War",), year_from=1990)
        for first, second, expected in (("War", "Drama", 1), ("Drama", "War", 2)):
            movies = [Movie(1, "One", 1990, (first,)), Movie(2, "Two", 1990, (second,))]
            await index.publish(version, movies, vectors)
            for people in (1, 2):
                results = await index.search(version, vectors_of(people, 6), 5, where=where)
                assert [ids.tolist() for ids, _ in results] == [[expected]] * people

    async def test_publishing_again_changes_nothing(
        self,
        index: VectorIndex,
        version: str,
        movies: list[Movie],
        vectors: NDArray[np.float32],
        users: NDArray[np.float32],
    ) -> None:
        """A publish that is repeated in another order leaves each movie once."""
        await index.publish(version, movies, vectors)
        await index.publish(version, movies[::-1], vectors[::-1])
        [hits] = await index.search(version, users[:1], 1_000)
        assert pairs_of(hits) == best(movies, vectors, users[0], 500, ())

    async def test_publishing_replaces_movies_and_vectors(
        self,
        index: VectorIndex,
        version: str,
        movies: list[Movie],
        vectors: NDArray[np.float32],
        users: NDArray[np.float32],
    ) -> None:
        """A publish leaves exactly its own movies and vectors, for single searches and for batches."""
        await index.publish(version, movies, vectors)
        await index.search(version, users[:2], 3)
        fewer_movies, new_vectors = movies[100:], vectors_of(400, 9)
        await index.publish(version, fewer_movies, new_vectors)
        expected = [best(fewer_movies, new_vectors, user, 1_000, ()) for user in users[:2]]
        assert [pairs_of(hits) for hits in await index.search(version, users[:2], 1_000)] == expected
        [hits] = await index.search(version, users[:1], 1_000)
        assert pairs_of(hits) == expected[0]

    async def test_versions_do_not_mix(
        self,
        index: VectorIndex,
        version: str,
        movies: list[Movie],
        vectors: NDArray[np.float32],
        users: NDArray[np.float32],
    ) -> None:
        """Two versions have their own movies. Dropping one leaves the other, and dropping it again is no error."""
        other, other_vectors = version + "b", vectors_of(50, 4)
        await index.publish(version, movies, vectors)
        await index.publish(other, movies[:50], other_vectors)
        assert [name for name in await index.versions() if name.startswith(version)] == [version, other]
        [hits] = await index.search(other, users[:1], 100)
        assert pairs_of(hits) == best(movies[:50], other_vectors, users[0], 100, ())
        await index.drop(other)
        await index.drop(other)
        assert [name for name in await index.versions() if name.startswith(version)] == [version]
        with pytest.raises(NotFound):
            await index.search(other, users[:1], 10)
        [hits] = await index.search(version, users[:1], 20)
        assert pairs_of(hits) == best(movies, vectors, users[0], 20, ())

    async def test_unknown_version(self, index: VectorIndex, version: str, users: NDArray[np.float32]) -> None:
        """A version that was never published raises NotFound, in a single search and in a batch."""
        for user_vectors in (users[:1], users):
            with pytest.raises(NotFound, match=version):
                await index.search(version, user_vectors, 10)

    async def test_answers_a_ping(self, index: VectorIndex) -> None:
        """An open index answers."""
        await index.ping()

    async def test_invalid_arguments(
        self,
        index: VectorIndex,
        version: str,
        movies: list[Movie],
        vectors: NDArray[np.float32],
        users: NDArray[np.float32],
    ) -> None:
        """Invalid shapes, types, counts and versions raise ValueError and change nothing."""
        broken = vectors.copy()
        broken[3, 3] = np.nan
        publications: list[tuple[str, list[Movie], NDArray[Any]]] = [
            ("../x", movies, vectors),
            (version, movies[1:], vectors),
            (version, [], vectors[:0]),
            (version, [movies[0], movies[0]], vectors[:2]),
            (version, movies, vectors.astype(np.float64)),
            (version, movies, broken),
        ]
        for bad_version, bad_movies, bad_vectors in publications:
            with pytest.raises(ValueError, match=r"\w"):
                await index.publish(bad_version, bad_movies, bad_vectors)
        assert version not in await index.versions()
        await index.publish(version, movies, vectors)
        searches: list[tuple[NDArray[Any], int, Sequence[Collection[int]]]] = [
            (users[:, :100], 10, ()),
            (users[0], 10, ()),
            (users.astype(np.float64), 10, ()),
            (users, 0, ()),
            (users, 16_385, ()),
            (users, 10, [()]),
        ]
        for bad_users, top_k, exclude in searches:
            with pytest.raises(ValueError, match=r"\w"):
                await index.search(version, bad_users, top_k, exclude)


class TestMilvusLite:
    """A folder of Milvus Lite."""

    async def test_keeps_its_vectors_when_reopened(
        self, tmp_path: Path, movies: list[Movie], vectors: NDArray[np.float32], users: NDArray[np.float32]
    ) -> None:
        """A reopened folder gives the same results, and closing twice is no error."""
        url = f"milvus+lite://{tmp_path}/some%20folder/milvus.db"
        index = await open_index(url)
        await index.publish("v1", movies, vectors)
        await index.close()
        await index.close()
        index = await open_index(url)
        assert await index.versions() == ["v1"]
        expected = [best(movies, vectors, user, 20, {movies[0].movie_id}) for user in users[:2]]
        [hits] = await index.search("v1", users[:1], 20, [{movies[0].movie_id}])
        assert pairs_of(hits) == expected[0]
        batch = await index.search("v1", users[:2], 20, [{movies[0].movie_id}] * 2)
        assert [pairs_of(hits) for hits in batch] == expected
        await index.close()
        assert (tmp_path / "some folder" / "milvus.db").is_dir()
