"""Movies like another one: neighbours, the person's taste as the second key, filters, and what the reason says."""

import copy
from collections.abc import Sequence
from dataclasses import replace

import pytest

from recsys.data import Dataset
from recsys.models.neighbours import Neighbours
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.serving.explain import Resembles
from recsys.serving.publish import publish
from recsys.serving.recommender import Recommender
from recsys.serving.requests import Recommendation
from storage.errors import NotFound
from storage.metadata.sql import SqlMetadata
from storage.records import Movie, MovieFilter
from storage.sql import Catalogue
from storage.vectors.memory import MemoryIndex

NEW = Movie(5, "A new movie", 1960, ("Odd",))
"""The catalogue has it, the model does not know it."""


@pytest.fixture
async def metadata(catalogue: Catalogue, board: Dataset) -> SqlMetadata:
    """The checkerboard in SQLite, and a new movie. Movies 30 and 50 have people."""
    people = {30: ("Ann Lee", "Bob"), 50: ("Cy", "Ann Lee")}
    movies = [replace(movie, directors=people.get(movie.movie_id, ())) for movie in board.movies]
    await catalogue.replace([NEW, *movies])
    return SqlMetadata(catalogue)


@pytest.fixture
async def recommender(towers: Towers, board: Dataset, metadata: SqlMetadata) -> Recommender:
    """The checkerboard's model with exact search in memory."""
    index = MemoryIndex()
    await publish(towers, board.movies, index)
    return Recommender(towers, index, metadata)


def without_neighbours(towers: Towers) -> Towers:
    """Return the same towers as a release that was made before there were neighbours."""
    older = copy.copy(towers)
    older.neighbours = Neighbours.none(len(towers.vocabulary.movie_ids))
    return older


def ids(found: Sequence[Recommendation]) -> list[int]:
    """Return the movie ids of a list."""
    return [recommendation.movie.movie_id for recommendation in found]


async def test_the_nearest_movies_come_first_in_the_order_of_the_neighbours(
    recommender: Recommender, towers: Towers
) -> None:
    """For an unknown person, the list is the row of the stored neighbours, without the movie itself."""
    found = await recommender.similar(30, Profile(), 12)
    positions = towers.neighbours.of(towers.vocabulary.positions[30])[:12]
    assert ids(found) == [int(towers.vocabulary.movie_ids[position]) for position in positions]
    assert [recommendation.rank for recommendation in found] == list(range(1, 13))
    assert {movie_id // 10 % 2 for movie_id in ids(found)[:10]} == {1}
    assert [recommendation.score for recommendation in found] == sorted(
        (recommendation.score for recommendation in found), reverse=True
    )


async def test_rated_and_excluded_movies_are_left_out(recommender: Recommender) -> None:
    """The next ones move up."""
    first, second, third, *_ = ids(await recommender.similar(30, Profile(), 5))
    assert ids(await recommender.similar(30, Profile(), 1, exclude={first, second})) == [third]
    rated = ids(await recommender.similar(30, Profile(ratings={first: 5.0}), 60))
    assert first not in rated
    assert 30 not in rated


async def test_taste_is_the_second_key(recommender: Recommender) -> None:
    """Somebody who loves even movies and asks for one like an odd movie gets odd ones, and the even ones earlier."""
    even_fan = Profile(ratings=dict.fromkeys((20, 40, 60, 80), 5.0) | dict.fromkeys((10, 70, 90), 1.0))
    exclude = even_fan.ratings.keys()
    plain = ids(await recommender.similar(30, Profile(), 40, exclude))
    theirs = ids(await recommender.similar(30, even_fan, 40))
    assert theirs != plain
    assert {movie_id // 10 % 2 for movie_id in theirs[:3]} == {1}

    def mean_rank(listed: list[int]) -> float:
        ranks = [rank for rank, movie_id in enumerate(listed) if movie_id // 10 % 2 == 0]
        return sum(ranks) / len(ranks)

    assert mean_rank(theirs) < mean_rank(plain)


async def test_filters_are_hard_and_further_movies_fill_the_list(recommender: Recommender) -> None:
    """Only the movies of a few years pass. All of them are returned if as many are asked for."""
    where = MovieFilter(year_from=1960, year_to=1969, genres_all=("Even",))
    assert sorted(ids(await recommender.similar(30, Profile(), 10, where=where))) == [100, 120, 140, 160, 180]
    assert await recommender.similar(30, Profile(), 10, where=MovieFilter(ids=frozenset())) == []


async def test_a_catalogue_larger_than_the_neighbours_is_searched_further(
    towers: Towers, board: Dataset, metadata: SqlMetadata
) -> None:
    """With five stored neighbours, the vectors find the other odd movies."""
    few = copy.copy(towers)
    few.neighbours = Neighbours(towers.neighbours.movies[:, :5], towers.neighbours.lifts[:, :5])
    index = MemoryIndex()
    await publish(towers, board.movies, index)
    recommender = Recommender(few, index, metadata)
    found = ids(await recommender.similar(30, Profile(), 20))
    assert found[:5] == ids(await recommender.similar(30, Profile(), 5))
    assert len(set(found)) == 20
    assert {movie_id // 10 % 2 for movie_id in found[5:]} == {1}


async def test_neighbours_need_no_index(towers: Towers, metadata: SqlMetadata) -> None:
    """An index without the release matters only if the neighbours do not suffice."""
    recommender = Recommender(towers, MemoryIndex(), metadata)
    assert len(await recommender.similar(30, Profile(), 5)) == 5
    with pytest.raises(NotFound):
        await recommender.similar(30, Profile(), 60)


@pytest.mark.parametrize("movie_id", [30, NEW.movie_id], ids=["an old release", "a new movie"])
async def test_the_model_finds_movies_like_one_without_stored_neighbours(
    towers: Towers, metadata: SqlMetadata, movie_id: int
) -> None:
    """The vectors know the taste of an odd movie, and its features suffice for a movie that nobody has rated."""
    recommender = Recommender(without_neighbours(towers), MemoryIndex(), metadata)
    found = await recommender.similar(movie_id, Profile(), 10)
    assert {recommendation.movie.genres for recommendation in found} == {("Odd",)}
    assert movie_id not in ids(found)


async def test_several_movies_are_resembled_together(recommender: Recommender) -> None:
    """What is near to both comes first; neither is in the list. The reason names the one with more in common."""
    found = await recommender.similar([30, 50], Profile(), 10)
    assert {30, 50}.isdisjoint(ids(found))
    assert {movie_id // 10 % 2 for movie_id in ids(found)} == {1}
    mixed = await recommender.similar([30, 40], Profile(), 20)
    by_reason = {recommendation.movie.genres[0]: recommendation.reason for recommendation in mixed}
    assert isinstance(by_reason["Odd"], Resembles)
    assert isinstance(by_reason["Even"], Resembles)
    assert (by_reason["Odd"].movie_id, by_reason["Even"].movie_id) == (30, 40)


async def test_the_reason_says_what_both_have_in_common(recommender: Recommender) -> None:
    """Genres and people of both, and whether the same people like them."""
    assert await recommender.explain_similar([30], 50) == (
        (await recommender.similar(30, Profile(), 1, where=MovieFilter(ids=frozenset([50]))))[0].movie,
        Resembles(30, ("Odd",), ("Ann Lee",), liked_together=True),
    )
    other = await recommender.explain_similar([30], 40)
    assert other is not None
    assert other[1] == Resembles(30, (), (), liked_together=False)
    new = await recommender.explain_similar([NEW.movie_id], 10)
    assert new is not None
    assert new[1] == Resembles(NEW.movie_id, ("Odd",), (), liked_together=False)


async def test_what_nobody_knows_has_no_list(recommender: Recommender) -> None:
    """A movie that the catalogue lacks, and a list of no movies."""
    assert await recommender.similar(999_999, Profile(), 5) == []
    assert await recommender.explain_similar([999_999], 10) is None
    assert await recommender.explain_similar([10], 999_999) is None
    assert await recommender.similar(30, Profile(), 0) == []
