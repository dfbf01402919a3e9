"""The whole way from a profile to enriched recommendations, with real towers and real stores."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models.item_reranker import ItemReranker
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.protocol.scorers import all_scores
from recsys.serving.explain import BecauseLiked, Popular, PopularWithPeers, Reason, likes_to_try, reasons
from recsys.serving.publish import publish
from recsys.serving.recommender import Recommender
from storage.errors import NotFound
from storage.metadata import open_metadata
from storage.migrations import migrate
from storage.records import MovieFilter
from storage.sql import Catalogue, Database
from storage.vectors import VectorIndex, open_index


@pytest.fixture
async def recommender(towers: Towers, board: Dataset, tmp_path: Path) -> AsyncIterator[Recommender]:
    """A recommender over the checkerboard's vectors and a catalogue in SQLite."""
    url = f"sqlite+aiosqlite:///{tmp_path}/test.db"
    await migrate(url)
    async with Database(url) as database:
        catalogue = Catalogue(database)
        await catalogue.replace(board.movies)
        index = await open_index("memory://")
        await publish(towers, board.movies, index)
        yield Recommender(towers, index, await open_metadata("sql", catalogue))


async def linked(
    recommender: Recommender,
    board: Dataset,
    weights: dict[tuple[int, int], float],
    fame: dict[int, float] | None = None,
) -> Recommender:
    """The same with links, movie_id -> movie_id, and fame in the second stage, and without diversity."""
    count = len(board.movies)
    links = ItemReranker(np.arange(count), np.zeros((count, count), np.float32), np.zeros(count, np.float32))
    for pair, weight in weights.items():
        links.item_weights[tuple(np.searchsorted(board.movie_ids, pair))] = weight
    for movie_id, known in (fame or {}).items():
        links.popularity_bonus[np.searchsorted(board.movie_ids, movie_id)] = known
    old, index = recommender.towers, await open_index("memory://")
    towers = Towers(old.info, old.vocabulary, old._network, old.movie_vectors()[1], links, old.exposure)
    await publish(towers, board.movies, index)
    return Recommender(towers, index, recommender._metadata, diversity=0.0)


def is_odd(movie_id: int) -> bool:
    return movie_id // 10 % 2 == 1


async def test_a_like_brings_its_kind(recommender: Recommender) -> None:
    """Somebody who likes an odd movie gets ten odd ones, ranked, best first, with their metadata."""
    found = await recommender.for_person(Profile(ratings={10: 5, 30: 5}), 10)
    assert [one.rank for one in found] == list(range(1, 11))
    assert all(is_odd(one.movie.movie_id) and one.movie.genres == ("Odd",) for one in found)


async def test_nothing_rated_or_excluded_comes_back(recommender: Recommender, board: Dataset) -> None:
    """However much is excluded, exactly the movies that are left come back, none of them twice."""
    rated = {10: 5.0, 30: 5.0, 50: 1.0}
    excluded = set(board.movie_ids.tolist()[10:]) - {30}
    left = set(board.movie_ids.tolist()) - excluded - set(rated)
    found = await recommender.for_person(Profile(ratings=rated), 10, excluded)
    assert sorted(one.movie.movie_id for one in found) == sorted(left)


async def test_a_batch_equals_single_calls(recommender: Recommender) -> None:
    """People asked for together get what each gets alone."""
    people = [Profile(), Profile("F"), Profile(ratings={10: 5}), Profile(ratings={20: 5, 10: 1})]
    exclude = [{10, 20}, set(), {30}, set()]
    together = await recommender.for_people(people, 5, exclude)
    alone = [await recommender.for_person(one, 5, hidden) for one, hidden in zip(people, exclude, strict=True)]
    assert [[r.movie.movie_id for r in row] for row in together] == [[r.movie.movie_id for r in row] for row in alone]
    assert [[type(r.reason) for r in row] for row in together] == [[type(r.reason) for r in row] for row in alone]


async def test_picks_are_what_is_recommended_without_the_reasons(recommender: Recommender) -> None:
    """The same movies in the same order with the same scores, whatever is asked for."""
    people, hidden = [Profile("F"), Profile(ratings={20: 5, 10: 1})], [{10}, {40}]
    where = MovieFilter(year_from=1960)
    found = await recommender.for_people(people, 5, hidden, where)
    picks = await recommender.picks(people, 5, hidden, where)
    assert [[one.movie.movie_id for one in row] for row in found] == [
        [movie_id for movie_id, _ in row] for row in picks
    ]
    for recommended, picked in zip(found, picks, strict=True):
        assert [one.score for one in recommended] == pytest.approx([score for _, score in picked], abs=1e-4)
    assert await recommender.picks([], 5) == []


async def test_the_setting_says_how_varied_lists_are(recommender: Recommender, towers: Towers) -> None:
    """Without diversity the list is by score alone; with much of it, one kind gives way to the other."""
    person = Profile(ratings={10: 5, 30: 5})
    plain, mixed = (
        Recommender(towers, recommender._index, recommender._metadata, diversity) for diversity in (0.0, 50.0)
    )
    scores = [one.score for one in await plain.for_person(person, 10)]
    assert scores == sorted(scores, reverse=True)
    assert len({is_odd(one.movie.movie_id) for one in await mixed.for_person(person, 10)}) == 2


async def test_a_thumb_counts_at_once(recommender: Recommender) -> None:
    """The next list already knows a new rating, and taking it back restores the list before."""
    before = await recommender.for_person(Profile(ratings={10: 5}), 5)
    after = await recommender.for_person(Profile(ratings={10: 1, 20: 5}), 5)
    again = await recommender.for_person(Profile(ratings={10: 5}), 5)
    assert {is_odd(one.movie.movie_id) for one in before} == {True}
    assert {is_odd(one.movie.movie_id) for one in after} == {False}
    assert before == again


async def test_links_order_what_was_found(recommender: Recommender, board: Dataset) -> None:
    """A strong link of a like brings the last movie to the front, one against the first takes it to the end."""
    person = Profile(ratings={10: 5, 20: 1})
    best, *_, last = (one.movie.movie_id for one in await recommender.for_person(person, 58))
    tied = await linked(recommender, board, {(10, last): 100, (10, best): -100, (20, best): 1000})
    found = await tied.for_person(person, 58)
    assert found[0].movie.movie_id == last
    assert found[-1].movie.movie_id == best
    (row,) = await tied.picks([person], 58)
    assert [movie_id for movie_id, _ in row] == [one.movie.movie_id for one in found]


async def test_scores_are_those_of_both_stages(recommender: Recommender, board: Dataset) -> None:
    """What is served scores as the evaluation has it, best first."""
    tied = await linked(recommender, board, {(10, 70): 3, (30, 70): 2, (20, 90): 4}, {110: 2, 130: -2})
    profile = Profile("F", ratings={10: 5, 30: 3.5, 20: 1})
    expected = dict(zip(board.movie_ids.tolist(), all_scores(tied.towers, [profile])[0].tolist(), strict=True))
    found = await tied.for_person(profile, 10)
    assert [one.score for one in found] == pytest.approx([expected[one.movie.movie_id] for one in found], abs=1e-3)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


async def test_a_reason_counts_links_too(recommender: Recommender, board: Dataset) -> None:
    """Of two likes of a kind, the one that is linked to the movie is named, whichever it is."""
    profile = Profile(ratings={10: 5, 30: 5})
    for like in (10, 30):
        (first,) = await (await linked(recommender, board, {(like, 70): 100})).for_person(profile, 1)
        assert first.movie.movie_id == 70
        assert isinstance(first.reason, BecauseLiked)
        assert first.reason.movie_id == like
        assert first.reason.contribution > 90


async def test_fame_brings_a_movie_and_no_like_is_named_for_it(recommender: Recommender, board: Dataset) -> None:
    """The famous movie is everybody's first, and it would be so all the more without either of two answers."""
    famed = await linked(recommender, board, {}, {70: 100})
    for person in (Profile(), Profile(ratings={10: 5, 30: 5})):
        first, second = await famed.for_person(person, 2)
        assert first.movie.movie_id == 70
        assert isinstance(first.reason, Popular)
    assert isinstance(second.reason, BecauseLiked)


async def test_nobody_and_nothing_asked_for(recommender: Recommender) -> None:
    """No people, or no movies wanted, is an empty answer."""
    assert await recommender.for_people([], 5) == []
    assert await recommender.for_person(Profile(), 0) == []


async def test_an_index_without_the_version_says_so(towers: Towers, recommender: Recommender) -> None:
    """A user vector never meets the vectors of another model."""
    empty: VectorIndex = await open_index("memory://")
    with pytest.raises(NotFound, match=towers.version):
        await Recommender(towers, empty, recommender._metadata).for_person(Profile(), 3)


def vectors_of(towers: Towers) -> dict[int, np.ndarray]:
    ids, vectors = towers.movie_vectors()
    return dict(zip(ids.tolist(), vectors, strict=True))


def why(towers: Towers, profile: Profile, chosen: list[int]) -> list[Reason]:
    vectors = vectors_of(towers)
    likes = likes_to_try(profile, vectors)
    [user_vectors], movies = (
        towers.user_vectors_without([profile], [likes]),
        np.stack([vectors[movie] for movie in chosen]),
    )
    return reasons(likes, user_vectors, movies, np.zeros((len(likes), len(chosen)), np.float32))


def score(towers: Towers, profile: Profile, movie_id: int) -> float:
    return float(towers.user_vectors([profile])[0] @ vectors_of(towers)[movie_id])


def test_the_reason_is_the_like_whose_removal_costs_most(towers: Towers) -> None:
    """Removing the named rating lowers the score, by what the reason says and more than removing any other like."""
    ratings = {10: 5.0, 30: 4.0, 20: 1.0}
    (reason,) = why(towers, Profile("F", ratings=ratings), [70])
    full = score(towers, Profile("F", ratings=ratings), 70)
    falls = {
        like: full - score(towers, Profile("F", ratings={m: s for m, s in ratings.items() if m != like}), 70)
        for like in (10, 30)
    }
    assert isinstance(reason, BecauseLiked)
    assert reason.movie_id == max(falls, key=falls.__getitem__)
    assert reason.contribution == pytest.approx(falls[reason.movie_id], abs=1e-3)
    assert reason.contribution > 0


def test_a_disliked_movie_is_never_the_reason(towers: Towers) -> None:
    """That somebody rated a movie 1 is no reason to watch another one."""
    (reason,) = why(towers, Profile(ratings={20: 1}), [70])
    assert not isinstance(reason, BecauseLiked)


def test_without_ratings_the_reason_is_the_demographics_or_the_crowd(towers: Towers) -> None:
    """A woman on the checkerboard gets odd movies for who she is; of nobody in particular nothing is claimed."""
    assert why(towers, Profile("F"), [70]) == [PopularWithPeers()]
    assert why(towers, Profile("M"), [70]) == [Popular()]
    assert why(towers, Profile(), [70, 80]) == [Popular(), Popular()]


def test_of_a_long_history_the_highest_and_latest_likes_are_tried() -> None:
    """However much somebody has rated, an explanation costs no more than 32 likes."""
    ratings = dict.fromkeys(range(1, 101), 4.0) | {50: 5.0}
    likes = likes_to_try(Profile(ratings=ratings), range(1, 101))
    assert likes == (50, *range(100, 69, -1))
