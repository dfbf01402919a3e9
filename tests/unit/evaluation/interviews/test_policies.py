"""Baseline policies on data with known answers."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recsys.data import Dataset
from recsys.evaluation.interviews.decision_tree import BootstrappingTree
from recsys.evaluation.interviews.policies import (
    likely_seen,
    most_popular,
    popularity_and_entropy,
    random_of_popular,
    recount_movies,
)
from recsys.evaluation.interviews.simulation import Policy
from recsys.profile import Profile
from tests.builders import checkerboard, dataset, movie

LADDER = [movie(10 * place, rating_count=1000 - place) for place in range(1, 401)]
"""Movies 10 to 4000, each rated once less than the one before."""


def clubs() -> Dataset:
    """Return the ratings of two clubs: odd people saw movies 10-50, even people 60-100.

    Everybody saw movies 5 and 7, and a third of the people saw movie 8.
    """
    rows = []
    for person in range(1, 401):
        watched = range(10, 60, 10) if person % 2 else range(60, 110, 10)
        rows += [(person, movie_id, 4.0) for movie_id in (5, 7, *watched, *([] if person % 3 else [8]))]
    return dataset([movie(movie_id) for movie_id in (5, 7, 8, *range(10, 110, 10))], rows)


def disputes(people: int) -> Dataset:
    """Return ratings on which people disagree: odd people love movies 1-9 and even people hate them.

    Odd people saw 11-13 and even people 21-23; half of them love these and the other half hate them. All love 30.
    """
    rows = []
    for person in range(1, people + 1):
        own = (11, 12, 13) if person % 2 else (21, 22, 23)
        rows += [(person, movie_id, 5.0 if person % 2 else 1.0) for movie_id in range(1, 10)]
        rows += [(person, movie_id, 5.0 if person % 4 < 2 else 1.0) for movie_id in own]
        rows.append((person, 30, 5.0))
    return dataset([movie(movie_id) for movie_id in (*range(1, 10), 11, 12, 13, 21, 22, 23, 30)], rows)


CLUBS, DISPUTES = clubs(), disputes(400)
EVERYBODY = np.arange(400)


def test_movies_are_counted_on_the_people_asked_for() -> None:
    """Other people change neither counts nor means; a movie without ratings has no mean."""
    rows = [(1, 10, 4.0), (1, 20, 5.0), (2, 20, 3.0), (3, 10, 1.0), (3, 30, 1.0)]
    movies = recount_movies(dataset([movie(10), movie(20), movie(30)], rows), np.array([0, 1]))
    assert [(counted.rating_count, counted.rating_mean) for counted in movies] == [(1, 4.0), (2, 4.0), (0, None)]


def test_the_most_popular_titles_come_first_and_only_once() -> None:
    """Rated, unseen and shown titles are skipped; titles with equal counts are in the order of their ids."""
    policy = most_popular([*LADDER, movie(1, rating_count=998)])
    assert policy.next_movies(Profile(), set(), 3) == [10, 1, 20]
    assert policy.next_movies(Profile(ratings={10: 5.0}, unseen={1}), {30}, 3) == [20, 40, 50]
    assert most_popular(LADDER[:2]).next_movies(Profile(), set(), 8) == [10, 20]


def test_random_titles_are_drawn_in_every_call_from_the_top_300() -> None:
    """Two calls differ, a policy with the same seed repeats them, and the 301st title is never shown."""
    policy, again = random_of_popular(LADDER, 0), random_of_popular(LADDER, 0)
    pages = [policy.next_movies(Profile(), set(), 8) for _ in range(2)]
    assert pages[0] != pages[1]
    assert pages == [again.next_movies(Profile(), set(), 8) for _ in range(2)]
    drawn = policy.next_movies(Profile(unseen={20}), {10}, 1000)
    assert sorted(drawn) == [10 * place for place in range(3, 301)]


def test_disputed_titles_come_before_those_that_all_agree_on() -> None:
    """A disputed title with 2 ratings, log(2) * log(2), beats titles with 8 equal ratings or a single rating, 0."""
    rows = [(person, 10, 4.0) for person in range(1, 9)] + [(1, 20, 5.0), (2, 20, 1.0), (1, 30, 3.0)]
    rows += [(person, 40, 5.0 if person == 1 else 4.0) for person in range(1, 9)]
    data = dataset([movie(10), movie(20), movie(30), movie(40)], rows)
    # 40: log(8) * (log(8) / 8 + 7 / 8 * log(8 / 7)) = .78, 20: log(2) * log(2) = .48
    assert popularity_and_entropy(data, np.arange(8)).next_movies(Profile(), set(), 4) == [40, 20, 10, 30]


def test_without_answers_the_most_seen_titles_are_the_likeliest() -> None:
    """Everybody has seen movies 5 and 7, a third has seen 8, and half of the people have seen each other movie."""
    page = likely_seen(CLUBS, EVERYBODY).next_movies(Profile(), set(), 20)
    assert page == [5, 7, *range(10, 110, 10), 8]


@pytest.mark.parametrize(
    "profile",
    [Profile(ratings={10: 1.0, 20: 5.0}), Profile(unseen={60, 70})],
    ids=["seen by one club", "not seen by the other"],
)
def test_answers_predict_which_titles_were_seen(profile: Profile) -> None:
    """Seen titles of one club, or unseen titles of the other club, make the first club's other titles likely."""
    page = likely_seen(CLUBS, EVERYBODY).next_movies(profile, {5, 7}, 3)
    assert set(page) <= set(range(10, 60, 10)) - set(profile.ratings)


def test_movies_that_nobody_rated_can_be_answered() -> None:
    """A profile with titles that are not in the exposure model raises no error."""
    data = replace(CLUBS, movies=(*CLUBS.movies, movie(999)))
    page = likely_seen(data, EVERYBODY).next_movies(Profile(ratings={999: 5.0}, unseen={123}), set(), 2)
    assert page == [5, 7]


def test_the_tree_first_asks_about_the_most_divisive_titles() -> None:
    """An answer about any of movies 1 to 9 predicts the other eight; an answer about movie 30 predicts nothing."""
    titles = BootstrappingTree(DISPUTES, EVERYBODY, 0).next_movies(Profile(), set(), 20)
    assert set(titles[:9]) == set(range(1, 10))
    assert titles[-1] == 30


@pytest.mark.parametrize(("stars", "divided"), [(5.0, {11, 12, 13}), (4.0, {11, 12, 13}), (1.0, {21, 22, 23})])
def test_the_answer_determines_the_next_titles_of_the_tree(stars: float, divided: set[int]) -> None:
    """A like means an odd person and a dislike an even person; the tree then asks about what divides that group."""
    tree = BootstrappingTree(DISPUTES, EVERYBODY, 0)
    first = tree.next_movies(Profile(), set(), 1)[0]
    assert set(tree.next_movies(Profile(ratings={first: stars}), set(), 3)) == divided


def test_a_named_title_is_an_answer_too() -> None:
    """The tree follows the answer to a title that it would have asked about."""
    tree = BootstrappingTree(DISPUTES, EVERYBODY, 0)
    named = Profile(ratings=dict.fromkeys(range(1, 10), 5.0))
    assert tree.next_movies(named, set(), 1)[0] in {11, 12, 13}


def test_a_child_with_few_people_is_not_grown() -> None:
    """With 20 people, the next best title of the root is shown after any answer."""
    tree = BootstrappingTree(disputes(20), np.arange(20), 0)
    order = tree.next_movies(Profile(), set(), 20)
    for profile in (Profile(ratings={order[0]: 5.0}), Profile(ratings={order[0]: 1.0}), Profile(unseen={order[0]})):
        assert tree.next_movies(profile, set(), 20) == order[1:]


def test_the_tree_continues_until_all_titles_are_shown() -> None:
    """A person who has seen nothing follows the "unknown" children, and no title is shown twice."""
    tree = BootstrappingTree(DISPUTES, EVERYBODY, 0)
    profile, asked = Profile(), []
    while page := tree.next_movies(profile, set(), 1):
        asked += page
        profile = replace(profile, unseen=profile.unseen | set(page))
    assert sorted(asked) == [movie.movie_id for movie in DISPUTES.movies]


POLICIES: dict[str, Callable[[Dataset, np.ndarray], Policy]] = {
    "most popular": lambda data, people: most_popular(recount_movies(data, people)),
    "log(popularity) * entropy": popularity_and_entropy,
    "most likely seen": likely_seen,
    "tree": lambda data, people: BootstrappingTree(data, people, 0),
}


@pytest.mark.parametrize("name", POLICIES)
def test_the_ratings_of_other_people_change_nothing(name: str) -> None:
    """A policy that was fitted with other people's stars inverted shows the same titles."""
    board = checkerboard(people=300)
    people = np.arange(150)
    others = ~np.isin(board.rating_people, people)
    inverted = replace(board, rating_stars=np.where(others, 6 - board.rating_stars, board.rating_stars))
    profile = Profile(ratings={30: 5.0, 40: 1.0}, unseen={50})
    first, second = (POLICIES[name](data, people).next_movies(profile, set(), 24) for data in (board, inverted))
    assert first == second
