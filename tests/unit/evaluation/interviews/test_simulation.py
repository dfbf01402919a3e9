"""Simulated interviews on data with known answers."""

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
"""A person who can answer about movies 10, 20 and 30, and whose hidden likes are 390 and 400."""

IN_ORDER = FixedOrder([10 * n for n in range(1, 41)])


@dataclass
class RecordingScorer:
    """A scorer that gives everybody the same row of scores, and records the profiles."""

    row: NDArray[np.float32]
    profiles: list[Profile] = field(default_factory=list)

    def scores(self, profiles: list[Profile]) -> NDArray[np.float32]:
        """Return the same row for every profile."""
        self.profiles += profiles
        return np.tile(self.row, (len(profiles), 1))


@dataclass
class RecordingPolicy:
    """A policy that shows titles in order, and records (ratings, unseen, n) of every call."""

    calls: list[tuple[dict[int, float], set[int], int]] = field(default_factory=list)

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:
        """Return the first `n` movies that were not asked about."""
        self.calls.append((dict(profile.ratings), set(profile.unseen), n))
        return IN_ORDER.next_movies(profile, shown, n)


def descending() -> RecordingScorer:
    """Return a scorer that ranks the first movies best, so that Anne's hidden likes are never hits."""
    return RecordingScorer(np.arange(40, 0, -1).astype(np.float32))


def test_one_half_can_be_answered_and_the_likes_are_of_the_other_half() -> None:
    """20 of 40 ratings are answerable, with their stars; the likes are hidden ratings of 4 stars or more."""
    assert [person.person for person in PEOPLE] == TEST.tolist()
    for person in PEOPLE:
        rows = BOARD.rating_people == person.person
        stars = dict(zip(BOARD.movie_ids[BOARD.rating_movies[rows]].tolist(), BOARD.rating_stars[rows], strict=True))
        assert person.answers.items() <= stars.items()
        assert BOARD.movie_ids[person.answerable].tolist() == list(person.answers)
        assert len(person.answers) == 20
        hidden = stars.keys() - person.answers.keys()
        assert set(BOARD.movie_ids[person.likes].tolist()) == {movie_id for movie_id in hidden if stars[movie_id] >= 4}


def test_the_halves_depend_on_the_seed_and_the_person_alone() -> None:
    """Another seed gives other halves; the other people who are asked change nothing."""
    alone, other = interviewees(BOARD, TEST[3:4], 0)[0], interviewees(BOARD, TEST[3:4], 1)[0]
    assert list(alone.answers) == list(PEOPLE[3].answers) != list(other.answers)


def test_people_with_few_hidden_likes_are_left_out() -> None:
    """With 3 ratings nobody can have 5 hidden likes."""
    assert interviewees(FILM, np.array([0, 1]), 0) == []


def test_before_any_title_ndcg_is_that_of_the_newcomer_protocol() -> None:
    """With the same movies left out and the same likes, NDCG@10 equals that of the protocol's `measure`."""
    rng = np.random.default_rng(5)
    scorer = RecordingScorer(rng.normal(size=60).astype(np.float32))
    nothing = np.array([], np.int32)
    newcomers = [
        Newcomer(person.person, tuple((movie, 5.0) for movie in person.answerable.tolist()), person.likes, nothing)
        for person in PEOPLE
    ]
    results = simulate(BOARD, PEOPLE, FixedOrder([]), scorer)
    expected = measure(BOARD, newcomers, scorer, 0).ndcg
    assert results.ndcg.mean(axis=1) == pytest.approx([expected] * 4)
    assert 0 < expected < 1


def test_ndcg_computed_by_hand() -> None:
    """The answerable movies take no place; of the other movies, the two likes rank fourth and sixth."""
    row = np.zeros(40, np.float32)
    row[[0, 1, 2, 5, 6, 7, 38, 8, 39]] = np.arange(9, 0, -1)
    results = simulate(FILM, [ANNE], IN_ORDER, RecordingScorer(row))
    expected = (1 / np.log2(5) + 1 / np.log2(7)) / (1 + 1 / np.log2(3))
    assert results.ndcg[:, 0] == pytest.approx([expected] * 4)


def test_stars_become_thumbs_and_unrated_titles_are_unseen() -> None:
    """5 and 4 stars become 👍, 3 stars 😐 and 2 stars 👎; the other titles of the page are unseen."""
    scorer = descending()
    anne = replace(ANNE, answers={**ANNE.answers, 40: 2.0}, answerable=np.arange(4, dtype=np.int32))
    results = simulate(FILM, [anne], IN_ORDER, scorer)
    before, first, _, third = scorer.profiles
    assert (before.ratings, before.unseen) == ({}, frozenset())
    assert first.ratings == {10: 5.0, 20: 3.0, 30: 5.0, 40: 1.0}
    assert first.unseen == {50, 60, 70, 80}
    assert third.unseen == {10 * n for n in range(5, 25)}
    assert results.answered[:, 0].tolist() == [0, 4, 4, 4]
    assert results.pages[0] == ((10, 20, 30, 40, 50, 60, 70, 80),)
    assert [page[0][0] for page in results.pages] == [10, 90, 170]


def test_a_policy_gets_the_answers_after_each_page() -> None:
    """The policy is called three times for 8 titles, each time with the answers to the earlier pages."""
    policy = RecordingPolicy()
    simulate(FILM, [ANNE], policy, descending())
    assert [(len(ratings), len(unseen), n) for ratings, unseen, n in policy.calls] == [(0, 0, 8), (3, 5, 8), (3, 13, 8)]


def test_a_policy_may_get_the_answers_title_by_title() -> None:
    """With step 1, the policy gets each answer before it chooses the next title."""
    policy = RecordingPolicy()
    results = simulate(FILM, [ANNE], policy, descending(), step=1)
    assert [len(ratings) + len(unseen) for ratings, unseen, _ in policy.calls] == list(range(24))
    assert policy.calls[2][0] == {10: 5.0, 20: 3.0}
    assert results.pages == simulate(FILM, [ANNE], IN_ORDER, descending()).pages


def test_a_person_may_name_titles_before_the_first_page() -> None:
    """They are likes of the answerable half, are in the profile before any page, and are not shown or counted again."""
    scorer = descending()
    results = simulate(FILM, [ANNE], IN_ORDER, scorer, AnsweringStyle(named_titles=2))
    assert scorer.profiles[0].ratings == {10: 5.0, 30: 5.0}
    assert results.pages[0][0][:3] == (20, 40, 50)
    assert results.answered[:, 0].tolist() == [0, 1, 1, 1]
    simulate(FILM, [ANNE], IN_ORDER, greedy := descending(), AnsweringStyle(named_titles=9))
    assert greedy.profiles[0].ratings == {10: 5.0, 30: 5.0}


def test_people_may_give_every_title_a_thumb_up() -> None:
    """3 stars are a thumb up too."""
    scorer = descending()
    simulate(FILM, [ANNE], IN_ORDER, scorer, AnsweringStyle(only_thumbs_up=True))
    assert scorer.profiles[1].ratings == {10: 5.0, 20: 5.0, 30: 5.0}


def test_a_policy_may_run_out_of_titles() -> None:
    """No more titles are shown, and the number of answers stays the same."""
    results = simulate(FILM, [ANNE], FixedOrder([10, 50]), descending())
    assert results.pages == (((10, 50),), ((),), ((),))
    assert results.answered[:, 0].tolist() == [0, 1, 1, 1]


@dataclass
class Stubborn:
    """A policy that always shows the same titles."""

    titles: list[int]

    def next_movies(self, profile: Profile, shown: Collection[int], n: int) -> list[int]:  # noqa: ARG002  (a Policy)
        """Return the same titles in every call."""
        return self.titles


@pytest.mark.parametrize("titles", [[40, 40], [40, 50], [10, 40]], ids=["on a page", "on two pages", "named"])
def test_no_title_is_shown_twice(titles: list[int]) -> None:
    """A policy that repeats a title, or shows a title that the person has named, raises an error."""
    with pytest.raises(ValueError, match="must not show a title twice"):
        simulate(
            FILM,
            [ANNE],
            Stubborn(titles),
            descending(),
            AnsweringStyle(named_titles=1) if titles[0] == 10 else BY_STARS,
        )


@pytest.mark.parametrize("row", [np.zeros(39), np.full(40, np.nan)], ids=["too short", "not a number"])
def test_a_scorer_must_score_every_movie(row: NDArray[np.float32]) -> None:
    """Scores of another shape or with NaN raise an error."""
    with pytest.raises(ValueError, match="a scorer must return"):
        simulate(FILM, [ANNE], IN_ORDER, RecordingScorer(row))


def test_unseen_titles_are_hidden_from_models_trained_without_them() -> None:
    """The rest of the profile is unchanged."""
    scorer, profile = descending(), Profile(gender="F", ratings={10: 5.0}, unseen={20})
    WithoutUnseen(scorer).scores([profile])
    assert scorer.profiles == [replace(profile, unseen=frozenset())]


def test_rater_shares_computed_by_hand() -> None:
    """Both people have rated movie 10, one has rated 20, nobody has rated 40."""
    shares = rater_shares(FILM)
    assert [shares[movie_id] for movie_id in (10, 20, 40)] == [1.0, 0.5, 0.0]
