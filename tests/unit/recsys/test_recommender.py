"""The whole way from a profile to recommendations with metadata, with real towers and real stores."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.models import item_reranker as models
from recsys.models.features import Vocabulary
from recsys.models.item_reranker import ItemReranker
from recsys.models.towers import Towers
from recsys.profile import Profile
from recsys.protocol.scorers import two_stage_scores
from recsys.serving import style
from recsys.serving.explain import BecauseLiked, Popular, PopularWithPeers, Reason, explain, likes_to_leave_out
from recsys.serving.publish import publish
from recsys.serving.recommender import MAX_TOGETHER, Recommender
from recsys.serving.requests import Request
from recsys.serving.style import UNCALIBRATED, ListStyle
from storage.errors import NotFound
from storage.metadata import open_metadata
from storage.records import ANY_MOVIE, MovieFilter, Popularity
from storage.sql import Catalogue, Database
from storage.vectors import VectorIndex, open_index
from tests.migrated import create_database
from tests.networks import network_of
from tests.recording_index import RecordingIndex


@pytest.fixture
async def recommender(towers: Towers, board: Dataset, tmp_path: Path) -> AsyncIterator[Recommender]:
    """A recommender over the checkerboard's vectors and a catalogue in SQLite."""
    url = f"sqlite+aiosqlite:///{tmp_path}/test.db"
    await create_database(url)
    async with Database(url) as database:
        catalogue = Catalogue(database)
        await catalogue.replace(board.movies)
        index = await open_index("memory://")
        await publish(towers, board.movies, index)
        yield Recommender(towers, index, open_metadata("sql", catalogue))


async def reranked(
    recommender: Recommender,
    board: Dataset,
    weights: dict[tuple[int, int], float],
    popularity: dict[int, float] | None = None,
) -> Recommender:
    """The same recommender with an item re-ranker and without diversity.

    Args:
        recommender: the one to change.
        board: its data set.
        weights: (answered movie id, scored movie id) -> item weight.
        popularity: movie id -> popularity bonus.
    """
    count = len(board.movies)
    reranker = ItemReranker(np.arange(count), np.zeros((count, count), np.float32), np.zeros(count, np.float32))
    for pair, weight in weights.items():
        reranker.item_weights[tuple(np.searchsorted(board.movie_ids, pair))] = weight
    for movie_id, bonus in (popularity or {}).items():
        reranker.popularity_bonus[np.searchsorted(board.movie_ids, movie_id)] = bonus
    old, index = recommender.towers, await open_index("memory://")
    towers = Towers(
        old.info, old.vocabulary, network_of(old), old.movie_vectors()[1], reranker, old.exposure, old.neighbours
    )
    await publish(towers, board.movies, index)
    return Recommender(towers, index, recommender.metadata, diversity=0.0)


def is_odd(movie_id: int) -> bool:
    return movie_id // 10 % 2 == 1


async def test_a_like_brings_its_kind(recommender: Recommender) -> None:
    """Somebody who likes odd movies gets ten odd ones, ranked, best first, with their metadata."""
    results = await recommender.for_person(Profile(ratings={10: 5, 30: 5}), 10)
    assert [result.rank for result in results] == list(range(1, 11))
    assert all(is_odd(result.movie.movie_id) and result.movie.genres == ("Odd",) for result in results)


async def test_nothing_rated_or_excluded_comes_back(recommender: Recommender, board: Dataset) -> None:
    """However much is excluded, exactly the movies that are left come back, none of them twice."""
    rated = {10: 5.0, 30: 5.0, 50: 1.0}
    excluded = set(board.movie_ids.tolist()[10:]) - {30}
    left = set(board.movie_ids.tolist()) - excluded - set(rated)
    results = await recommender.for_person(Profile(ratings=rated), 10, excluded)
    assert sorted(result.movie.movie_id for result in results) == sorted(left)


async def test_a_batch_equals_single_calls(recommender: Recommender) -> None:
    """People in one batch get what each of them gets alone, with exclusions, filters and styles of their own."""
    since_1960 = MovieFilter(year_from=1960)
    requests = [
        Request(Profile(), {10, 20}),
        Request(Profile(ratings={20: 5, 10: 1}), where=since_1960),
        Request(Profile("F")),
        Request(Profile(ratings={10: 5}), {30}, MovieFilter(genres_none=("Odd",)), style=UNCALIBRATED),
        Request(Profile(ratings={10: 5}), {30}, style=ListStyle(Popularity.HIDDEN, latest=(50, 70))),
        Request(Profile(ratings={10: 5, 30: 5, 50: 5}), where=since_1960, style=ListStyle(Popularity.WELL_KNOWN)),
        Request(Profile(ratings={20: 4}), where=MovieFilter(genres_none=("Odd", "Even"))),
    ]
    batch = await recommender.for_people(requests, 5)
    alone = [
        await recommender.for_person(
            request.profile, 5, request.exclude, request.where, request.text, style=request.style
        )
        for request in requests
    ]
    assert [len(row) for row in alone] == [5, 5, 5, 5, 5, 5, 0]
    assert [[r.movie.movie_id for r in row] for row in batch] == [[r.movie.movie_id for r in row] for row in alone]
    assert [[type(r.reason) for r in row] for row in batch] == [[type(r.reason) for r in row] for row in alone]


async def test_people_with_the_same_filter_share_a_search(
    recommender: Recommender, towers: Towers, board: Dataset
) -> None:
    """A batch makes one search for each filter, whoever is between the people who share it."""
    index = RecordingIndex()
    await publish(towers, board.movies, index)
    index.searches.clear()
    odd = MovieFilter(genres_any=("Odd",))
    requests = [Request(Profile(), where=where) for where in (ANY_MOVIE, odd, ANY_MOVIE, odd, ANY_MOVIE)]
    await Recommender(towers, index, recommender.metadata).for_people(requests, 5)
    assert index.searches == [(3, ANY_MOVIE), (2, odd)]


async def test_people_who_ask_at_the_same_moment_are_served_together(
    recommender: Recommender, towers: Towers, board: Dataset
) -> None:
    """At most MAX_TOGETHER of them share a search, and each gets what they get alone. Somebody alone searches alone."""
    index = RecordingIndex()
    await publish(towers, board.movies, index)
    index.searches.clear()
    shared = Recommender(towers, index, recommender.metadata)
    people = [Profile(ratings={10 * number: 5}) for number in range(1, MAX_TOGETHER + 2)]
    together = await asyncio.gather(*(shared.for_person(person, 3) for person in people))
    assert index.searches == [(MAX_TOGETHER, ANY_MOVIE), (1, ANY_MOVIE)]
    for person, results in zip(people, together, strict=True):
        alone = await shared.for_person(person, 3)
        assert [result.movie.movie_id for result in results] == [result.movie.movie_id for result in alone]
    assert index.searches[2:] == [(1, ANY_MOVIE)] * len(people)


async def test_rank_is_what_is_recommended_without_the_reasons(recommender: Recommender) -> None:
    """The same movies come in the same order with the same scores, filtered or not."""
    people, hidden = [Profile("F"), Profile(ratings={20: 5, 10: 1})], [{10}, {40}]
    where = MovieFilter(year_from=1960)
    requests = [Request(person, excluded, where) for person, excluded in zip(people, hidden, strict=True)]
    recommended = await recommender.for_people(requests, 5)
    ranked = await recommender.rank(people, 5, hidden, where)
    assert [[result.movie.movie_id for result in row] for row in recommended] == [
        [movie_id for movie_id, _ in row] for row in ranked
    ]
    for results, pairs in zip(recommended, ranked, strict=True):
        assert [result.score for result in results] == pytest.approx([score for _, score in pairs], abs=1e-4)
    assert await recommender.rank([], 5) == []


async def test_a_profile_is_encoded_once_per_request(recommender: Recommender, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user vector, the re-ranker and the explanation share one translation of movie ids into positions."""
    translated: list[Mapping[int, float]] = []
    translate = Vocabulary.answers

    def counted(vocabulary: Vocabulary, ratings: Mapping[int, float]) -> dict[int, float]:
        translated.append(ratings)
        return translate(vocabulary, ratings)

    monkeypatch.setattr(Vocabulary, "answers", counted)
    profile = Profile("F", ratings={10: 5, 20: 1})
    assert len(await recommender.for_person(profile, 5)) == 5
    assert translated == [profile.ratings]


async def test_the_setting_says_how_varied_lists_are(recommender: Recommender, towers: Towers) -> None:
    """Without diversity a list is sorted by score; with strong diversity both kinds are in it."""
    person = Profile(ratings={10: 5, 30: 5})
    plain, mixed = (
        Recommender(towers, recommender._index, recommender.metadata, diversity) for diversity in (0.0, 50.0)
    )
    scores = [result.score for result in await plain.for_person(person, 10)]
    assert scores == sorted(scores, reverse=True)
    assert len({is_odd(result.movie.movie_id) for result in await mixed.for_person(person, 10)}) == 2


async def test_a_thumb_counts_at_once(recommender: Recommender) -> None:
    """The next list reflects a new rating, and removing the rating restores the list before."""
    before = await recommender.for_person(Profile(ratings={10: 5}), 5)
    after = await recommender.for_person(Profile(ratings={10: 1, 20: 5}), 5)
    restored = await recommender.for_person(Profile(ratings={10: 5}), 5)
    assert {is_odd(result.movie.movie_id) for result in before} == {True}
    assert {is_odd(result.movie.movie_id) for result in after} == {False}
    assert before == restored


async def test_item_weights_order_the_candidates(recommender: Recommender, board: Dataset) -> None:
    """A large positive weight of a like brings the last movie to the front, a negative one the first to the end."""
    person = Profile(ratings={10: 5, 20: 1})
    best, *_, last = (result.movie.movie_id for result in await recommender.for_person(person, 58))
    weighted = await reranked(recommender, board, {(10, last): 100, (10, best): -100, (20, best): 1000})
    results = await weighted.for_person(person, 58)
    assert results[0].movie.movie_id == last
    assert results[-1].movie.movie_id == best
    (row,) = await weighted.rank([person], 58)
    assert [movie_id for movie_id, _ in row] == [result.movie.movie_id for result in results]


async def test_scores_are_those_of_both_stages(recommender: Recommender, board: Dataset) -> None:
    """Served scores equal those of the evaluation, best first."""
    weighted = await reranked(recommender, board, {(10, 70): 3, (30, 70): 2, (20, 90): 4}, {110: 2, 130: -2})
    profile = Profile("F", ratings={10: 5, 30: 3.5, 20: 1})
    [exact] = two_stage_scores(weighted.towers, [profile]).tolist()
    expected = dict(zip(board.movie_ids.tolist(), exact, strict=True))
    results = await weighted.for_person(profile, 10)
    scores = [result.score for result in results]
    assert scores == pytest.approx([expected[result.movie.movie_id] for result in results], abs=1e-3)
    assert scores == sorted(scores, reverse=True)


async def test_a_long_history_finds_movies_beyond_the_best_vectors(
    recommender: Recommender, board: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ten candidates for few and thirty for many answers, its weights bring the 20th movie to the front.

    In a batch, everybody gets what they get alone.
    """
    for module, name, value in (
        (style, "RERANKED", 10),
        (models, "RERANKED", 10),
        (models, "RERANKED_IF_LONG", 30),
        (models, "SHORT_HISTORY", 2),
        (models, "LONG_HISTORY", 4),
    ):
        monkeypatch.setattr(module, name, value)
    long, short = Profile(ratings={10: 5, 30: 5, 50: 5, 70: 5}), Profile(ratings={10: 5, 30: 5})
    plain = await reranked(recommender, board, {})
    [ranking] = await plain.rank([long], 58, style=UNCALIBRATED)
    found = ranking[19][0]
    count = len(board.movies)
    weights = np.zeros((count, count), np.float32)
    weights[np.searchsorted(board.movie_ids, 10), np.searchsorted(board.movie_ids, found)] = 100
    plain.towers.item_reranker = dataclasses.replace(plain.towers.item_reranker, history_weights=weights)
    alone = [(await plain.rank([person], 2))[0] for person in (short, long)]
    assert alone[1][0][0] == found
    assert alone[1][0][1] == pytest.approx(150 + ranking[19][1], abs=1e-2)
    assert found not in {movie_id for movie_id, _ in alone[0]}
    together = await plain.rank([short, long], 2)
    for row, expected in zip(together, alone, strict=True):
        assert [movie_id for movie_id, _ in row] == [movie_id for movie_id, _ in expected]


async def test_a_reason_counts_item_weights_too(recommender: Recommender, board: Dataset) -> None:
    """Of two likes of a kind, the explanation names the one with the item weight."""
    profile = Profile(ratings={10: 5, 30: 5})
    for like in (10, 30):
        (first,) = await (await reranked(recommender, board, {(like, 70): 100})).for_person(profile, 1)
        assert first.movie.movie_id == 70
        assert isinstance(first.reason, BecauseLiked)
        assert first.reason.movie_id == like
        assert first.reason.contribution > 90


async def test_popularity_brings_a_movie_and_no_like_is_named_for_it(recommender: Recommender, board: Dataset) -> None:
    """A movie with a popularity bonus is everybody's first; leaving out a like would only raise it further."""
    weighted = await reranked(recommender, board, {}, {70: 100})
    for person in (Profile(), Profile(ratings={10: 5, 30: 5})):
        first, second = await weighted.for_person(person, 2)
        assert first.movie.movie_id == 70
        assert isinstance(first.reason, Popular)
    assert isinstance(second.reason, BecauseLiked)


async def test_no_people_and_no_movies(recommender: Recommender) -> None:
    """Without people, or with n = 0, the answer is empty."""
    assert await recommender.for_people([], 5) == []
    assert await recommender.for_person(Profile(), 0) == []


async def test_an_index_without_the_version_raises(towers: Towers, recommender: Recommender) -> None:
    """A user vector is never compared with the vectors of another model."""
    empty: VectorIndex = await open_index("memory://")
    with pytest.raises(NotFound, match=towers.version):
        await Recommender(towers, empty, recommender.metadata).for_person(Profile(), 3)


def reasons_for(towers: Towers, profile: Profile, movie_ids: list[int]) -> list[Reason]:
    """The reasons for these movies, without an item re-ranker."""
    person = towers.vocabulary.encode(profile)
    likes = likes_to_leave_out(person.answers)
    [user_vectors] = towers.user_vectors_without([person], [likes])
    ids, vectors = towers.movie_vectors()
    contributions = np.zeros((len(likes), len(movie_ids)), np.float32)
    return explain(ids[list(likes)].tolist(), user_vectors, vectors[np.searchsorted(ids, movie_ids)], contributions)


def score(towers: Towers, profile: Profile, movie_id: int) -> float:
    ids, vectors = towers.movie_vectors()
    return float(towers.user_vectors([profile])[0] @ vectors[np.searchsorted(ids, movie_id)])


def test_the_reason_is_the_like_whose_removal_costs_most(towers: Towers) -> None:
    """Without the named rating the score falls by the contribution, which is more than any other like contributes."""
    ratings = {10: 5.0, 30: 4.0, 20: 1.0}
    (reason,) = reasons_for(towers, Profile("F", ratings=ratings), [70])
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
    """A rating of 1 star is no reason to watch another movie."""
    (reason,) = reasons_for(towers, Profile(ratings={20: 1}), [70])
    assert not isinstance(reason, BecauseLiked)


def test_without_ratings_the_reason_is_the_demographics_or_the_crowd(towers: Towers) -> None:
    """A woman on the checkerboard gets odd movies because of her gender; an empty profile has no reason of its own."""
    assert reasons_for(towers, Profile("F"), [70]) == [PopularWithPeers()]
    assert reasons_for(towers, Profile("M"), [70]) == [Popular()]
    assert reasons_for(towers, Profile(), [70, 80]) == [Popular(), Popular()]


def test_of_a_long_history_the_highest_and_latest_likes_are_left_out() -> None:
    """An explanation costs at most 32 likes, however long the history is."""
    answers = dict.fromkeys(range(1, 101), 4.0) | {50: 5.0}
    assert likes_to_leave_out(answers) == (50, *range(100, 69, -1))
