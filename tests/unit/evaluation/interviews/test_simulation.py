"""Simulated interviews on data whose answers are known."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from recsys.evaluation.interviews.policies import FixedOrder
from recsys.evaluation.interviews.simulation import (
    BY_STARS,
    AnsweringStyle,
    Interviewee,
    WithoutUnseen,
    interviewees,
    rater_shares,
    simulate,
)
from recsys.profile import Profile
from recsys.protocol.newcomers import Newcomer, measure, split_people
from tests.builders import checkerboard, dataset, movie

BOARD = checkerboard(people=60, movies=60, rated=40)
TEST = split_people(BOARD, 0, test_share=0.5).test
PEOPLE = interviewees(BOARD, TEST, 0)

FILM = dataset([movie(10 * n) for n in range(1, 41)], [(1, 10, 5.0), (1, 20, 3.0), (1, 30, 4.0), (2, 10, 1.0)])
ANNE = Interviewee(0, {10: 5.0, 20: 3.0, 30: 4.0}, np.array([0, 1, 2], np.int32), np.array([38, 39], np.int32))
"""Can answer movies 10, 20 and 30, and secretly likes 390 and 400."""

IN_ORDER = FixedOrder([10 * n for n in range(1, 41)])


@dataclass
class Remembering:
    """Scores every movie by a fixed row, and keeps the profiles it was asked about."""

    row: NDArray[np.float32]
    profiles: list[Profile] = field(default_factory=list)

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """The same row for everybody."""
        self.profiles += profiles
        return np.tile(self.row, (len(profiles), 1))


@dataclass
class Watching:
    """Shows titles in order, and keeps what it was told each time."""

    told: list[tuple[dict[int, float], set[int], int]] = field(default_factory=list)

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """The first that are left."""
        self.told.append((dict(profile.ratings), set(profile.unseen), n))
        return IN_ORDER.next_movies(profile, shown, n)


def flat() -> Remembering:
    """Likes the first movies best, so that Anne's hidden likes never come up."""
    return Remembering(np.arange(40, 0, -1).astype(np.float32))


def test_what_can_be_answered_is_one_half_and_what_is_liked_is_of_the_other() -> None:
    """20 of 40 ratings are answerable, with their stars; the likes are rated 4 or more and none of them answerable."""
    assert [one.person for one in PEOPLE] == TEST.tolist()
    for one in PEOPLE:
        mine = BOARD.rating_people == one.person
        stars = dict(zip(BOARD.movie_ids[BOARD.rating_movies[mine]].tolist(), BOARD.rating_stars[mine], strict=True))
        assert one.answers.items() <= stars.items()
        assert BOARD.movie_ids[one.answerable].tolist() == list(one.answers)
        assert len(one.answers) == 20
        hidden = stars.keys() - one.answers.keys()
        assert set(BOARD.movie_ids[one.likes].tolist()) == {movie_id for movie_id in hidden if stars[movie_id] >= 4}


def test_the_halves_depend_on_the_seed_and_the_person_alone() -> None:
    """Another seed halves otherwise; who else is asked changes nothing."""
    alone, other = interviewees(BOARD, TEST[3:4], 0)[0], interviewees(BOARD, TEST[3:4], 1)[0]
    assert list(alone.answers) == list(PEOPLE[3].answers) != list(other.answers)


def test_people_with_few_hidden_likes_are_left_out() -> None:
    """With 4 ratings of which 2 are hidden nobody can have 5 hidden likes."""
    assert interviewees(FILM, np.array([0, 1]), 0) == []


def test_before_any_title_it_is_the_newcomer_protocol() -> None:
    """With the same movies left out and the same likes, NDCG@10 is what the protocol's own measure finds."""
    rng = np.random.default_rng(5)
    scorer = Remembering(rng.normal(size=60).astype(np.float32))
    nothing = np.array([], np.int32)
    same = [
        Newcomer(one.person, tuple((movie, 5.0) for movie in one.answerable.tolist()), one.likes, nothing)
        for one in PEOPLE
    ]
    found = simulate(BOARD, PEOPLE, FixedOrder([]), scorer)
    expected = measure(BOARD, same, scorer, 0).ndcg
    assert found.ndcg.mean(axis=1) == pytest.approx([expected] * 4)
    assert 0 < expected < 1


def test_hits_worked_out_by_hand() -> None:
    """The three answerable movies never fill a place: the likes come fourth and sixth of what is left, of two ideal."""
    row = np.zeros(40, np.float32)
    row[[0, 1, 2, 5, 6, 7, 38, 8, 39]] = np.arange(9, 0, -1)
    found = simulate(FILM, [ANNE], IN_ORDER, Remembering(row))
    expected = (1 / np.log2(5) + 1 / np.log2(7)) / (1 + 1 / np.log2(3))
    assert found.ndcg[:, 0] == pytest.approx([expected] * 4)


def test_a_tap_is_one_of_three_and_what_is_not_known_is_not_seen() -> None:
    """5 and 4 stars become 👍, 3 become 😐, 2 become 👎, and the other titles of the page are unseen."""
    scorer = flat()
    anne = replace(ANNE, answers={**ANNE.answers, 40: 2.0}, answerable=np.arange(4, dtype=np.int32))
    found = simulate(FILM, [anne], IN_ORDER, scorer)
    before, first, _, third = scorer.profiles
    assert (before.ratings, before.unseen) == ({}, frozenset())
    assert first.ratings == {10: 5.0, 20: 3.0, 30: 5.0, 40: 1.0}
    assert first.unseen == {50, 60, 70, 80}
    assert third.unseen == {10 * n for n in range(5, 25)}
    assert found.answered[:, 0].tolist() == [0, 4, 4, 4]
    assert found.pages[0] == ((10, 20, 30, 40, 50, 60, 70, 80),)
    assert [page[0][0] for page in found.pages] == [10, 90, 170]


def test_a_policy_learns_from_a_page_when_it_is_over() -> None:
    """Asked three times for 8 titles it is told what became of the pages before, and nothing sooner."""
    policy = Watching()
    simulate(FILM, [ANNE], policy, flat())
    assert [(len(ratings), len(unseen), n) for ratings, unseen, n in policy.told] == [(0, 0, 8), (3, 5, 8), (3, 13, 8)]


def test_a_policy_may_learn_title_by_title() -> None:
    """Asked for one title at a time it knows each answer before the next question."""
    policy = Watching()
    found = simulate(FILM, [ANNE], policy, flat(), step=1)
    assert [len(ratings) + len(unseen) for ratings, unseen, _ in policy.told] == list(range(24))
    assert policy.told[2][0] == {10: 5.0, 20: 3.0}
    assert found.pages == simulate(FILM, [ANNE], IN_ORDER, flat()).pages


def test_a_person_may_name_titles_before_the_first_page() -> None:
    """They are liked ones of the answerable half, count before any page, do not come again and are no answers."""
    scorer = flat()
    found = simulate(FILM, [ANNE], IN_ORDER, scorer, AnsweringStyle(named_titles=2))
    assert scorer.profiles[0].ratings == {10: 5.0, 30: 5.0}
    assert found.pages[0][0][:3] == (20, 40, 50)
    assert found.answered[:, 0].tolist() == [0, 1, 1, 1]
    simulate(FILM, [ANNE], IN_ORDER, greedy := flat(), AnsweringStyle(named_titles=9))
    assert greedy.profiles[0].ratings == {10: 5.0, 30: 5.0}


def test_some_people_only_ever_tap_thumbs_up() -> None:
    """Their 3 stars are a thumb up as well."""
    scorer = flat()
    simulate(FILM, [ANNE], IN_ORDER, scorer, AnsweringStyle(only_thumbs_up=True))
    assert scorer.profiles[1].ratings == {10: 5.0, 20: 5.0, 30: 5.0}


def test_a_policy_may_run_out_of_titles() -> None:
    """Nothing more is shown, and the figures stay what they were."""
    found = simulate(FILM, [ANNE], FixedOrder([10, 50]), flat())
    assert found.pages == (((10, 50),), ((),), ((),))
    assert found.answered[:, 0].tolist() == [0, 1, 1, 1]


@dataclass
class Stubborn:
    """Shows the same titles over and over."""

    titles: list[int]

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:  # noqa: ARG002  (a Policy)
        """What it always shows."""
        return self.titles


@pytest.mark.parametrize("titles", [[40, 40], [40, 50], [10, 40]], ids=["on a page", "on two pages", "named"])
def test_no_title_is_shown_twice(titles: list[int]) -> None:
    """A policy that repeats itself, or asks about what was named, is an error and not a figure."""
    with pytest.raises(ValueError, match="must not show a title twice"):
        simulate(
            FILM, [ANNE], Stubborn(titles), flat(), AnsweringStyle(named_titles=1) if titles[0] == 10 else BY_STARS
        )


@pytest.mark.parametrize("row", [np.zeros(39), np.full(40, np.nan)], ids=["too short", "not a number"])
def test_a_scorer_must_score_every_movie(row: NDArray[np.float32]) -> None:
    """Another shape or a NaN is an error and not a figure."""
    with pytest.raises(ValueError, match="a scorer must return"):
        simulate(FILM, [ANNE], IN_ORDER, Remembering(row))


def test_models_that_never_learned_of_unseen_titles_are_not_told() -> None:
    """The rest of the profile is as it was."""
    scorer, profile = flat(), Profile(gender="F", ratings={10: 5.0}, unseen={20})
    WithoutUnseen(scorer).scores([profile])
    assert scorer.profiles == [replace(profile, unseen=frozenset())]


def test_a_title_is_known_to_who_has_rated_it() -> None:
    """Both people have rated movie 10, one of them 20, nobody 40."""
    shares = rater_shares(FILM)
    assert [shares[movie_id] for movie_id in (10, 20, 40)] == [1.0, 0.5, 0.0]
