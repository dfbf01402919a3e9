"""Other ways to choose what a newcomer is shown, on data whose answers are known."""

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
    """Two clubs that watch what the other does not: odd people saw movies 10-50, even ones 60-100; all saw 5 and 7.

    A third of everybody saw movie 8.
    """
    rows = []
    for person in range(1, 401):
        watched = range(10, 60, 10) if person % 2 else range(60, 110, 10)
        rows += [(person, movie_id, 4.0) for movie_id in (5, 7, *watched, *([] if person % 3 else [8]))]
    return dataset([movie(movie_id) for movie_id in (5, 7, 8, *range(10, 110, 10))], rows)


def disputes(people: int) -> Dataset:
    """Odd people love movies 1-9 and even ones hate them, and each of the two is divided on movies of its own.

    Odd people saw 11-13, even ones 21-23, and half of them love those and the others hate them. All love 30.
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
    """Who is left out changes neither counts nor means; a movie that nobody has rated has no mean."""
    rows = [(1, 10, 4.0), (1, 20, 5.0), (2, 20, 3.0), (3, 10, 1.0), (3, 30, 1.0)]
    counted = recount_movies(dataset([movie(10), movie(20), movie(30)], rows), np.array([0, 1]))
    assert [(one.rating_count, one.rating_mean) for one in counted] == [(1, 4.0), (2, 4.0), (0, None)]


def test_the_most_popular_come_first_and_never_again() -> None:
    """What was rated, not seen or shown makes room for the next; equals come by their ids."""
    policy = most_popular([*LADDER, movie(1, rating_count=998)])
    assert policy.next_movies(Profile(), set(), 3) == [10, 1, 20]
    assert policy.next_movies(Profile(ratings={10: 5.0}, unseen={1}), {30}, 3) == [20, 40, 50]
    assert most_popular(LADDER[:2]).next_movies(Profile(), set(), 8) == [10, 20]


def test_random_titles_are_drawn_for_everybody_anew_from_the_top_300() -> None:
    """Two calls differ, a policy with the same seed repeats them, and the 301st title never comes."""
    policy, again = random_of_popular(LADDER, 0), random_of_popular(LADDER, 0)
    pages = [policy.next_movies(Profile(), set(), 8) for _ in range(2)]
    assert pages[0] != pages[1]
    assert pages == [again.next_movies(Profile(), set(), 8) for _ in range(2)]
    everything = policy.next_movies(Profile(unseen={20}), {10}, 1000)
    assert sorted(everything) == [10 * place for place in range(3, 301)]


def test_disputed_titles_come_before_those_that_all_agree_on() -> None:
    """log(2) * log(2) of a disputed title with 2 ratings beats log(8) * 0 of one with 8 and log(1) of one with 1."""
    rows = [(person, 10, 4.0) for person in range(1, 9)] + [(1, 20, 5.0), (2, 20, 1.0), (1, 30, 3.0)]
    rows += [(person, 40, 5.0 if person == 1 else 4.0) for person in range(1, 9)]
    data = dataset([movie(10), movie(20), movie(30), movie(40)], rows)
    # 40: log(8) * (log(8) / 8 + 7 / 8 * log(8 / 7)) = .78, 20: log(2) * log(2) = .48
    assert popularity_and_entropy(data, np.arange(8)).next_movies(Profile(), set(), 4) == [40, 20, 10, 30]


def test_without_answers_the_best_known_are_the_likeliest() -> None:
    """All have seen movies 5 and 7, and half of the people each other one but the 8, which a third have seen."""
    page = likely_seen(CLUBS, EVERYBODY).next_movies(Profile(), set(), 20)
    assert page == [5, 7, *range(10, 110, 10), 8]


@pytest.mark.parametrize(
    "profile",
    [Profile(ratings={10: 1.0, 20: 5.0}), Profile(unseen={60, 70})],
    ids=["seen by one club", "not seen by the other"],
)
def test_answers_say_what_else_was_seen(profile: Profile) -> None:
    """Having seen what one club watches, or not what the other does, brings the first club's other titles forward."""
    page = likely_seen(CLUBS, EVERYBODY).next_movies(profile, {5, 7}, 3)
    assert set(page) <= set(range(10, 60, 10)) - set(profile.ratings)


def test_movies_that_nobody_rated_can_be_answered() -> None:
    """A profile with titles that the policy knows nothing of is no error."""
    data = replace(CLUBS, movies=(*CLUBS.movies, movie(999)))
    page = likely_seen(data, EVERYBODY).next_movies(Profile(ratings={999: 5.0}, unseen={123}), set(), 2)
    assert page == [5, 7]


def test_the_tree_asks_first_what_parts_people_best() -> None:
    """An answer about any of movies 1 to 9 says all about the other eight; one about movie 30 says nothing."""
    titles = BootstrappingTree(DISPUTES, EVERYBODY, 0).next_movies(Profile(), set(), 20)
    assert set(titles[:9]) == set(range(1, 10))
    assert titles[-1] == 30


@pytest.mark.parametrize(("stars", "divided"), [(5.0, {11, 12, 13}), (4.0, {11, 12, 13}), (1.0, {21, 22, 23})])
def test_the_answer_decides_what_the_tree_asks_next(stars: float, divided: set[int]) -> None:
    """After a like it knows the person for odd, after a dislike for even, and asks on what those are divided."""
    tree = BootstrappingTree(DISPUTES, EVERYBODY, 0)
    first = tree.next_movies(Profile(), set(), 1)[0]
    assert set(tree.next_movies(Profile(ratings={first: stars}), set(), 3)) == divided


def test_a_named_title_is_an_answer_too() -> None:
    """The tree goes where the title would have led that it was about to ask."""
    tree = BootstrappingTree(DISPUTES, EVERYBODY, 0)
    named = Profile(ratings=dict.fromkeys(range(1, 10), 5.0))
    assert tree.next_movies(named, set(), 1)[0] in {11, 12, 13}


def test_few_people_make_no_node() -> None:
    """Of 20 people an answer leads nowhere: the next best title of the first node comes, whatever was said."""
    tree = BootstrappingTree(disputes(20), np.arange(20), 0)
    order = tree.next_movies(Profile(), set(), 20)
    for profile in (Profile(ratings={order[0]: 5.0}), Profile(ratings={order[0]: 1.0}), Profile(unseen={order[0]})):
        assert tree.next_movies(profile, set(), 20) == order[1:]


def test_the_tree_walks_on_as_long_as_titles_were_answered() -> None:
    """Whoever has not seen anything is led from "unknown" to "unknown", and no title comes twice."""
    tree = BootstrappingTree(DISPUTES, EVERYBODY, 0)
    profile, asked = Profile(), []
    while page := tree.next_movies(profile, set(), 1):
        asked += page
        profile = replace(profile, unseen=profile.unseen | set(page))
    assert sorted(asked) == [one.movie_id for one in DISPUTES.movies]


POLICIES: dict[str, Callable[[Dataset, np.ndarray], Policy]] = {
    "most popular": lambda data, people: most_popular(recount_movies(data, people)),
    "log(popularity) * entropy": popularity_and_entropy,
    "most likely seen": likely_seen,
    "tree": lambda data, people: BootstrappingTree(data, people, 0),
}


@pytest.mark.parametrize("name", POLICIES)
def test_the_ratings_of_other_people_change_nothing(name: str) -> None:
    """A policy that learned next to other people's stars turned round asks the same titles."""
    board = checkerboard(people=300)
    people = np.arange(150)
    others = ~np.isin(board.rating_people, people)
    turned = replace(board, rating_stars=np.where(others, 6 - board.rating_stars, board.rating_stars))
    profile = Profile(ratings={30: 5.0, 40: 1.0}, unseen={50})
    one, other = (POLICIES[name](data, people).next_movies(profile, set(), 24) for data in (board, turned))
    assert one == other
