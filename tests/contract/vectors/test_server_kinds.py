"""Kinds of vector indexes on a Milvus server, and the rule that chooses one."""

import secrets
from collections.abc import AsyncIterator

import numpy as np
import pytest
from numpy.typing import NDArray

from storage.errors import Misconfigured
from storage.records import ANY_MOVIE, MovieFilter
from storage.vectors import VectorIndex, open_index
from storage.vectors.arrays import Published, exact_search
from storage.vectors.milvus_kinds import KINDS, MAX_FLAT_MOVIES, chosen_kind
from storage.vectors.milvus_schema import genres_to_flag
from tests.builders import movie

COUNT, DIMENSION, TOP_K = 3_000, 32, 60
COMEDY = MovieFilter(genres_any=("Comedy",))
MOVIES = [movie(place + 1, genres=("Comedy",) if place % 3 == 0 else ("Drama",)) for place in range(COUNT)]


def test_the_kind_follows_from_the_number_of_movies() -> None:
    """Few vectors are all compared. A setting overrides the rule."""
    assert chosen_kind(MAX_FLAT_MOVIES).name == "FLAT"
    assert chosen_kind(MAX_FLAT_MOVIES + 1).name == "SCANN"
    assert chosen_kind(10, "SCANN").name == "SCANN"
    assert [kind.name for kind in KINDS.values() if kind.is_exact] == ["FLAT"]


def test_candidates_grow_with_the_list_and_with_the_catalogue() -> None:
    """An exact index has no candidates."""
    scann = KINDS["SCANN"]
    assert scann.search_params(61, 60_000, 1) == {"nprobe": 16, "reorder_k": 3_000}
    assert scann.search_params(2_061, 60_000, 1)["reorder_k"] == 6_183
    assert scann.search_params(61, 1_000_000, 1)["reorder_k"] == 25_000
    assert KINDS["FLAT"].search_params(61, 100_000, 1) == {}


def test_segments_share_the_candidates_of_a_large_catalogue() -> None:
    """Each of them has enough for a list by itself."""
    scann = KINDS["SCANN"]
    assert scann.search_params(61, 1_000_000, 4)["reorder_k"] == 6_250
    assert scann.search_params(61, 1_000_000, 40)["reorder_k"] == 3_000
    assert scann.search_params(61, 1_000_000, 0)["reorder_k"] == 25_000
    assert scann.search_params(2_061, 60_000, 2)["reorder_k"] == 3_091
    assert scann.search_params(5_061, 60_000, 4)["reorder_k"] == 5_061


def test_a_long_list_of_a_large_catalogue_has_fewer_candidates() -> None:
    """Most of it is left out."""
    assert KINDS["SCANN"].search_params(2_061, 1_000_000, 4)["reorder_k"] == 4_166


async def test_an_unknown_kind_is_refused() -> None:
    """The message has all kinds."""
    with pytest.raises(Misconfigured, match=r"'BTREE' is not supported; use FLAT, SCANN"):
        await open_index("milvus://127.0.0.1:1?index=BTREE")


@pytest.fixture
def vectors() -> NDArray[np.float32]:
    """(COUNT, DIMENSION) float32, of lengths that differ by a factor of 30, as those of real movies do."""
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((COUNT, DIMENSION))
    rows *= np.exp(rng.uniform(np.log(0.3), np.log(9), (COUNT, 1))) / np.linalg.norm(rows, axis=1, keepdims=True)
    scaled: NDArray[np.float32] = rows.astype(np.float32)
    return scaled


@pytest.fixture
async def version(vectors_url: str) -> AsyncIterator[str]:
    """A version that no other test uses. It is dropped."""
    name = "v" + secrets.token_hex(6)
    yield name
    index = await open_index(vectors_url, timeout_s=60)
    await index.drop(name)
    await index.close()


async def recall(
    index: VectorIndex, version: str, vectors: NDArray[np.float32], where: MovieFilter, excluded: int
) -> float:
    """Return the mean share of the best TOP_K movies that 20 searches find, each without its best movies."""
    movie_ids, is_comedy = np.arange(1, COUNT + 1), np.arange(COUNT) % 3 == 0
    matching = None if where == ANY_MOVIE else is_comedy
    users = np.random.default_rng(1).standard_normal((20, DIMENSION)).astype(np.float32)
    shares = []
    for user in users[:, np.newaxis]:
        [(ranked, _)] = exact_search(movie_ids, vectors, user, excluded + TOP_K, (), matching)
        hidden, expected = ranked[:excluded].tolist(), ranked[excluded:]
        [(ids, scores)] = await index.search(version, user, TOP_K, [hidden], where)
        assert len(ids) == len(set(ids.tolist()) - set(hidden)) == TOP_K
        np.testing.assert_allclose(scores, vectors[ids - 1] @ user[0], rtol=1e-4, atol=1e-4)
        shares.append(len(np.intersect1d(ids, expected)) / TOP_K)
    return float(np.mean(shares))


@pytest.mark.slow
@pytest.mark.parametrize("vectors_url", ["milvus-server"], indirect=True)
async def test_compressed_vectors_find_nearly_all_movies(
    vectors_url: str, version: str, vectors: NDArray[np.float32]
) -> None:
    """With exclusions, with a filter and in a batch too. Publishing reports its progress."""
    index = await open_index(f"{vectors_url}?index=scann", timeout_s=60)
    shares: list[float] = []
    await index.publish(version, MOVIES, vectors, shares.append)
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert await index.published(version) == Published(COUNT, "SCANN", is_exact=False)
    for where in (ANY_MOVIE, COMEDY):
        for excluded in (0, 200):
            assert await recall(index, version, vectors, where, excluded) > 0.97
    users = np.random.default_rng(2).standard_normal((2, DIMENSION)).astype(np.float32)
    for user, (ids, _) in zip(users, await index.search(version, users, TOP_K), strict=True):
        [(alone, _)] = await index.search(version, user[np.newaxis], TOP_K)
        assert len(np.intersect1d(ids, alone)) > 0.97 * TOP_K
    await index.ping()
    assert await recall(index, version, vectors, ANY_MOVIE, 0) > 0.97
    other = await open_index(vectors_url, timeout_s=60)
    await other.drop(version)
    await index.ping()
    await other.close()
    await index.close()


@pytest.mark.slow
@pytest.mark.parametrize("vectors_url", ["milvus-server"], indirect=True)
async def test_another_kind_replaces_the_index(vectors_url: str, version: str, vectors: NDArray[np.float32]) -> None:
    """A version that is published again gets the kind of the rule, and other processes search it in the new way."""
    first = await open_index(f"{vectors_url}?index=SCANN", timeout_s=60)
    await first.publish(version, MOVIES, vectors)
    second = await open_index(vectors_url, timeout_s=60)
    await second.publish(version, MOVIES, vectors)
    assert await second.published(version) == Published(COUNT, "FLAT", is_exact=True)
    assert await recall(second, version, vectors, COMEDY, 200) == 1
    user = np.ones((1, DIMENSION), np.float32)
    [(expected, _)] = await second.search(version, user, TOP_K)
    [(ids, _)] = await first.search(version, user, TOP_K)
    assert ids.tolist() == expected.tolist()
    assert await first.published(version) == Published(COUNT, "FLAT", is_exact=True)
    await first.close()
    await second.close()


@pytest.mark.slow
@pytest.mark.parametrize("vectors_url", ["milvus-server"], indirect=True)
async def test_genres_with_and_without_a_field_of_their_own(vectors_url: str, version: str) -> None:
    """The genres with the most movies have one. A filter may name both, and one that no movie has."""
    movies = [movie(place + 1, genres=(f"g{place % 40}", "odd" if place % 2 else "even")) for place in range(400)]
    vectors = np.random.default_rng(0).standard_normal((len(movies), DIMENSION)).astype(np.float32)
    flagged = genres_to_flag(movies)
    assert flagged[:2] == ["even", "odd"]
    assert "g10" in flagged
    assert "g7" not in flagged
    index = await open_index(f"{vectors_url}?index=SCANN", timeout_s=60)
    await index.publish(version, movies, vectors)
    for where in (
        MovieFilter(genres_any=("g10",)),
        MovieFilter(genres_any=("g10", "g7", "western")),
        MovieFilter(genres_any=("western",)),
        MovieFilter(genres_all=("g10", "even")),
        MovieFilter(genres_all=("g7", "odd")),
        MovieFilter(genres_all=("g10", "g7")),
        MovieFilter(genres_none=("odd", "g7", "g10")),
        MovieFilter(genres_any=("even",), genres_none=("g2", "g7")),
    ):
        [(ids, _)] = await index.search(version, np.ones((1, DIMENSION), np.float32), len(movies), (), where)
        assert set(ids.tolist()) == {made.movie_id for made in movies if where.matches(made)}, where
    await index.close()
